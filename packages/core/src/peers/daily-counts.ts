/**
 * Budgets by key that hold for every 24 hours, whenever they begin: for mail, where one too many is a complaint. Bounded as
 * token-buckets.ts is: a key that was forgotten is taken to have been used as lately as any forgotten one.
 */
import type { Clock } from '@postern/transport-api'

export interface DailyCountsOptions {
  readonly clock: Clock
  readonly perDay: number
  readonly maxKeys: number
}

const DAY_MS = 24 * 3_600_000

export class DailyCounts {
  readonly #options: DailyCountsOptions
  /** When it was used within the last day, monotonic ms, the latest last; at most `perDay` of them. */
  readonly #uses = new Map<string, readonly number[]>()
  #floor: readonly number[] = []

  constructor(options: DailyCountsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#uses.size
  }

  /** May `key` be used once more, with `keep` uses left after that? */
  canTake(key: string, keep = 0): boolean {
    return this.#recent(this.#uses.get(key) ?? this.#floor).length + 1 + keep <= this.#options.perDay
  }

  /** False: nothing was taken. */
  take(key: string, keep = 0): boolean {
    if (!this.canTake(key, keep)) return false
    const before = this.#recent(this.#uses.get(key) ?? this.#floor)
    if (!this.#uses.has(key) && this.#uses.size >= this.#options.maxKeys) this.#makeRoom()
    this.#uses.set(key, [...before, this.#options.clock.monotonic()])
    return true
  }

  clear(): void {
    this.#uses.clear()
  }

  #recent(uses: readonly number[]): readonly number[] {
    const dayAgo = this.#options.clock.monotonic() - DAY_MS
    return uses.filter((at) => at > dayAgo)
  }

  #makeRoom(): void {
    let leastUsed: readonly [string, readonly number[]] | null = null
    for (const [key, uses] of this.#uses) {
      const recent = this.#recent(uses)
      if (recent.length === 0) this.#uses.delete(key)
      else if (leastUsed === null || recent.length < leastUsed[1].length) leastUsed = [key, recent]
    }
    if (leastUsed === null || this.#uses.size < this.#options.maxKeys) return
    this.#uses.delete(leastUsed[0])
    this.#floor = latest(this.#recent(this.#floor), leastUsed[1])
  }
}

/** The latest use of both, the second latest of both, and so on: what neither of them was used more than. */
function latest(a: readonly number[], b: readonly number[]): readonly number[] {
  const longer = a.length > b.length ? a : b
  const shorter = longer === a ? b : a
  const offset = longer.length - shorter.length
  return longer.map((at, i) => Math.max(at, shorter[i - offset] ?? at))
}
