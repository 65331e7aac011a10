import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader } from '../../src/wire/reader.js'
import { Writer } from '../../src/wire/writer.js'
import { toHex } from '../hex.js'

const WIDTHS = [
  ['u8', 1, 0xff],
  ['u16', 2, 0xffff],
  ['u32', 4, 0xffff_ffff],
  ['u64', 8, Number.MAX_SAFE_INTEGER],
] as const

describe('0/writer', () => {
  test('fields are big-endian and follow each other', () => {
    const writer = new Writer(17)
    writer.u8(1)
    writer.u16(0x0203)
    writer.u32(0x04050607)
    writer.u64(1_700_000_000_000)
    writer.bytes(Uint8Array.of(0xaa, 0xbb))
    expect(toHex(writer.finish())).toBe('01020304050607' + '0000018bcfe56800' + 'aabb')
  })

  test.each(WIDTHS)('%s: what is written is what is read', (field, octets, max) => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        const value = n % (max + 1)
        const writer = new Writer(octets)
        writer[field](value)
        expect(new Reader(writer.finish())[field]()).toBe(value)
      }),
      { examples: [[0], [max]] },
    )
  })

  test.each(WIDTHS)('%s: a number that is no integer in range is a RangeError', (field, _, max) => {
    for (const value of [-1, max + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => new Writer(8)[field](value), String(value)).toThrow(RangeError)
  })

  test('more than fits, or less than was asked for, is a RangeError', () => {
    const writer = new Writer(1)
    expect(() => writer.u16(1)).toThrow('2 octets at 0 do not fit into 1')
    expect(() => writer.bytes(new Uint8Array(2))).toThrow(RangeError)
    writer.u8(7)
    expect(() => writer.u8(8)).toThrow('1 octets at 1 do not fit into 1')
    expect(writer.finish(), 'what fitted is there').toEqual(Uint8Array.of(7))
    expect(() => new Writer(1).finish()).toThrow('0 octets written, not 1')
  })
})
