import { expect, test } from 'vitest'
import { pairedRatio } from '../src/stats/paired-ratio.js'

test('rounds are compared with themselves: a machine that slows down changes nothing', () => {
  const raw = [1, 2, 4, 8, 16, 32, 64]
  const ours = raw.map((ms) => ms * 1.25)
  const { median, ci95 } = pairedRatio(ours, raw)
  expect(median).toBe(1.25)
  expect(ci95).toEqual([1.25, 1.25])
})

test('it is the median of ratios, not the ratio of medians', () => {
  expect(pairedRatio([1, 6, 30], [1, 2, 20]).median).toBe(1.5) // the ratio of medians is 3
})

test('samples without a partner are refused', () => {
  expect(() => pairedRatio([1, 2], [1])).toThrow('2 and 1 samples are not pairs')
})
