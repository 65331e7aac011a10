/** A smaller input that fails alike: slices are dropped and octets zeroed as long as that holds. Simple, and bounded. */
import type { Feeder } from './feeder.js'

/** Inputs tried; a person reads the result, so the last octet is not worth minutes. */
export const MAX_SHRINK_INPUTS = 4_096

/** `input` fails with an error of the name `name`; so does what is given back, a new array. */
export function shrink(input: Uint8Array, name: string, feeder: Feeder): Uint8Array {
  let smallest: Uint8Array = input.slice()
  let left = MAX_SHRINK_INPUTS
  const isAlike = (candidate: Uint8Array): boolean => {
    left -= 1
    const fed = feeder.feed(candidate)
    return fed.at === 'failure' && fed.error.name === name
  }
  for (let size = smallest.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= smallest.length && left > 0; ) {
      const shorter = without(smallest, at, size)
      if (isAlike(shorter)) smallest = shorter
      else at += size
    }
  }
  for (let at = 0; at < smallest.length && left > 0; at += 1) {
    if (smallest[at] === 0) continue
    const zeroed = smallest.slice()
    zeroed[at] = 0
    if (isAlike(zeroed)) smallest = zeroed
  }
  return smallest
}

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const shorter = new Uint8Array(bytes.length - count)
  shorter.set(bytes.subarray(0, at))
  shorter.set(bytes.subarray(at + count), at)
  return shorter
}
