import { expect, test } from 'vitest'
import { cardValidityMs, isSlow } from '../src/index.js'

test('3/validity: a card holds 12 hours for fast transports and 90 days for those slower than a minute', () => {
  expect([1, 60_000, 60_001, 86_400_000].map(isSlow)).toEqual([false, false, true, true])
  expect(cardValidityMs(60_000)).toBe(12 * 3_600_000)
  expect(cardValidityMs(60_001)).toBe(90 * 86_400_000)
})
