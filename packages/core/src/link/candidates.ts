/** Which addresses of a peer a handshake may be tried at, and how much each of them carries. */
import type { NodeId } from '@postern/crypto'
import { FIRST_MESSAGE_DATAGRAM_OCTETS, type Helo } from '@postern/helo'
import { messageOf } from '../errors.js'
import { isRumour } from '../peers/known-address.js'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import type { Candidate } from './courier.js'
import type { LinkContext } from './link-context.js'
import { Path } from './path.js'
import { mayUse } from './path-policy.js'

/** A transport that carries less cannot carry a first message. */
const LEAST_MTU_OCTETS = 400

/** The cheapest first. Of rumours only those that were validated (DESIGN section 4). */
export function candidatesOf(
  { book, carriers, clock, policyOf }: Pick<LinkContext, 'book' | 'carriers' | 'clock' | 'policyOf'>,
  peer: NodeId,
): readonly (Candidate & { readonly mtu: number })[] {
  const now = clock.now()
  return book
    .addresses(peer, now)
    .filter(({ from, validatedUntil }) => !isRumour(from) || validatedUntil > now)
    .flatMap(({ helo }) => {
      const carrier = carriers.for(helo)
      return carrier === null || !mayUse(policyOf(peer), { carrier })
        ? []
        : [{ helo, carrier, mtu: carriedOctets(helo, carrier) }]
    })
    .filter(({ mtu }) => mtu >= LEAST_MTU_OCTETS)
    .sort((a, b) => a.carrier.transport.cost - b.carrier.transport.cost)
}

function carriedOctets(helo: Helo, { transport }: Carrier): number {
  const octets = Math.min(helo.mtu, transport.mtu)
  const { reliable } = transport.traits
  const isDatagram = !reliable && !isSlowCarrier({ name: '', transport })
  return isDatagram ? Math.min(octets, FIRST_MESSAGE_DATAGRAM_OCTETS) : octets
}

/** A session to the address, held; null: it is not to be dialled, or the transport could not. */
export async function dialCandidate(
  { log, policyOf }: Pick<LinkContext, 'log' | 'policyOf'>,
  { helo, carrier }: Candidate,
  isAllowed: boolean,
): Promise<Path | null> {
  if (!isAllowed) return null
  try {
    const tsession = await carrier.transport.connect(helo)
    const path = new Path({ carrier, tsession, helo })
    if (mayUse(policyOf(helo.senderIdentity), path)) return path
    path.close() // the operator said so meanwhile
    return null
  } catch (error) {
    log.debug('link.dial-failed', { peer: helo.senderIdentity, transport: carrier.name, error: messageOf(error) })
    return null
  }
}
