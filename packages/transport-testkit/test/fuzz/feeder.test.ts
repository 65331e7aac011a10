import { type FuzzTarget, piecesOf, replay, sizeClass } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { Feeder } from '../../src/fuzz/feeder.js'
import { MAX_SHRINK_INPUTS, shrink } from '../../src/fuzz/shrink.js'

const target = (feed: (input: Uint8Array) => string): FuzzTarget => ({
  name: 'fed',
  maxOctets: 64,
  seeds: () => [Uint8Array.of(1, 2, 3)],
  feed,
})
const outcomeOf = (feed: (input: Uint8Array) => string, input = Uint8Array.of(7, 8, 9)): string => {
  const fed = new Feeder(target(feed)).feed(input)
  return fed.at === 'outcome' ? fed.outcome : `failure: ${fed.error.message}`
}

test('7/fuzz: a target sees its input, and its outcome is passed on', () => {
  expect(outcomeOf((input) => [...input].join())).toBe('7,8,9')
})

test.each<[string, (input: Uint8Array) => unknown]>([
  ['writes to its input', (input) => input.fill(0)],
  ['writes before it', (input) => new Uint8Array(input.buffer, 0, input.byteOffset).fill(0)],
  ['writes behind it', (input) => new Uint8Array(input.buffer, input.byteOffset + 3).fill(0)],
])('7/fuzz: a target that %s is caught', (_name, write) => {
  const misbehave = (input: Uint8Array): string => {
    write(input)
    return 'ok'
  }
  expect(outcomeOf(misbehave)).toBe('failure: the target wrote to its input')
})

test('7/fuzz: after a target wrote where it should not, the next input is whole again', () => {
  let calls = 0
  const feeder = new Feeder(
    target((input) => {
      calls += 1
      if (calls === 1) new Uint8Array(input.buffer).fill(0)
      return [...new Uint8Array(input.buffer).subarray(0, input.byteOffset + 1)].join()
    }),
  )
  expect(feeder.feed(Uint8Array.of(7)).at).toBe('failure')
  expect(feeder.feed(Uint8Array.of(7))).toEqual({ at: 'outcome', outcome: '165,165,165,165,165,7' })
})

test('7/fuzz: the input lies in a larger array, off any alignment: whoever forgets byteOffset reads something else', () => {
  expect(outcomeOf((input) => `${input.byteOffset % 2} ${input.buffer.byteLength > input.byteLength}`)).toBe('1 true')
})

test('7/fuzz: what is thrown and is no Error is a failure, too', () => {
  const notAnError: unknown = 'bare text'
  expect(
    outcomeOf(() => {
      throw notAnError
    }),
  ).toBe('failure: threw bare text')
})

test('7/fuzz: shrinking keeps the kind of error, drops and zeroes what does not matter, and ends', () => {
  let fed = 0
  const feeder = new Feeder(
    target((input) => {
      if (input.length === 0) throw new TypeError('another error')
      if (input.includes(0x42) && input.length >= 3) throw new RangeError(`of ${input.length}`)
      return 'ok'
    }),
    () => {
      fed += 1
    },
  )
  const smallest = shrink(new Uint8Array(64).fill(0x42), 'RangeError', feeder)
  expect([...smallest]).toEqual([0, 0, 0x42])
  expect(fed).toBeLessThan(MAX_SHRINK_INPUTS)
})

test('8/limits: shrinking gives up after a bounded number of inputs', () => {
  let fed = 0
  const always: FuzzTarget = { ...target(() => 'ok'), maxOctets: 20_000 }
  const feeder = new Feeder({ ...always, feed: (input) => (input.length === 20_000 ? fail() : 'ok') }, () => {
    fed += 1
  })
  expect(shrink(new Uint8Array(20_000).fill(1), 'Error', feeder).length).toBe(20_000)
  expect(fed).toBe(MAX_SHRINK_INPUTS)
})

test('7/fuzz: replay names the inputs that fail, with seeds among them, and those with two outcomes', () => {
  let calls = 0
  const failing = target((input) => (input[0] === 1 ? fail() : input[0] === 2 ? `${calls++}` : 'ok'))
  expect(replay(failing, [Uint8Array.of(2), Uint8Array.of(3), Uint8Array.of(1, 0xff)])).toEqual({
    inputs: 4,
    failures: ['010203: planted', '02: not twice the same', '01ff: planted'],
  })
})

test('7/fuzz: pieces make the input again, the same at every call, and not all inputs are cut alike', () => {
  const ways = new Set<string>()
  for (let octet = 0; octet < 64; octet += 1) {
    const input = new Uint8Array(100).fill(octet)
    const pieces = piecesOf(input)
    expect(Buffer.concat(pieces).equals(input)).toBe(true)
    expect(pieces.every(({ length }) => length >= 1 && length <= 64)).toBe(true)
    const lengths = pieces.map(({ length }) => length).join()
    expect(
      piecesOf(input)
        .map(({ length }) => length)
        .join(),
    ).toBe(lengths)
    ways.add(lengths)
  }
  expect(ways.size).toBeGreaterThan(50)
  expect(piecesOf(new Uint8Array(0))).toEqual([])
})

test('7/fuzz: size classes are the lengths in bits', () => {
  expect([0, 1, 2, 3, 4, 255, 256, 2 ** 32 - 1].map(sizeClass)).toEqual([0, 1, 2, 2, 3, 8, 9, 32])
})

function fail(): never {
  throw new Error('planted')
}
