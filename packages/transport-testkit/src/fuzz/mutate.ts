/**
 * New inputs from old ones: what transmission, truncation and malice do to bytes. All chance comes from one SeededRandom, so the
 * same seed and parents give the same inputs. Never judges an input.
 */
import type { SeededRandom } from '../seeded-random.js'
import { Draft } from './draft.js'

/** Of inputs, one in so many owes nothing to a parent. */
const PURELY_RANDOM_ONE_IN = 32
const MAX_MUTATIONS = 8
/** Slices and random inputs have 1 to 2^(0 to 11) octets: short ones are likely, long ones are possible. */
const MAX_SLICE_BITS = 12
const MAX_REPEATS = 64

const INTERESTING_U8 = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff] as const
const INTERESTING_U16 = [0, 1, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff] as const
const INTERESTING_U32 = [0, 1, 0xffff, 0x1_0000, 0x10_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff] as const

interface Material {
  readonly random: SeededRandom
  /** The second parent. */
  readonly other: Uint8Array
  readonly tokens: readonly Uint8Array[]
}

type Mutation = (draft: Draft, material: Material) => void

/** Each leaves a draft alone that is too short for it. */
const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setOctet,
  setU16,
  setU32,
  addToOctet,
  insertOctets,
  removeSlice,
  removeSlice,
  duplicateSlice,
  truncate,
  splice,
  repeatSlice,
  swapSlices,
  insertToken,
  overwriteWithToken,
]

export class Mutator {
  readonly #draft: Draft
  readonly #random: SeededRandom
  readonly #tokens: readonly Uint8Array[]

  constructor(options: {
    readonly random: SeededRandom
    readonly maxOctets: number
    readonly tokens: readonly Uint8Array[]
  }) {
    this.#draft = new Draft(options.maxOctets)
    this.#random = options.random
    this.#tokens = options.tokens
  }

  /** An input made of `parent` and perhaps `other` (both borrowed): a view that the next call overwrites. */
  next(parent: Uint8Array, other: Uint8Array): Uint8Array {
    const random = this.#random
    if (random.below(PURELY_RANDOM_ONE_IN) === 0) {
      this.#draft.load(random.bytes(sliceLength(random) - random.below(2)))
      return this.#draft.octets
    }
    this.#draft.load(parent)
    // One mutation in half of the cases: most faults are one step from something valid.
    const count = random.below(2) === 0 ? 1 : 1 + random.below(MAX_MUTATIONS)
    for (let done = 0; done < count; done += 1)
      MUTATIONS[random.below(MUTATIONS.length)]!(this.#draft, { random, other, tokens: this.#tokens })
    return this.#draft.octets
  }
}

function flipBit(draft: Draft, { random }: Material): void {
  if (draft.length > 0) draft.octets[random.below(draft.length)]! ^= 1 << random.below(8)
}

function setOctet(draft: Draft, { random }: Material): void {
  if (draft.length === 0) return
  draft.octets[random.below(draft.length)] = random.below(2) === 0 ? one(random, INTERESTING_U8) : random.below(256)
}

function setU16(draft: Draft, { random }: Material): void {
  if (draft.length < 2) return
  const at = random.below(draft.length - 1)
  const value = random.below(2) === 0 ? one(random, INTERESTING_U16) : nearLength(draft, random)
  draft.octets[at] = value >>> 8
  draft.octets[at + 1] = value
}

function setU32(draft: Draft, { random }: Material): void {
  if (draft.length < 4) return
  const at = random.below(draft.length - 3)
  const value = random.below(2) === 0 ? one(random, INTERESTING_U32) : nearLength(draft, random)
  for (let octet = 0; octet < 4; octet += 1) draft.octets[at + octet] = value >>> (24 - 8 * octet)
}

/** What a length field might say that is off by little. */
function nearLength(draft: Draft, random: SeededRandom): number {
  return Math.max(random.below(draft.length + 1) + random.below(5) - 2, 0)
}

function addToOctet(draft: Draft, { random }: Material): void {
  if (draft.length > 0) draft.octets[random.below(draft.length)]! += random.below(33) - 16
}

function insertOctets(draft: Draft, { random }: Material): void {
  const bytes = random.bytes(Math.min(sliceLength(random), draft.left))
  if (random.below(2) === 0) bytes.fill(bytes[0] ?? 0)
  draft.insert(random.below(draft.length + 1), bytes)
}

function removeSlice(draft: Draft, { random }: Material): void {
  if (draft.length > 0) draft.remove(random.below(draft.length), sliceLength(random))
}

function duplicateSlice(draft: Draft, { random }: Material): void {
  draft.insert(random.below(draft.length + 1), sliceOf(draft.octets, random))
}

function truncate(draft: Draft, { random }: Material): void {
  draft.truncate(random.below(draft.length + 1))
}

/** The start of this parent and the end of the other. */
function splice(draft: Draft, { random, other }: Material): void {
  draft.truncate(random.below(draft.length + 1))
  draft.insert(draft.length, other.subarray(random.below(other.length + 1)))
}

function repeatSlice(draft: Draft, { random }: Material): void {
  const slice = sliceOf(draft.octets, random)
  const at = random.below(draft.length + 1)
  for (let left = 1 + random.below(MAX_REPEATS); left > 0 && draft.left > 0; left -= 1) draft.insert(at, slice)
}

function swapSlices(draft: Draft, { random }: Material): void {
  if (draft.length === 0) return
  const at = random.below(draft.length)
  const slice = draft.octets.slice(at, at + sliceLength(random))
  draft.remove(at, slice.length)
  draft.insert(random.below(draft.length + 1), slice)
}

function insertToken(draft: Draft, { random, tokens }: Material): void {
  if (tokens.length > 0) draft.insert(random.below(draft.length + 1), one(random, tokens))
}

function overwriteWithToken(draft: Draft, { random, tokens }: Material): void {
  if (tokens.length === 0 || draft.length === 0) return
  const at = random.below(draft.length)
  const token = one(random, tokens)
  draft.octets.set(token.subarray(0, draft.length - at), at)
}

function sliceOf(octets: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.below(octets.length + 1)
  return octets.slice(at, at + sliceLength(random))
}

function sliceLength(random: SeededRandom): number {
  return 1 + random.below(1 << random.below(MAX_SLICE_BITS))
}

function one<T>(random: SeededRandom, choices: readonly T[]): T {
  return choices[random.below(choices.length)]!
}
