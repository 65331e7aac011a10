/** The numbered messages of one node to another: what was sent, what arrived by which transport, and what became of the rest. */

/** Nothing was wrong with the world. */
export const CLEAR = 'clear'

interface Sent {
  readonly atMs: number
  /** The transport in use; null: none. */
  readonly via: string | null
  /** What was wrong with the world then. */
  weather: string
}

export class Stream {
  /** Taken by the link, by number. */
  readonly #sent = new Map<number, Sent>()
  readonly #arrived = new Map<string, number>()
  readonly #missing = new Set<number>()
  #refused = 0
  #repeated = 0
  #last: number | null = null
  #longestGapMs = 0
  #order: string[] = []

  /** Those that were sent since then and have not arrived met other weather than that in which they left. */
  overtaken(sinceMs: number, weather: string): void {
    for (const number of this.#missing) {
      const sent = this.#sent.get(number)!
      if (sent.atMs >= sinceMs && sent.weather === CLEAR) sent.weather = weather
    }
  }

  sent(number: number, sent: Sent, isAccepted: boolean): void {
    if (!isAccepted) {
      this.#refused += 1
      return
    }
    this.#sent.set(number, sent)
    this.#missing.add(number)
  }

  /** False: it came before, or was never sent. */
  heard(number: number, by: string, atMs: number): boolean {
    if (!this.#missing.delete(number)) {
      this.#repeated += 1
      return false
    }
    this.#arrived.set(by, (this.#arrived.get(by) ?? 0) + 1)
    if (this.#order.at(-1) !== by) this.#order.push(by)
    this.#longestGapMs = Math.max(this.#longestGapMs, this.gapMs(atMs))
    this.#last = atMs
    return true
  }

  get accepted(): number {
    return this.#sent.size
  }

  /** `send` said false. */
  get refused(): number {
    return this.#refused
  }

  get repeated(): number {
    return this.#repeated
  }

  /** Messages by the transport that brought them. */
  get arrived(): ReadonlyMap<string, number> {
    return this.#arrived
  }

  get missing(): number {
    return this.#missing.size
  }

  get arrivedInAll(): number {
    return this.#sent.size - this.#missing.size
  }

  /** Transports in the order in which they brought something, each as often as another one came between. */
  get order(): readonly string[] {
    return this.#order
  }

  /** ms since the last arrival, or since the first message was sent; 0 before. */
  gapMs(nowMs: number): number {
    const since = this.#last ?? this.#sent.values().next().value?.atMs
    return since === undefined ? 0 : nowMs - since
  }

  /** Between two arrivals, or since the last one. */
  longestGapMs(nowMs: number): number {
    return Math.max(this.#longestGapMs, this.gapMs(nowMs))
  }

  /** Accepted, and not arrived until now: by what was in use and what was wrong when they were sent. */
  lost(): ReadonlyMap<string, number> {
    const causes = new Map<string, number>()
    for (const number of this.#missing) {
      const { via, weather } = this.#sent.get(number)!
      const cause = `${via === null ? 'without a path' : `by ${via}`}, ${weather}`
      causes.set(cause, (causes.get(cause) ?? 0) + 1)
    }
    return causes
  }
}
