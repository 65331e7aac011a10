import { describe, expect, test } from 'vitest'
import { requireLength, requireLengthWithin } from '../../src/wire/require-length.js'

describe('0/require-length', () => {
  test('exactly as many octets', () => {
    expect(() => requireLength('key', new Uint8Array(2), 2)).not.toThrow()
    for (const octets of [1, 3])
      expect(() => requireLength('key', new Uint8Array(octets), 2)).toThrow(
        new RangeError(`key of ${octets} octets, not 2`),
      )
  })

  test('from the least to the most, both included', () => {
    for (const octets of [2, 3, 4]) expect(() => requireLengthWithin('key', new Uint8Array(octets), 2, 4)).not.toThrow()
    for (const octets of [1, 5])
      expect(() => requireLengthWithin('key', new Uint8Array(octets), 2, 4)).toThrow(
        new RangeError(`key of ${octets} octets, not 2 to 4`),
      )
  })
})
