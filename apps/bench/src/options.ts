/** Values of options, read strictly: what is not understood is refused with the option's name and what is expected. */
import { InvalidArgumentError } from 'commander'

/** For commander, which puts the option's name and the value in front. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** Whole numbers separated by commas, each once. */
export function wholeNumbers(min: number, max: number): (text: string) => readonly number[] {
  const one = wholeNumber(min, max)
  return (text) => {
    try {
      return unique(text.split(',').map((part) => one(part.trim())))
    } catch {
      const expected = `Expected different whole numbers from ${min} to ${max}, separated by commas`
      throw new InvalidArgumentError(`${expected}, as in 11,407,1221.`)
    }
  }
}

/** Some of `known`, separated by commas, each once. */
export function someOf(known: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const names = text.split(',').map((part) => part.trim())
    try {
      if (names.every((name) => known.includes(name))) return unique(names)
    } catch {
      // the same answer
    }
    throw new InvalidArgumentError(`Expected some of ${known.join(', ')}, separated by commas, each once.`)
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  if (new Set(values).size !== values.length) throw new RangeError('a value is repeated')
  return values
}
