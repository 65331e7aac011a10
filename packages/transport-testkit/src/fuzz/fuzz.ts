/**
 * A fuzzing run, led by outcomes: an input whose outcome nobody has seen yet becomes a parent beside the seeds and the saved
 * inputs. Named by its seed: the same target, seed and saved inputs give the same inputs and outcomes. Has no clock and no files,
 * and goes on only when asked, so whoever runs it can watch time, memory and progress.
 */
import { SeededRandom } from '../seeded-random.js'
import { Feeder } from './feeder.js'
import type { FuzzTarget } from './fuzz-target.js'
import { Mutator } from './mutate.js'
import { shrink } from './shrink.js'

/** More than that means that an outcome holds what it should not, such as a length. */
export const MAX_OUTCOMES = 1_024
/** Beyond it, inputs with new outcomes are counted but do not become parents. The shortest of each may come on top. */
const MAX_FOUND_OCTETS = 1_048_576

export interface FuzzOptions {
  /** From 0 to 2^32 - 1. */
  readonly seed: number
  /** Saved inputs; what is longer than the target takes is cut. */
  readonly corpus?: readonly Uint8Array[]
  /** Hears of every input (borrowed) before the target does. */
  readonly onInput?: (input: Uint8Array) => void
}

export interface FuzzFailure {
  readonly target: string
  readonly seed: number
  /** The how-manieth input it was, from 1. */
  readonly number: number
  readonly input: Uint8Array
  /** A smaller input that fails alike. */
  readonly minimal: Uint8Array
  readonly error: Error
}

/** The shortest input so far with an outcome that neither the seeds nor the saved inputs have. */
export interface Discovery {
  readonly outcome: string
  readonly input: Uint8Array
}

export class FuzzRun {
  readonly #target: FuzzTarget
  readonly #seed: number
  readonly #random: SeededRandom
  readonly #mutator: Mutator
  readonly #feeder: Feeder
  /** Seeds and saved inputs: fed first, parents for ever. */
  readonly #given: readonly Uint8Array[]
  readonly #found: Discovery[] = []
  /** The first input of each discovery, at the same place: the shortest alone lack what the next step needs. */
  readonly #firsts: Uint8Array[] = []
  readonly #foundAt = new Map<string, number>()
  readonly #outcomes = new Map<string, number>()
  #foundOctets = 0
  #inputs = 0
  #failure: FuzzFailure | null = null

  /** RangeError: no seed, or one longer than the target's own limit. */
  constructor(target: FuzzTarget, { seed, corpus = [], onInput }: FuzzOptions) {
    const { name, maxOctets, tokens = [] } = target
    const seeds = target.seeds()
    if (seeds.length === 0) throw new RangeError(`${name} has no seeds`)
    const largest = Math.max(...seeds.map(({ length }) => length))
    if (largest > maxOctets) throw new RangeError(`${name} has a seed of ${largest} octets, not at most ${maxOctets}`)
    this.#target = target
    this.#seed = seed
    this.#random = new SeededRandom(seed)
    this.#mutator = new Mutator({ random: this.#random, maxOctets, tokens })
    this.#feeder = new Feeder(target, onInput)
    this.#given = [...seeds, ...corpus].map((input) => input.slice(0, maxOctets))
  }

  /** Inputs so far, those of shrinking left out. */
  get inputs(): number {
    return this.#inputs
  }

  /** How often each outcome was seen. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#outcomes
  }

  /** What the run has found and keeps. */
  get discoveries(): readonly Discovery[] {
    return this.#found
  }

  /** Octets of the inputs that it keeps, of each discovery the first and the shortest. */
  get foundOctets(): number {
    return this.#foundOctets
  }

  /** Feeds `count` more inputs; gives the first failure, after which there are no more. */
  step(count: number): FuzzFailure | null {
    for (let done = 0; done < count && this.#failure === null; done += 1) this.#one()
    return this.#failure
  }

  #one(): void {
    const isGiven = this.#inputs < this.#given.length
    const input = isGiven ? this.#given[this.#inputs]! : this.#mutator.next(this.#parent(), this.#parent())
    this.#inputs += 1
    const fed = this.#feeder.feed(input)
    if (fed.at === 'failure') this.#failure = this.#failed(input, fed.error)
    else this.#note(fed.outcome, input, isGiven)
  }

  /** Every other one is a discovery, if there is any: what is rare deserves a closer look. */
  #parent(): Uint8Array {
    const random = this.#random
    if (this.#found.length === 0 || random.below(2) === 0) return this.#given[random.below(this.#given.length)]!
    const at = random.below(this.#found.length)
    return random.below(2) === 0 ? this.#firsts[at]! : this.#found[at]!.input
  }

  #note(outcome: string, input: Uint8Array, isGiven: boolean): void {
    const times = this.#outcomes.get(outcome) ?? 0
    this.#outcomes.set(outcome, times + 1)
    if (this.#outcomes.size > MAX_OUTCOMES)
      this.#failure = this.#failed(input, new RangeError(`more than ${MAX_OUTCOMES} outcomes, the last ${outcome}`))
    if (isGiven) return
    const at = this.#foundAt.get(outcome)
    if (at === undefined) {
      if (times === 0) this.#keep(outcome, input)
      return // seeds or saved inputs have this outcome, or there was no room
    }
    const before = this.#found[at]!.input
    if (input.length >= before.length) return
    this.#found[at] = { outcome, input: input.slice() }
    if (before !== this.#firsts[at]) this.#foundOctets -= before.length
    this.#foundOctets += input.length
  }

  #keep(outcome: string, input: Uint8Array): void {
    if (this.#foundOctets + input.length > MAX_FOUND_OCTETS) return
    const copy = input.slice()
    this.#foundAt.set(outcome, this.#found.length)
    this.#found.push({ outcome, input: copy })
    this.#firsts.push(copy)
    this.#foundOctets += copy.length
  }

  #failed(input: Uint8Array, error: Error): FuzzFailure {
    const copy = input.slice()
    return {
      target: this.#target.name,
      seed: this.#seed,
      number: this.#inputs,
      input: copy,
      minimal: shrink(copy, error.name, this.#feeder),
      error,
    }
  }
}
