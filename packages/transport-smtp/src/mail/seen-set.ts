/**
 * Mails that came once already: mail servers deliver at least once, a message is handed on once. Bounded, so a mail that comes
 * again after 16 384 others passes; what is above suffers repeats. In memory only. PROTOCOL.md section 7 (mailId).
 */

/** A million mails a day wear it out in 23 minutes, one a minute in 11 days; about 1.5 MB when full. */
export const SEEN_MAILS = 16_384

/** The last ids, the oldest out. */
export class SeenSet {
  readonly #capacity: number
  readonly #ids = new Set<string>()

  /** `capacity`: ids kept. RangeError below 1. */
  constructor(capacity: number = SEEN_MAILS) {
    if (!(capacity >= 1)) throw new RangeError(`a seen-set of ${capacity} ids`)
    this.#capacity = capacity
  }

  /** Ids kept now. */
  get size(): number {
    return this.#ids.size
  }

  /** True: `id` (borrowed) is new, and known from now on. A repeat keeps its old place: whoever repeats cannot push others out. */
  firstTime(id: Uint8Array): boolean {
    const key = Buffer.from(id).toString('hex')
    if (this.#ids.has(key)) return false
    if (this.#ids.size >= this.#capacity) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    this.#ids.add(key)
    return true
  }
}
