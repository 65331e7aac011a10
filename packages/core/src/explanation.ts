/** What core knows of the ways to a peer, for people and logs: why is it slow, why does nothing arrive? */
import type { NodeId } from '@postern/crypto'
import type { LinkState } from './link/link.js'
import type { Path } from './link/path.js'
import { isRumour, type KnownAddress } from './peers/known-address.js'

export interface Explanation {
  readonly peer: NodeId
  /** `none`: nobody has asked for a link, and the peer has not begun one. */
  readonly state: LinkState | 'none'
  /** The best first. */
  readonly paths: readonly ExplainedPath[]
  /** What the book has: nothing can be dialled that is not here. */
  readonly addresses: readonly ExplainedAddress[]
}

export interface ExplainedPath {
  /** As in the configuration. */
  readonly transport: string
  /** Data leaves by it. */
  readonly isUsed: boolean
  readonly begunBy: 'us' | 'peer'
  /** Whoever is there is the peer; until then only challenges go there. */
  readonly isProven: boolean
  /** The peer said that frames of it arrive. */
  readonly isConfirmed: boolean
  /** Of a transport message. */
  readonly mtuOctets: number
  readonly cost: number
}

export interface ExplainedAddress {
  /** null: none of our transports can or may use it. */
  readonly transport: string | null
  readonly from: 'card' | 'owner' | 'rumour'
  /** Unix ms; null: nobody has confirmed it, or not lately. */
  readonly validatedUntil: number | null
  /** Unix ms. */
  readonly expiration: number
}

export function explainPath(path: Path, best: Path | null): ExplainedPath {
  const { carrier, helo, isProven, isConfirmed, mtu: mtuOctets } = path
  const { cost } = carrier.transport
  const begunBy = helo === null ? 'peer' : 'us'
  return { transport: carrier.name, isUsed: path === best, begunBy, isProven, isConfirmed, mtuOctets, cost }
}

export function explainAddress(known: KnownAddress, transport: string | null, nowMs: number): ExplainedAddress {
  const { from, validatedUntil, helo } = known
  const until = validatedUntil > nowMs ? validatedUntil : null
  return { transport, from: isRumour(from) ? 'rumour' : from, validatedUntil: until, expiration: helo.expiration }
}
