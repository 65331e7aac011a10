/**
 * Budgets by key that refill evenly: `burst` at once, `perSecond` after that. Bounded whatever the keys are: no flood of keys lets
 * one of them have more than its budget.
 *
 * A bucket is one number, when it will be full again. When there is no room, full ones are forgotten, since they begin full
 * anyway; failing that the fullest, and from then on no unknown key is taken to be fuller than that one was.
 */
import type { Clock } from '@postern/transport-api'

export interface TokenBucketsOptions {
  readonly clock: Clock
  readonly perSecond: number
  readonly burst: number
  readonly maxKeys: number
}

/** Sums of fractions of a millisecond are not exact. */
const TOLERANCE_MS = 1e-3

export class TokenBuckets {
  readonly #clock: Clock
  readonly #msPerToken: number
  readonly #burst: number
  readonly #maxKeys: number
  /** Monotonic ms at which the bucket is full. */
  readonly #fullAt = new Map<string, number>()
  #floor = Number.NEGATIVE_INFINITY

  /** RangeError: a rate, burst or room that is not above 0. */
  constructor({ clock, perSecond, burst, maxKeys }: TokenBucketsOptions) {
    if (!(perSecond > 0 && burst > 0 && maxKeys > 0))
      throw new RangeError(`perSecond ${perSecond}, burst ${burst} and maxKeys ${maxKeys} must be above 0`)
    this.#clock = clock
    this.#msPerToken = 1_000 / perSecond
    this.#burst = burst
    this.#maxKeys = maxKeys
  }

  get size(): number {
    return this.#fullAt.size
  }

  /** Are there `tokens` for `key`, and `keep` more which stay? */
  canTake(key: string, tokens = 1, keep = 0): boolean {
    const now = this.#clock.monotonic()
    const missingMs = this.#fullAtOf(key, now) - now
    return missingMs + (tokens + keep) * this.#msPerToken <= this.#burst * this.#msPerToken + TOLERANCE_MS
  }

  /** False: nothing was taken. */
  take(key: string, tokens = 1, keep = 0): boolean {
    if (!this.canTake(key, tokens, keep)) return false
    const now = this.#clock.monotonic()
    const fullAt = this.#fullAtOf(key, now) + tokens * this.#msPerToken
    if (!this.#fullAt.has(key) && this.#fullAt.size >= this.#maxKeys) this.#makeRoom(now)
    this.#fullAt.set(key, fullAt)
    return true
  }

  clear(): void {
    this.#fullAt.clear()
  }

  #fullAtOf(key: string, now: number): number {
    return Math.max(now, this.#fullAt.get(key) ?? this.#floor)
  }

  #makeRoom(now: number): void {
    let fullest = ''
    let least = Number.POSITIVE_INFINITY
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt <= now) this.#fullAt.delete(key)
      else if (fullAt < least) [fullest, least] = [key, fullAt]
    }
    if (this.#fullAt.size < this.#maxKeys) return
    this.#fullAt.delete(fullest)
    this.#floor = Math.max(this.#floor, least)
  }
}
