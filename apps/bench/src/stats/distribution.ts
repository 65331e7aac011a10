/** Many durations, every one kept, but in no order and to a tenth of a microsecond: 40 000 of them in a few hundred pairs. */

const PER_US = 10

export class Distribution {
  readonly #counts = new Map<number, number>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(us: number): void {
    const tenths = Math.round(us * PER_US)
    this.#counts.set(tenths, (this.#counts.get(tenths) ?? 0) + 1)
    this.#size += 1
  }

  /** The smallest duration that at least the share `p` of all does not exceed (nearest rank). */
  quantileUs(p: number): number {
    if (this.#size === 0) throw new RangeError('a quantile of no samples')
    let left = Math.max(1, Math.ceil(p * this.#size))
    let last = 0
    for (const [us, count] of this.pairs()) {
      last = us
      left -= count
      if (left <= 0) break
    }
    return last
  }

  /** [microseconds, how many], ascending. */
  pairs(): readonly (readonly [number, number])[] {
    return [...this.#counts].sort(([a], [b]) => a - b).map(([tenths, count]) => [tenths / PER_US, count] as const)
  }
}
