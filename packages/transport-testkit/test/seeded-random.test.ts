import { SeededRandom } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { xoshiro128StarStar } from '../src/seeded-random.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('tests/random: the generator gives the outputs published for the state 1 2 3 4', () => {
  const next = xoshiro128StarStar(Uint32Array.of(1, 2, 3, 4))
  const published = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]
  expect(published.map(() => next())).toEqual(published)
})

test('tests/random: a seed names one stream, for ever', () => {
  expect(hex(new SeededRandom(1).bytes(10))).toBe('d4197117e52d9681b39a')
  expect(hex(new SeededRandom(0xffff_ffff).bytes(10))).toBe('7716a1f4575bd46cec51')
  const [a, b] = [new SeededRandom(7), new SeededRandom(7)]
  expect([a.uniform(), a.below(1000), a.chance(0.5), hex(a.bytes(5))]).toEqual([
    b.uniform(),
    b.below(1000),
    b.chance(0.5),
    hex(b.bytes(5)),
  ])
  expect(new SeededRandom(7).uniform()).not.toBe(new SeededRandom(8).uniform())
})

test('tests/random: uniform fills [0,1) and below its range, evenly', () => {
  const random = new SeededRandom(3)
  const tenths = Array.from({ length: 10 }, () => 0)
  const numbers = Array.from({ length: 6 }, () => 0)
  for (let count = 0; count < 60_000; count += 1) {
    tenths[Math.floor(random.uniform() * 10)]! += 1
    numbers[random.below(6)]! += 1
  }
  expect(tenths).toHaveLength(10)
  expect(numbers).toHaveLength(6)
  // Ten standard deviations.
  for (const count of tenths) expect(Math.abs(count - 6_000)).toBeLessThan(740)
  for (const count of numbers) expect(Math.abs(count - 10_000)).toBeLessThan(920)
})

test('tests/random: chance never comes at 0, always at 1, and takes the same draws at each', () => {
  const [never, always] = [new SeededRandom(5), new SeededRandom(5)]
  for (let count = 0; count < 100; count += 1) {
    expect(never.chance(0)).toBe(false)
    expect(always.chance(1)).toBe(true)
  }
  expect(never.uniform()).toBe(always.uniform())
})

test('tests/random: a fork goes its own way, whatever is drawn from its origin', () => {
  const [a, b] = [new SeededRandom(9), new SeededRandom(9)]
  const [forkOfA, forkOfB] = [a.fork(), b.fork()]
  a.bytes(100)
  expect(hex(forkOfA.bytes(8))).toBe(hex(forkOfB.bytes(8)))
})

test('tests/random: nonsense is a RangeError', () => {
  for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => new SeededRandom(seed)).toThrow(RangeError)
  for (const count of [0, -1, 1.5, 2 ** 32 + 1]) expect(() => new SeededRandom(1).below(count)).toThrow(RangeError)
  for (const p of [-0.1, 1.1, Number.NaN]) expect(() => new SeededRandom(1).chance(p)).toThrow(RangeError)
})
