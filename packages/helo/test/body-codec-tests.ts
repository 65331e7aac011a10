/** What every BodyCodec promises (STYLE section 7, rule 1), tried on one. The tests of each body add what is its own. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BodyCodec, WIRE_FAULTS } from '../src/index.js'
import { toHex } from './hex.js'
import { flipBit } from './samples.js'

export interface BodyPromises<T> {
  readonly codec: BodyCodec<T>
  /** Made by hand or by another program, never by the code under test. */
  readonly golden: { readonly value: T; readonly bytes: Uint8Array }
  readonly values: fc.Arbitrary<T>
  /** Octets that are a whole body although more would be, too. Left out: every strict prefix of the golden bytes is truncated. */
  readonly isWhole?: (octets: number) => boolean
  /** Do different octets never mean the same? Left out: they never do. */
  readonly isCanonical?: boolean
}

export function testBodyCodec<T>(promises: BodyPromises<T>): void {
  const { codec, golden, values, isWhole = () => false, isCanonical = true } = promises

  const accepts = (bytes: Uint8Array): void => {
    const decoded = codec.decode(bytes)
    if (!decoded.ok) {
      expect(WIRE_FAULTS).toContain(decoded.fault)
      expect(decoded.offset).toBeLessThanOrEqual(bytes.byteLength)
      return
    }
    expect(decoded.bytesRead).toBe(bytes.byteLength)
    const again = codec.encode(decoded.value)
    if (isCanonical) expect(toHex(again)).toBe(toHex(bytes))
    else expect(codec.decode(again)).toMatchObject({ value: decoded.value })
  }

  test('golden vector, both directions', () => {
    expect(toHex(codec.encode(golden.value))).toBe(toHex(golden.bytes))
    const decoded = { ok: true, value: golden.value, bytesRead: golden.bytes.byteLength }
    expect(codec.decode(golden.bytes)).toEqual(decoded)
  })

  test('decode(encode(x)) is x, of the size foretold', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = codec.encode(value)
        expect(bytes.byteLength).toBe(codec.sizeOf(value))
        expect(codec.decode(bytes)).toEqual({ ok: true, value, bytesRead: bytes.byteLength })
      }),
    )
  })

  test('every strict prefix is truncated, unless it is a shorter body', () => {
    for (let n = 0; n < golden.bytes.byteLength; n += 1) {
      const decoded = codec.decode(golden.bytes.subarray(0, n))
      if (isWhole(n)) expect(decoded).toMatchObject({ ok: true, bytesRead: n })
      else expect(decoded).toEqual({ ok: false, fault: 'truncated', offset: n })
    }
  })

  test('bytes that lie in a larger buffer are read where they lie', () => {
    const room = Uint8Array.of(255, 254, ...golden.bytes, 255)
    const inside = room.subarray(2, 2 + golden.bytes.byteLength)
    expect(codec.decode(inside)).toMatchObject({ ok: true, value: golden.value })
  })

  test('arbitrary bytes never throw, and what is accepted encodes again', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2 * golden.bytes.byteLength }), accepts))
    for (let bit = 0; bit < golden.bytes.byteLength * 8; bit += 1) accepts(flipBit(golden.bytes, bit))
  })
}
