/** How many connections strangers may hold open, in all and from one source: counted before anything is kept for them. */

export interface AdmissionLimits {
  readonly total: number
  readonly perSource: number
}

export class Admission {
  readonly #limits: AdmissionLimits
  readonly #perSource = new Map<string, number>()
  #total = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  /** null: no room. Otherwise a place, to be given back by calling it, once. */
  admit(source: Uint8Array): (() => void) | null {
    const key = source.join('.')
    const taken = this.#perSource.get(key) ?? 0
    if (this.#total >= this.#limits.total || taken >= this.#limits.perSource) return null
    this.#total += 1
    this.#perSource.set(key, taken + 1)
    return () => this.#leave(key)
  }

  get total(): number {
    return this.#total
  }

  #leave(key: string): void {
    this.#total -= 1
    const left = this.#perSource.get(key)! - 1
    if (left === 0) this.#perSource.delete(key)
    else this.#perSource.set(key, left)
  }
}
