/** What became of the mails of a relay: one count for each mail and recipient. */

const FATES = [
  /** Answered with 250. */
  'received',
  /** Found in the spool at the start. */
  'recovered',
  'delivered',
  /** Attempts that are to be repeated. */
  'retried',
  'givenUp',
  /** Found damaged in the spool. */
  'damaged',
  /** Accepted into memory and not delivered before the end. */
  'lost',
] as const

export class RelayCounters {
  readonly #counts = new Map<string, number>(FATES.map((name) => [name, 0]))

  add(name: (typeof FATES)[number], count = 1): void {
    this.#counts.set(name, this.#counts.get(name)! + count)
  }

  /** `reason` is one of our own words, never text from outside. */
  refused(reason: string): void {
    this.#counts.set(`refused.${reason}`, (this.#counts.get(`refused.${reason}`) ?? 0) + 1)
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}
