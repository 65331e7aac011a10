/** Chance that a seed names: the order of contestants is the same for the same seed. Not for secrets. */

/** Uniform in [0, 1). Marsaglia's xorshift with 32 bits of state. */
export type SeededRandom = () => number

export function seededRandom(seed: number): SeededRandom {
  // Spreads small seeds over all bits (Knuth's multiplicative hash); the state must not be 0.
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x9e37_79b1) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** A new array, every order equally likely (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const all = [...items]
  for (let left = all.length - 1; left > 0; left -= 1) {
    const pick = Math.floor(random() * (left + 1))
    const taken = all[pick]!
    all[pick] = all[left]!
    all[left] = taken
  }
  return all
}
