import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sameOctets } from '../../src/wire/same-octets.js'
import { flipBit } from '../samples.js'

describe('0/same-octets', () => {
  test('octets are the same as their copy, and not when any bit differs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, bit) => {
        expect(sameOctets(bytes, new Uint8Array(bytes))).toBe(true)
        expect(sameOctets(bytes, flipBit(bytes, bit))).toBe(false)
      }),
    )
  })

  test('a prefix is not the whole, from either side, zeros or not; nothing is nothing', () => {
    for (const last of [0, 1]) {
      expect(sameOctets(Uint8Array.of(1, 2), Uint8Array.of(1, 2, last))).toBe(false)
      expect(sameOctets(Uint8Array.of(1, 2, last), Uint8Array.of(1, 2))).toBe(false)
    }
    expect(sameOctets(new Uint8Array(0), new Uint8Array(0))).toBe(true)
  })
})
