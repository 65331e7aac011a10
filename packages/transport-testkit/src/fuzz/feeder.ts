/**
 * Hands inputs to a target and sees what it does with them. The target gets a view into a larger array, between octets that are
 * not its own, so reading or writing beside the view shows.
 */
import type { FuzzTarget } from './fuzz-target.js'

/** Odd, so that no view is aligned. */
const GUARD_OCTETS = 5
const GUARD = 0xa5

export type Fed =
  | { readonly at: 'outcome'; readonly outcome: string }
  | { readonly at: 'failure'; readonly error: Error }

export class Feeder {
  readonly #target: FuzzTarget
  readonly #onInput: ((input: Uint8Array) => void) | undefined
  /** What the target sees, and what it was given. */
  readonly #arena: Uint8Array
  readonly #given: Uint8Array

  /** `onInput` hears of every input before the target does: of one that never comes back, too. */
  constructor(target: FuzzTarget, onInput?: (input: Uint8Array) => void) {
    this.#target = target
    this.#onInput = onInput
    this.#arena = new Uint8Array(target.maxOctets + 2 * GUARD_OCTETS).fill(GUARD)
    this.#given = new Uint8Array(this.#arena)
  }

  /** `input`: borrowed, at most `maxOctets` octets. Never throws. */
  feed(input: Uint8Array): Fed {
    this.#onInput?.(input)
    const end = GUARD_OCTETS + input.length
    for (const room of [this.#arena, this.#given]) {
      room.set(input, GUARD_OCTETS)
      room.fill(GUARD, end, end + GUARD_OCTETS)
    }
    try {
      const outcome = this.#target.feed(this.#arena.subarray(GUARD_OCTETS, end))
      const isUntouched =
        Buffer.compare(this.#arena.subarray(0, end + GUARD_OCTETS), this.#given.subarray(0, end + GUARD_OCTETS)) === 0
      return isUntouched ? { at: 'outcome', outcome } : this.#changed()
    } catch (error) {
      return { at: 'failure', error: error instanceof Error ? error : new Error(`threw ${String(error)}`) }
    }
  }

  #changed(): Fed {
    this.#arena.fill(GUARD)
    this.#given.fill(GUARD)
    return { at: 'failure', error: new Error('the target wrote to its input') }
  }
}
