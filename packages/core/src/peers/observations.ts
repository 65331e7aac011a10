/**
 * How others see us: what their PONGs say of where our PINGs came from. A hint, which one peer alone can make up; what is made of
 * it needs two (DESIGN section 4). Bounded, and forgotten after OBSERVED_MS.
 */
import type { NodeId } from '@postern/crypto'
import type { ProtocolNumber } from '@postern/helo'
import type { Clock } from '@postern/transport-api'
import { MAX_OBSERVED_PROTOCOLS, MAX_OBSERVERS, OBSERVED_MS } from './limits.js'

export interface Observed {
  readonly protocol: ProtocolNumber
  /** As the transport of this protocol names a source. */
  readonly source: Uint8Array
  /** Different peers that say so. */
  readonly peers: number
}

interface Report {
  readonly source: Uint8Array
  readonly at: number
}

export class Observations {
  readonly #clock: Clock
  /** What each peer said last; who spoke last comes last. */
  readonly #reports = new Map<ProtocolNumber, Map<NodeId, Report>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `source` is borrowed. One of no octets says nothing. */
  add(protocol: ProtocolNumber, peer: NodeId, source: Uint8Array): void {
    if (source.byteLength === 0) return
    let reports = this.#reports.get(protocol)
    if (reports === undefined) {
      if (this.#reports.size >= MAX_OBSERVED_PROTOCOLS) return // protocols are our own: there are not as many
      reports = new Map()
      this.#reports.set(protocol, reports)
    }
    reports.delete(peer)
    if (reports.size >= MAX_OBSERVERS) {
      const [oldest] = reports.keys()
      reports.delete(oldest!)
    }
    reports.set(peer, { source: source.slice(), at: this.#clock.monotonic() })
  }

  /** What at least `count` peers agree upon, most of them first. */
  agreedBy(count: number): readonly Observed[] {
    const since = this.#clock.monotonic() - OBSERVED_MS
    return [...this.#reports]
      .flatMap(([protocol, reports]) =>
        tally(
          protocol,
          [...reports.values()].filter(({ at }) => at > since),
        ),
      )
      .filter(({ peers }) => peers >= count)
      .sort((a, b) => b.peers - a.peers)
  }

  clear(): void {
    this.#reports.clear()
  }
}

function tally(protocol: ProtocolNumber, reports: readonly Report[]): Observed[] {
  const counts = new Map<string, Observed>()
  for (const { source } of reports) {
    const text = source.join('.')
    counts.set(text, { protocol, source, peers: (counts.get(text)?.peers ?? 0) + 1 })
  }
  return [...counts.values()]
}
