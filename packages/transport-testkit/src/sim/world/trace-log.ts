/** What happened in a world, line by line, and a hash over it that needs no memory: the same seed, the same hash. */

/** FNV-1a of 32 bits, and beside it one with another multiplier whose high bits are mixed down. Tells runs apart; nothing is safe by it. */
const STARTS: readonly [number, number] = [0x811c9dc5, 0x9747b28c]
const FACTORS: readonly [number, number] = [0x01000193, 0x85ebca6b]

export class TraceLog {
  readonly lines: string[] = []
  readonly #keepsLines: boolean
  #count = 0
  #high: number = STARTS[0]
  #low: number = STARTS[1]

  constructor({ keepsLines }: { readonly keepsLines: boolean }) {
    this.#keepsLines = keepsLines
  }

  add(line: string): void {
    this.#count += 1
    if (this.#keepsLines) this.lines.push(line)
    let [high, low] = [this.#high, this.#low]
    for (let at = 0; at <= line.length; at += 1) {
      const code = at < line.length ? line.charCodeAt(at) : LINE_END
      high = Math.imul(high ^ code, FACTORS[0])
      low = Math.imul(low ^ code, FACTORS[1])
      low ^= low >>> 15
    }
    this.#high = high
    this.#low = low
  }

  /** How many lines there were. */
  get count(): number {
    return this.#count
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }
}

const LINE_END = 10
