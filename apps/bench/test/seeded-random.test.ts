import { expect, test } from 'vitest'
import { seededRandom, shuffled } from '../src/stats/seeded-random.js'

test('a seed names its sequence', () => {
  const [a, b, c] = [seededRandom(1), seededRandom(1), seededRandom(2)].map((random) => [random(), random(), random()])
  expect(a).toEqual(b)
  expect(a).not.toEqual(c)
})

test.each([0, 1, 0x9e37_79b9, 0xffff_ffff])('seed %i gives numbers spread over [0, 1)', (seed) => {
  const random = seededRandom(seed)
  const tenths = Array.from({ length: 10 }, () => 0)
  for (let draw = 0; draw < 10_000; draw += 1) tenths[Math.floor(random() * 10)]! += 1
  for (const count of tenths) expect(count).toBeGreaterThan(850)
})

test('every order comes up about equally often', () => {
  const random = seededRandom(3)
  const seen = new Map<string, number>()
  for (let draw = 0; draw < 6_000; draw += 1) {
    const order = shuffled(['a', 'b', 'c'], random).join('')
    seen.set(order, (seen.get(order) ?? 0) + 1)
  }
  expect(seen.size).toBe(6)
  for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150)
})
