import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader } from '../../src/wire/reader.js'
import { hex } from '../hex.js'

describe('0/reader', () => {
  test('fields are big-endian and follow each other', () => {
    const reader = new Reader(hex('01 0203 04050607 0000018bcfe56800 aabb cc'))
    expect(reader.u8()).toBe(1)
    expect(reader.u16()).toBe(0x0203)
    expect(reader.u32()).toBe(0x04050607)
    expect(reader.u64()).toBe(1_700_000_000_000)
    expect(reader.bytes(2)).toEqual(hex('aabb'))
    expect([reader.offset, reader.remaining, reader.failed]).toEqual([17, 1, false])
  })

  test('a view into a larger buffer is read where it lies', () => {
    const reader = new Reader(hex('ff 0102 ff').subarray(1, 3))
    expect([reader.u16(), reader.u8(), reader.failed]).toEqual([0x0102, 0, true])
  })

  test('a field that does not fit is zero or empty, is not counted, and fails every later one', () => {
    for (const read of ['u16', 'u32', 'u64'] as const) {
      const reader = new Reader(Uint8Array.of(7))
      expect([reader[read](), reader.offset, reader.failed]).toEqual([0, 0, true])
      expect([reader.u8(), reader.bytes(0).byteLength, reader.offset]).toEqual([0, 0, 0])
    }
    const reader = new Reader(Uint8Array.of(7))
    expect([reader.bytes(2).byteLength, reader.failed]).toEqual([0, true])
  })

  test('u64 is exact up to 2^53 - 1 and never safe above', () => {
    expect(new Reader(hex('001fffffffffffff')).u64()).toBe(Number.MAX_SAFE_INTEGER)
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (n) => {
        const got = new Reader(hex(n.toString(16).padStart(16, '0'))).u64()
        if (n <= BigInt(Number.MAX_SAFE_INTEGER)) expect(BigInt(got)).toBe(n)
        else expect(Number.isSafeInteger(got)).toBe(false)
      }),
      { examples: [[2n ** 53n - 1n], [2n ** 53n], [2n ** 53n + 1n], [2n ** 64n - 1n]] },
    )
  })
})
