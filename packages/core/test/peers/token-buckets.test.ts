import { VirtualClock } from '@postern/transport-testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DailyCounts } from '../../src/peers/daily-counts.js'
import { TokenBuckets } from '../../src/peers/token-buckets.js'

const DAY_MS = 86_400_000

test('4/budgets: a bucket gives its burst at once, not one more, and then what flows in', () => {
  const clock = new VirtualClock()
  const buckets = new TokenBuckets({ clock, perSecond: 0.1, burst: 3, maxKeys: 10 })
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false])
  expect(buckets.take('b')).toBe(true)
  clock.advance(9_999)
  expect(buckets.take('a')).toBe(false)
  clock.advance(1)
  expect([buckets.take('a'), buckets.take('a')]).toEqual([true, false])
  clock.advance(3_600_000)
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false])
})

test('4/budgets: several tokens at once, and some that must stay', () => {
  const clock = new VirtualClock()
  const buckets = new TokenBuckets({ clock, perSecond: 1, burst: 10, maxKeys: 10 })
  expect([buckets.take('a', 11), buckets.canTake('a', 5, 5), buckets.canTake('a', 6, 5)]).toEqual([false, true, false])
  expect([buckets.take('a', 5, 5), buckets.take('a', 1, 5), buckets.take('a', 5)]).toEqual([true, false, true])
  expect(buckets.take('a')).toBe(false)
})

test('4/budgets: what was refused is not remembered', () => {
  const buckets = new TokenBuckets({ clock: new VirtualClock(), perSecond: 1, burst: 1, maxKeys: 10 })
  for (let key = 0; key < 100; key += 1) buckets.take(`${key}`, 2)
  expect(buckets.size).toBe(0)
})

test('4/budgets: room is made by full buckets, then by the fullest; the others keep what they have', () => {
  const clock = new VirtualClock()
  const buckets = new TokenBuckets({ clock, perSecond: 1, burst: 4, maxKeys: 2 })
  buckets.take('old', 1)
  clock.advance(1_000)
  buckets.take('most', 4)
  buckets.take('some', 2) // `old` is full again
  expect([buckets.size, buckets.canTake('old', 4)]).toEqual([2, true])
  buckets.take('new', 1) // `some` is the fullest
  expect([buckets.size, buckets.canTake('most')]).toEqual([2, false])
  expect([buckets.canTake('some', 2), buckets.canTake('some', 3)]).toEqual([true, false])
})

test('8/budgets: no sequence of keys gives any key more than burst and what flowed in', () => {
  const step = fc.record({
    key: fc.nat({ max: 9 }),
    tokens: fc.integer({ min: 1, max: 3 }),
    waitMs: fc.nat({ max: 900 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const clock = new VirtualClock()
      const buckets = new TokenBuckets({ clock, perSecond: 1, burst: 4, maxKeys: 3 })
      const taken = new Map<number, number>()
      for (const { key, tokens, waitMs } of steps) {
        clock.advance(waitMs)
        if (buckets.take(`${key}`, tokens)) taken.set(key, (taken.get(key) ?? 0) + tokens)
        expect(taken.get(key) ?? 0).toBeLessThanOrEqual(4 + clock.monotonic() / 1_000 + 1e-6)
        expect(buckets.size).toBeLessThanOrEqual(3)
      }
    }),
  )
})

test.each([
  { perSecond: 0, burst: 1, maxKeys: 1 },
  { perSecond: 1, burst: 0, maxKeys: 1 },
  { perSecond: 1, burst: 1, maxKeys: 0 },
  { perSecond: Number.NaN, burst: 1, maxKeys: 1 },
])('4/budgets: a bucket that never gives anything, or for ever, is a bug of the caller: %o', (options) => {
  expect(() => new TokenBuckets({ clock: new VirtualClock(), ...options })).toThrow(RangeError)
})

test('4/budgets: so many a day and not one more, whenever the day begins', () => {
  const clock = new VirtualClock()
  const counts = new DailyCounts({ clock, perDay: 3, maxKeys: 10 })
  expect([counts.take('a'), counts.take('a')]).toEqual([true, true])
  clock.advance(DAY_MS / 2)
  expect([counts.take('a'), counts.take('a')]).toEqual([true, false])
  clock.advance(DAY_MS / 2 - 1)
  expect(counts.take('a')).toBe(false)
  clock.advance(1)
  expect([counts.take('a'), counts.take('a'), counts.take('a')]).toEqual([true, true, false])
  expect([counts.canTake('b', 2), counts.canTake('b', 3)]).toEqual([true, false])
})

test('8/budgets: no sequence of keys gives any key more than so many in 24 hours', () => {
  const step = fc.record({ key: fc.nat({ max: 9 }), waitMs: fc.nat({ max: DAY_MS / 4 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const clock = new VirtualClock()
      const counts = new DailyCounts({ clock, perDay: 2, maxKeys: 3 })
      const uses: { key: number; at: number }[] = []
      for (const { key, waitMs } of steps) {
        clock.advance(waitMs)
        const at = clock.monotonic()
        if (counts.take(`${key}`)) uses.push({ key, at })
        expect(uses.filter((use) => use.key === key && use.at > at - DAY_MS).length).toBeLessThanOrEqual(2)
        expect(counts.size).toBeLessThanOrEqual(3)
      }
    }),
  )
})
