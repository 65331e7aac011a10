/** What a datagram proxy does to one direction, and what it counts. Everything is off unless it is set. */
import { checkFaults } from './proxy-target.js'

export interface UdpLaneFaults {
  /** Probability that a datagram vanishes. */
  readonly lossChance?: number
  /** Probability that one bit of it, any, is flipped. */
  readonly corruptChance?: number
  /** Probability that it arrives twice. */
  readonly duplicateChance?: number
  /** Probability that it is held until the next one of its client has passed, at most `reorderHoldMs`. One at a time per client. */
  readonly reorderChance?: number
  /** 1 000 by default: the last datagram of a conversation has none behind it, and no test expects an answer so late. */
  readonly reorderHoldMs?: number
  /** ms that every datagram takes. */
  readonly delayMs?: number
  /** Up to so many ms more, at random. Never changes the order: that is a fault of its own. */
  readonly jitterMs?: number
  /** Octets of datagram content a second, all clients together, at least 1; Infinity: no limit. */
  readonly rateOctetsPerSecond?: number
  /** Octets that may wait for the rate; what does not fit overflows. An idle lane takes one datagram of any size. 64 KiB by default. */
  readonly queueOctets?: number
}

export interface UdpFaults {
  /** From the clients to the target. */
  readonly toTarget?: UdpLaneFaults
  /** From the target to the clients. */
  readonly toClient?: UdpLaneFaults
}

/** Of one direction. arrived + duplicated = forwarded + lost + overflowed + those still under way. */
export interface UdpLaneCounters {
  /** Datagrams that the proxy took in. */
  readonly arrived: number
  /** Datagrams handed to the socket that leads on; a duplicated one counts twice. */
  readonly forwarded: number
  /** Of the forwarded, those the operating system refused. */
  readonly failed: number
  readonly lost: number
  readonly corrupted: number
  readonly duplicated: number
  /** Datagrams that a later one of the same client has overtaken. */
  readonly reordered: number
  /** Datagrams that waited for delay, jitter or rate. */
  readonly delayed: number
  /** Datagrams for which the queue had no room. */
  readonly overflowed: number
}

const NO_FAULTS: Required<UdpLaneFaults> = {
  lossChance: 0,
  corruptChance: 0,
  duplicateChance: 0,
  reorderChance: 0,
  reorderHoldMs: 1_000,
  delayMs: 0,
  jitterMs: 0,
  rateOctetsPerSecond: Number.POSITIVE_INFINITY,
  queueOctets: 65_536,
}

/** Every fault with its value. RangeError: one that makes no sense. */
export function settleUdpFaults(faults: UdpLaneFaults = {}): Required<UdpLaneFaults> {
  const settled = { ...NO_FAULTS, ...faults }
  checkFaults(settled)
  if (settled.rateOctetsPerSecond < 1)
    throw new RangeError(`rateOctetsPerSecond ${settled.rateOctetsPerSecond} is less than 1`)
  return settled
}
