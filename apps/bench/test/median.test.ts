import { expect, test } from 'vitest'
import { estimateMedian, median, orderStatisticRank } from '../src/stats/median.js'

test('the median is the middle one, or half-way between the two middle ones', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([7])).toBe(7)
})

test('the samples are not reordered and there must be some', () => {
  const samples = [3, 1, 2]
  median(samples)
  expect(samples).toEqual([3, 1, 2])
  expect(() => median([])).toThrow(RangeError)
})

// Ranks and coverages as in any table of nonparametric confidence intervals for the median.
test.each([
  [1, 1, 0],
  [5, 1, 0.9375],
  [6, 1, 0.96875],
  [9, 2, 0.9609],
  [10, 2, 0.9785],
  [15, 4, 0.9648],
  [20, 6, 0.9586],
  [25, 8, 0.9567],
  [40, 14, 0.9615],
  [50, 18, 0.9672],
])('with %i samples the interval starts at rank %i and holds the median with %f', (count, rank, coverage) => {
  const found = orderStatisticRank(count)
  expect(found.rank).toBe(rank)
  expect(found.coverage).toBeCloseTo(coverage, 4)
})

test('more samples than a double can halve one by one are no problem', () => {
  const { rank, coverage } = orderStatisticRank(10_000)
  // The normal approximation: n/2 - 0.98 sqrt(n).
  expect(Math.abs(rank - (5_000 - 98))).toBeLessThanOrEqual(2)
  expect(coverage).toBeGreaterThanOrEqual(0.95)
  expect(coverage).toBeLessThan(0.952)
})

test('the interval consists of two of the samples', () => {
  const samples = Array.from({ length: 20 }, (_, at) => 20 - at)
  expect(estimateMedian(samples)).toMatchObject({ median: 10.5, ci95: [6, 15] })
})

test('with fewer than six samples it is the smallest and the largest, and says what it is worth', () => {
  expect(estimateMedian([2, 9, 4])).toEqual({ median: 4, ci95: [2, 9], coverage: 0.75 })
  expect(estimateMedian([5])).toEqual({ median: 5, ci95: [5, 5], coverage: 0 })
})
