/**
 * What a transport counts, in one place, so that the sums hold: accepted = sent + dropped.out.* + what is still under way.
 * A message for which `send` said false was never accepted: it counts as refused.*. Both are also told to core as `dropped`
 * events, gathered, and never from inside `send`.
 */
import type { Clock, Timer } from './clock.js'
import type { Dropped } from './transport-event.js'

/** Drops within this time make one event for each reason: a flood of garbage must not become a flood of events. */
export const DROP_REPORT_MS = 100

interface Loss {
  readonly direction: 'in' | 'out'
  readonly reason: string
  total: number
  unreported: number
}

export class TrafficCounters {
  /** Messages for which `send` said true. */
  accepted = 0
  /** Messages, and their octets without the transport's header, that the operating system took. */
  sent = 0
  sentOctets = 0
  /** Messages, and their octets, handed to core. */
  received = 0
  receivedOctets = 0

  readonly #clock: Clock
  readonly #report: (event: Dropped) => void
  readonly #losses = new Map<string, Loss>()
  #timer: Timer | null = null
  #closed = false

  constructor(clock: Clock, report: (event: Dropped) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** `send` said false. `reason` is one of the transport's fixed words. */
  refuse(reason: string): void {
    this.#lose(`refused.${reason}`, 'out', reason, 1)
  }

  /** Discarded on purpose after it came in, or after it was accepted. `reason` is a fixed word, never text from outside. */
  drop(direction: 'in' | 'out', reason: string, count = 1): void {
    this.#lose(`dropped.${direction}.${reason}`, direction, reason, count)
  }

  #lose(name: string, direction: 'in' | 'out', reason: string, count: number): void {
    let loss = this.#losses.get(name)
    if (loss === undefined) {
      loss = { direction, reason, total: 0, unreported: 0 }
      this.#losses.set(name, loss)
    }
    loss.total += count
    if (this.#closed) return
    loss.unreported += count
    this.#timer ??= this.#clock.setTimer(() => this.#flush(), DROP_REPORT_MS)
  }

  /** The transport runs: what is lost is told. */
  open(): void {
    this.#closed = false
  }

  /** The transport has stopped: tells what was not told yet; from now on losses are only counted. No timer remains. */
  close(): void {
    this.#flush()
    this.#closed = true
  }

  /** Tells core what it was not told yet, and leaves no timer behind. */
  #flush(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    for (const entry of this.#losses.values()) {
      if (entry.unreported === 0) continue
      const { direction, reason, unreported: count } = entry
      entry.unreported = 0
      this.#report({ kind: 'dropped', direction, reason, count })
    }
  }

  snapshot(): Record<string, number> {
    const { accepted, sent, sentOctets, received, receivedOctets } = this
    const all: Record<string, number> = { accepted, sent, sentOctets, received, receivedOctets }
    for (const [name, { total }] of this.#losses) all[name] = total
    return all
  }
}
