/**
 * Chance that is named by a seed: the same seed gives the same stream on every machine. xoshiro128** 1.1 by Blackman and Vigna
 * (2^128 - 1 outputs before it repeats), its four words filled by splitmix32 from a seed of 32 bits. Not cryptographic: a few
 * outputs tell all that follow. For tests and simulations only, never for keys.
 */
import type { RandomSource } from '@postern/transport-api'

/** Numbers `below` can choose from: one output has 32 bits. */
const MAX_CHOICES = 2 ** 32

export class SeededRandom implements RandomSource {
  readonly #next: () => number

  /** `seed` is an integer from 0 to 2^32 - 1. RangeError: anything else. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= MAX_CHOICES)
      throw new RangeError(`seed ${seed} is not an integer from 0 to ${MAX_CHOICES - 1}`)
    this.#next = xoshiro128StarStar(splitmix32(seed))
  }

  /** `count` octets, new at every call; every four are one output, little endian, what is over is thrown away. */
  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    for (let at = 0, word = 0; at < count; at += 1, word >>>= 8) {
      if (at % 4 === 0) word = this.#next()
      bytes[at] = word
    }
    return bytes
  }

  /** From 0, included, to 1, not included, in steps of 2^-53. Takes two outputs. */
  uniform(): number {
    const high = this.#next() >>> 5
    const low = this.#next() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  /** An integer from 0 to `count - 1`, all equally likely; `count` from 1 to 2^32. */
  below(count: number): number {
    if (!Number.isInteger(count) || count < 1 || count > MAX_CHOICES)
      throw new RangeError(`cannot choose below ${count}: from 1 to ${MAX_CHOICES}`)
    // What lies above the last whole multiple of count would make the small numbers likelier.
    const fair = MAX_CHOICES - (MAX_CHOICES % count)
    let word = this.#next()
    while (word >= fair) word = this.#next()
    return word % count
  }

  /** True with `probability`, from 0 (never) to 1 (always). Takes one `uniform`, whatever the probability. */
  chance(probability: number): boolean {
    if (!(probability >= 0 && probability <= 1)) throw new RangeError(`probability ${probability} is not from 0 to 1`)
    return this.uniform() < probability
  }

  /** A stream of its own, which what is drawn here later does not change. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next())
  }
}

/** The four words of a state; never all zero, because splitmix32 gives every output once. */
function splitmix32(seed: number): Uint32Array {
  let state = seed
  return Uint32Array.from({ length: 4 }, () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  })
}

/** Gives the outputs, u32 each, that follow `state`: four words, not all zero, changed in place. For the tests of this file. */
export function xoshiro128StarStar(state: Uint32Array): () => number {
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(state[1]!, 5), 7), 9) >>> 0
    const shifted = state[1]! << 9
    state[2]! ^= state[0]!
    state[3]! ^= state[1]!
    state[1]! ^= state[2]!
    state[0]! ^= state[3]!
    state[2]! ^= shifted
    state[3] = rotateLeft(state[3]!, 11)
    return result
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
