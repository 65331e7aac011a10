import { expect, test } from 'vitest'
import { Distribution } from '../src/stats/distribution.js'

function of(...us: number[]): Distribution {
  const all = new Distribution()
  for (const one of us) all.add(one)
  return all
}

test('quantiles are nearest ranks: one of the samples, to a tenth of a microsecond', () => {
  const all = of(...Array.from({ length: 100 }, (_, at) => 100 - at))
  expect(all.quantileUs(0.5)).toBe(50)
  expect(all.quantileUs(0.99)).toBe(99)
  expect(all.quantileUs(1)).toBe(100)
  expect(all.quantileUs(0)).toBe(1)
  expect(of(7.26).quantileUs(0.5)).toBe(7.3)
})

test('every sample is kept and counted', () => {
  const all = of(8.1, 7.9, 8.1, 12_000.04)
  expect(all.size).toBe(4)
  expect(all.pairs()).toEqual([
    [7.9, 1],
    [8.1, 2],
    [12_000, 1],
  ])
})

test('there is no quantile of nothing', () => {
  expect(() => of().quantileUs(0.5)).toThrow(RangeError)
})
