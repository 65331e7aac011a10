/**
 * What a transport counts, in one place, so that the sums hold: every message accepted by `send` ends as sent or as dropped.
 * Drops are also told to core, gathered, and never from inside `send`.
 */
import type { Clock, Timer } from './clock.js'
import type { Dropped } from './transport-event.js'

/** Drops within this time make one event for each reason: a flood of garbage must not become a flood of events. */
export const DROP_REPORT_MS = 100

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
  readonly #drops = new Map<
    string,
    { readonly direction: 'in' | 'out'; readonly reason: string; total: number; unreported: number }
  >()
  #timer: Timer | null = null

  constructor(clock: Clock, report: (event: Dropped) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** `reason` is one of the transport's fixed words, never text from outside. */
  drop(direction: 'in' | 'out', reason: string, count = 1): void {
    const name = `dropped.${direction}.${reason}`
    let entry = this.#drops.get(name)
    if (entry === undefined) {
      entry = { direction, reason, total: 0, unreported: 0 }
      this.#drops.set(name, entry)
    }
    entry.total += count
    entry.unreported += count
    this.#timer ??= this.#clock.setTimer(() => this.flush(), DROP_REPORT_MS)
  }

  /** Tells core what it was not told yet, and leaves no timer behind. */
  flush(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    for (const entry of this.#drops.values()) {
      if (entry.unreported === 0) continue
      const { direction, reason, unreported: count } = entry
      entry.unreported = 0
      this.#report({ kind: 'dropped', direction, reason, count })
    }
  }

  snapshot(): Record<string, number> {
    const { accepted, sent, sentOctets, received, receivedOctets } = this
    const all: Record<string, number> = { accepted, sent, sentOctets, received, receivedOctets }
    for (const [name, { total }] of this.#drops) all[name] = total
    return all
  }
}
