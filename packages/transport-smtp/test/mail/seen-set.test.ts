import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SEEN_MAILS, SeenSet } from '../../src/mail/seen-set.js'

const id = (number: number): Uint8Array => {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(12, number)
  return bytes
}

test('7/mailId: the first time is the first time only', () => {
  const seen = new SeenSet()
  expect([seen.firstTime(id(1)), seen.firstTime(id(1)), seen.firstTime(id(2)), seen.firstTime(id(1))]).toEqual([
    true,
    false,
    true,
    false,
  ])
})

test('7/mailId: the id is borrowed', () => {
  const seen = new SeenSet()
  const bytes = id(1)
  seen.firstTime(bytes)
  bytes.fill(9)
  expect(seen.firstTime(id(1))).toBe(false)
})

test('8/bounded: 16 384 ids are kept, then the oldest goes, and repeats move nothing', () => {
  const seen = new SeenSet()
  expect(SEEN_MAILS).toBe(16_384)
  for (let number = 0; number < SEEN_MAILS; number += 1) expect(seen.firstTime(id(number))).toBe(true)
  expect(seen.firstTime(id(0))).toBe(false)
  expect(seen.firstTime(id(SEEN_MAILS))).toBe(true)
  expect(seen.size).toBe(SEEN_MAILS)
  expect(seen.firstTime(id(1))).toBe(false)
  expect(seen.firstTime(id(0))).toBe(true)
  expect(seen.firstTime(id(1))).toBe(true)
})

test('7/mailId: agrees with a list that forgets', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), (numbers, capacity) => {
      const seen = new SeenSet(capacity)
      const model: number[] = []
      for (const number of numbers) {
        expect(seen.firstTime(id(number))).toBe(!model.includes(number))
        if (!model.includes(number)) model.push(number)
        if (model.length > capacity) model.shift()
      }
      expect(seen.size).toBe(model.length)
    }),
  )
})

test('8/bounded: a set of nothing is a mistake', () => {
  for (const capacity of [0, -1, Number.NaN]) expect(() => new SeenSet(capacity)).toThrow(RangeError)
})
