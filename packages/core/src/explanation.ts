/** What core knows of the ways to a peer, as plain data: why is it slow, why does nothing arrive? See format-explanation.ts for people. */
import type { NodeId } from '@postern/crypto'
import type { LinkState, PeerLink } from './link/link.js'
import type { Path } from './link/path.js'
import type { ChoiceRule, PathHealth, PathSwitch, RankedPath } from './link/path-choice.js'
import { mayUse, type PathPolicy } from './link/path-policy.js'
import type { PathSet } from './link/path-set.js'
import type { Prospect } from './link/prober.js'
import { isRumour, type KnownAddress } from './peers/known-address.js'
import type { Carrier } from './transports/carriers.js'

export interface Explanation {
  readonly peer: NodeId
  /** `none`: nobody has asked for a link, and the peer has not begun one. */
  readonly state: LinkState | 'none'
  /** null: no path carries data. */
  readonly decision: ExplainedDecision | null
  /** The last ones, the oldest first. */
  readonly switches: readonly ExplainedSwitch[]
  /** Switches in all. */
  readonly switchCount: number
  readonly policy: PathPolicy
  /** The best first. */
  readonly paths: readonly ExplainedPath[]
  /** What the book has: nothing can be dialled that is not here. */
  readonly addresses: readonly ExplainedAddress[]
  /** Messages that left and may not have arrived, by all paths that were. */
  readonly lostMessages: number
}

export interface ExplainedDecision {
  readonly transport: string
  /** What puts it before the next best. */
  readonly rule: ChoiceRule
  /** A path that ranks higher and is not used yet. */
  readonly held: {
    readonly transport: string
    readonly by: 'threshold' | 'switch-limit'
    readonly forMs: number
  } | null
}

export interface ExplainedSwitch {
  readonly agoMs: number
  readonly from: string | null
  readonly to: string | null
  readonly rule: ChoiceRule
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
  /** null: it may not carry data. */
  readonly health: PathHealth | null
  /** Unhealthy, while another one of the same speed is not. */
  readonly isPassedOver: boolean
  /** Of a transport message, as far as is known to get through. */
  readonly mtuOctets: number
  readonly cost: number
  /** There, and back where that is fast; null: not measured. */
  readonly delayMs: number | null
  /** 0 to 1; null: too few frames to say. */
  readonly lossShare: number | null
  readonly lostMessages: number
  /** In a row; the third ends the path. */
  readonly unansweredKeepAlives: number
  /** By which transport the peer last said that something of it arrived. */
  readonly answeredBy: string | null
  /** null: nothing ever came from there. */
  readonly heardAgoMs: number | null
  readonly openForMs: number
  /** When a path that is passed over is tried again; null: it is not passed over. */
  readonly triedInMs: number | null
}

export interface ExplainedAddress {
  /** null: none of our transports can or may use it. */
  readonly transport: string | null
  readonly from: 'card' | 'owner' | 'rumour'
  /** Unix ms; null: nobody has confirmed it, or not lately. */
  readonly validatedUntil: number | null
  /** Unix ms. */
  readonly expiration: number
  /** A path that we opened leads there now. */
  readonly isOpen: boolean
  /** The operator forbids it. */
  readonly isDenied: boolean
  /** In a row. */
  readonly failures: number
  /** Why the last try, or the last path, ended, and when (Unix ms). */
  readonly lastFailure: { readonly at: number; readonly reason: string } | null
  /** When it may be tried again, if there is a reason to; 0: at once. null: it is open, or never failed. */
  readonly nextTryInMs: number | null
}

export interface ExplainOptions {
  readonly peer: NodeId
  readonly link: PeerLink | null
  readonly policy: PathPolicy
  readonly addresses: readonly KnownAddress[]
  readonly carrierOf: (known: KnownAddress) => Carrier | null
  /** Unix ms. */
  readonly nowMs: number
  readonly monotonicMs: number
}

export function explain({ peer, link, policy, addresses, ...rest }: ExplainOptions): Explanation {
  const { monotonicMs: now } = rest
  return {
    peer,
    state: link?.state ?? 'none',
    decision: link === null ? null : decisionOf(link.paths, now),
    switches: link?.paths.choice.switches.map((one) => explainSwitch(one, now)) ?? [],
    switchCount: link?.paths.choice.count ?? 0,
    policy,
    paths: link?.paths.all.map((path) => explainPath(path, link.paths, now)) ?? [],
    addresses: addresses.map((known) => explainAddress(known, { link, policy, ...rest })),
    lostMessages: link?.lostMessages ?? 0,
  }
}

function decisionOf({ chosen, choice }: PathSet, now: number): ExplainedDecision | null {
  if (chosen === null) return null
  const { rule, held } = choice
  const { name: transport } = chosen.carrier
  if (held === null) return { transport, rule, held: null }
  const forMs = Math.max(0, held.untilMs - now)
  return { transport, rule, held: { transport: held.path.carrier.name, by: held.by, forMs } }
}

function explainSwitch({ atMs, from, to, rule }: PathSwitch, now: number): ExplainedSwitch {
  return { agoMs: now - atMs, from: from?.carrier.name ?? null, to: to?.carrier.name ?? null, rule }
}

function explainPath(path: Path, paths: PathSet, now: number): ExplainedPath {
  const { carrier, helo, isProven, isConfirmed, provenMtu: mtuOctets, measure, lastHeardMs } = path
  const ranked: RankedPath | undefined = paths.ranked.find((one) => one.path === path)
  const triedAt = paths.triedAgainMs(path)
  return {
    transport: carrier.name,
    isUsed: path === paths.chosen,
    begunBy: helo === null ? 'peer' : 'us',
    isProven,
    isConfirmed,
    health: ranked?.health ?? null,
    isPassedOver: ranked?.isPassedOver ?? false,
    mtuOctets,
    cost: carrier.transport.cost,
    delayMs: measure.delayMs,
    lossShare: measure.lossShare,
    lostMessages: measure.lost.messages,
    unansweredKeepAlives: paths.missesOf(path),
    answeredBy: path.answeredBy?.name ?? null,
    heardAgoMs: lastHeardMs === null ? null : now - lastHeardMs,
    openForMs: now - path.openedMs,
    triedInMs: triedAt === null ? null : Math.max(0, triedAt - now),
  }
}

function explainAddress(
  known: KnownAddress,
  { link, policy, carrierOf, nowMs, monotonicMs }: Omit<ExplainOptions, 'peer' | 'addresses'>,
): ExplainedAddress {
  const { from, validatedUntil, helo } = known
  const carrier = carrierOf(known)
  const prospect: Prospect | null = link?.prober.of(helo) ?? null
  const isOpen = link?.prober.isOpen(helo) ?? false
  const hasFailed = prospect !== null && prospect.failures > 0
  return {
    transport: carrier?.name ?? null,
    from: isRumour(from) ? 'rumour' : from,
    validatedUntil: validatedUntil > nowMs ? validatedUntil : null,
    expiration: helo.expiration,
    isOpen,
    isDenied: carrier !== null && !mayUse(policy, { carrier }),
    failures: prospect?.failures ?? 0,
    lastFailure: prospect?.last == null ? null : { at: prospect.last.atMs, reason: prospect.last.reason },
    nextTryInMs:
      isOpen || !hasFailed || carrier === null || link === null
        ? null
        : Math.max(0, link.prober.nextTryMs({ helo, carrier }) - monotonicMs),
  }
}
