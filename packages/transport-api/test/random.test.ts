import { expect, test } from 'vitest'
import { systemRandom } from '../src/index.js'

test.each([0, 1, 32, 65_536, 65_537, 200_000])('4/random: %d octets are as many, to the last one filled', (count) => {
  const bytes = systemRandom.bytes(count)
  expect(bytes).toHaveLength(count)
  // 64 zero octets in a row have a chance of 2^-512.
  if (count >= 64) expect(bytes.subarray(-64).some((octet) => octet !== 0)).toBe(true)
})

test('4/random: two calls share neither bytes nor memory', () => {
  const [a, b] = [systemRandom.bytes(32), systemRandom.bytes(32)]
  expect(a).not.toEqual(b)
  expect(a.buffer).not.toBe(b.buffer)
})
