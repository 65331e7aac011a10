import { expect, test } from 'vitest'
import { slope } from '../src/stats/slope.js'

test('points on a line have its steepness', () => {
  const points = [0, 1, 2, 3].map((x) => ({ x: x * 10_000, y: 6_000_000 + x * 10_000 * 0.5 }))
  expect(slope(points)).toBeCloseTo(0.5, 10)
})

test('scatter on both sides cancels out', () => {
  expect(slope([0, 1, 2, 3].map((x) => ({ x, y: x % 2 === 0 ? 1 : -1 })))).toBeCloseTo(-0.4, 10)
})

test('one point has none', () => {
  expect(() => slope([{ x: 1, y: 1 }])).toThrow(RangeError)
})
