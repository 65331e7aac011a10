import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32, decodeMessage, encodeMessage, MAX_MESSAGE_BODY_OCTETS, MESSAGE_HEADER_OCTETS } from '../src/index.js'
import { hex, toHex } from './hex.js'

/** Pins PROTOCOL.md section 2; the bytes and the crc are from Python's struct and zlib. */
const GOLDEN = hex(`
  00 03      size
  80 01      type: private
  61 62 63   body: "abc"
`)

const types = fc.integer({ min: 1, max: 65_535 })

describe('2/header', () => {
  test('golden vector, both directions', () => {
    const body = new TextEncoder().encode('abc')
    expect(toHex(encodeMessage(0x8001, body))).toBe(toHex(GOLDEN))
    expect(decodeMessage(GOLDEN)).toEqual({ ok: true, value: { type: 0x8001, body }, bytesRead: 7 })
  })

  test('the crc beside it covers header and body', () => {
    expect(crc32(GOLDEN).toString(16)).toBe('d8c7e2f7')
  })

  test('decode(encode(x)) is x', () => {
    fc.assert(
      fc.property(types, fc.uint8Array(), (type, body) => {
        const bytes = encodeMessage(type, body)
        expect(decodeMessage(bytes)).toEqual({ ok: true, value: { type, body }, bytesRead: bytes.byteLength })
      }),
    )
  })

  test('every strict prefix is truncated', () => {
    for (let n = 0; n < GOLDEN.byteLength; n++)
      expect(decodeMessage(GOLDEN.subarray(0, n))).toEqual({ ok: false, fault: 'truncated', offset: n })
  })

  test('anything after the body is trailing', () => {
    expect(decodeMessage(Uint8Array.of(...GOLDEN, 0))).toEqual({ ok: false, fault: 'trailing', offset: 7 })
  })

  test('a body of 65 535 octets is the largest, none is the smallest', () => {
    const largest = encodeMessage(1, new Uint8Array(MAX_MESSAGE_BODY_OCTETS))
    expect(decodeMessage(largest)).toMatchObject({ ok: true, bytesRead: MESSAGE_HEADER_OCTETS + 65_535 })
    expect(() => encodeMessage(1, new Uint8Array(MAX_MESSAGE_BODY_OCTETS + 1))).toThrow('65536 octets exceeds 65535')
    expect(toHex(encodeMessage(1, new Uint8Array(0)))).toBe('00000001')
  })

  test('a type that is no u16, or 0, is a RangeError; from outside 0 is left to the dispatcher', () => {
    for (const type of [0, -1, 65_536, 1.5, Number.NaN])
      expect(() => encodeMessage(type, new Uint8Array(0))).toThrow(
        new RangeError(`message type ${type} is no integer from 1 to 65535`),
      )
    expect(toHex(encodeMessage(65_535, new Uint8Array(0)))).toBe('0000ffff')
    expect(decodeMessage(hex('0000 0000'))).toMatchObject({ ok: true, value: { type: 0 } })
  })

  test('the body is a view of what came in, and what goes out is a copy', () => {
    const decoded = decodeMessage(GOLDEN)
    expect(decoded.ok && decoded.value.body.buffer).toBe(GOLDEN.buffer)
    const body = Uint8Array.of(1)
    const bytes = encodeMessage(1, body)
    body[0] = 2
    expect(bytes[4]).toBe(1)
  })

  test('arbitrary bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const decoded = decodeMessage(bytes)
        if (decoded.ok) expect(decoded.bytesRead).toBe(bytes.byteLength)
      }),
    )
  })
})
