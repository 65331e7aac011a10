import { expect, test } from 'vitest'
import { pairedDifference } from '../src/stats/paired-difference.js'

test('the median of the differences within a round, not the difference of the medians', () => {
  expect(pairedDifference([1, 20, 300], [0, 10, 299])).toMatchObject({ median: 1, ci95: [1, 10] })
})

test('what is no pair is refused', () => {
  expect(() => pairedDifference([1, 2], [1])).toThrow('2 and 1 samples are not pairs')
})
