/** What neighbours may make us send to strangers: never more octets than they sent us (DESIGN section 4). Bounded, LRU. */
import type { NodeId } from '@postern/crypto'
import { MAX_CREDIT_OCTETS, MAX_TELLERS } from './limits.js'

export class TellerCredit {
  readonly #octets = new Map<NodeId, number>()
  readonly #onEvicted: () => void

  constructor(onEvicted: () => void) {
    this.#onEvicted = onEvicted
  }

  get size(): number {
    return this.#octets.size
  }

  of(teller: NodeId): number {
    return this.#octets.get(teller) ?? 0
  }

  add(teller: NodeId, octets: number): void {
    const sum = Math.min(this.of(teller) + octets, MAX_CREDIT_OCTETS)
    this.#octets.delete(teller)
    if (this.#octets.size >= MAX_TELLERS) {
      const [oldest] = this.#octets.keys()
      this.#octets.delete(oldest!)
      this.#onEvicted()
    }
    this.#octets.set(teller, sum)
  }

  /** The caller has seen that it is there. */
  spend(teller: NodeId, octets: number): void {
    this.#octets.set(teller, this.of(teller) - octets)
  }

  clear(): void {
    this.#octets.clear()
  }
}
