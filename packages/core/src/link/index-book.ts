/** Indices that name handshakes and epochs of ours: random, and unique while they are retained (DESIGN section 4). */
import type { RandomSource } from '@postern/transport-api'

const INDEX_OCTETS = 4

export class IndexBook<T> {
  readonly #random: RandomSource
  readonly #owners = new Map<number, T>()

  constructor(random: RandomSource) {
    this.#random = random
  }

  get size(): number {
    return this.#owners.size
  }

  /** An index that nobody has, to be given away at once. */
  reserve(): number {
    for (;;) {
      const bytes = this.#random.bytes(INDEX_OCTETS)
      const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
      if (!this.#owners.has(index)) return index
    }
  }

  /** From now on `index` names `owner`. */
  give(index: number, owner: T): void {
    this.#owners.set(index, owner)
  }

  ownerOf(index: number): T | undefined {
    return this.#owners.get(index)
  }

  release(index: number): void {
    this.#owners.delete(index)
  }
}
