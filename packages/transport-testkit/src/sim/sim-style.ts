/** The three kinds of transport that can be simulated, and what each is like when nothing else is asked for. */
import type { TransportTraits } from '@postern/transport-api'

/**
 * - `datagram`: unreliable, unordered; whatever arrives opens a session by which it can be answered;
 * - `stream`: reliable and ordered between `connect` and the end of the session, which both sides see;
 * - `letter`: unreliable, unordered, slow; no sessions on receive.
 */
export type SimStyle = 'datagram' | 'stream' | 'letter'

interface StyleDefaults {
  readonly number: number
  readonly cost: number
  readonly mtu: number
  readonly traits: TransportTraits
}

export const STYLE_DEFAULTS: Readonly<Record<SimStyle, StyleDefaults>> = {
  datagram: {
    number: 0xf001,
    cost: 100,
    mtu: 1_400,
    traits: traits({ reliable: false, maxLatencyMs: 3_000, idleMs: 30_000, sourceProven: false }),
  },
  stream: {
    number: 0xf002,
    cost: 200,
    mtu: 16_384,
    traits: traits({ reliable: true, maxLatencyMs: 10_000, idleMs: 120_000, sourceProven: true }),
  },
  letter: {
    number: 0xf003,
    cost: 10_000,
    mtu: 46_000,
    traits: traits({ reliable: false, maxLatencyMs: 6 * 3_600_000, idleMs: 24 * 3_600_000, sourceProven: false }),
  },
}

function traits(some: Pick<TransportTraits, 'reliable' | 'maxLatencyMs' | 'idleMs' | 'sourceProven'>): TransportTraits {
  return { directions: { in: true, out: true }, ordered: some.reliable, ...some }
}
