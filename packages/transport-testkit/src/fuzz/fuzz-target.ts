/**
 * What is fuzzed: something that reads bytes from outside, and what it promises. Knows neither chance nor files.
 * STYLE section 7, rule 1: arbitrary bytes never throw.
 */

export interface FuzzTarget {
  /** Kebab-case, unlike any other target's: it names the folder of the saved inputs. */
  readonly name: string
  /** No input is longer. A little above the largest limit of the code under test, so that both sides of it are seen. */
  readonly maxOctets: number
  /** Words of the language, for inputs to be made of. */
  readonly tokens?: readonly Uint8Array[]
  /** Valid inputs, made by the encoders: the first parents. The same at every call. */
  seeds(): readonly Uint8Array[]
  /**
   * What became of `input` (borrowed, not to be written to) in a word: `ok`, the fault, perhaps where. At most MAX_OUTCOMES words
   * in all, because inputs that give a new one are kept. The same word for the same input. Throws only when the code under test
   * broke its promise.
   */
  feed(input: Uint8Array): string
}

/** `n` in words few enough for an outcome: 0, 1, 2 (2 and 3), 3 (4 to 7), and so on to 32. */
export function sizeClass(n: number): number {
  return 32 - Math.clz32(n)
}
