import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  batchedOctets,
  decodeBatch,
  encodeBatch,
  MAX_BATCH_MESSAGES,
  MAX_MESSAGE_BODY_OCTETS,
  MESSAGE_TYPE,
  type PlainMessage,
  WIRE_FAULTS,
} from '../src/index.js'
import { hex, toHex } from './hex.js'
import { flipBit } from './samples.js'

/** Pins PROTOCOL.md section 9. */
const GOLDEN = hex(`
  00 03      size
  80 01      type: private
  61 62 63   body: "abc"
  00 00      size
  00 0b      type: CLOSE
  00 01      size
  ff ff      type: private
  7a         body: "z"
`)
const MESSAGES: readonly PlainMessage[] = [
  { type: 0x8001, body: hex('616263') },
  { type: MESSAGE_TYPE.CLOSE, body: new Uint8Array(0) },
  { type: 0xffff, body: hex('7a') },
]

const messages: fc.Arbitrary<PlainMessage> = fc.record({
  type: fc.integer({ min: 1, max: 0xffff }),
  body: fc.uint8Array({ maxLength: 300 }),
})

describe('9/batch', () => {
  test('golden vector, both directions', () => {
    expect(toHex(encodeBatch(MESSAGES))).toBe(toHex(GOLDEN))
    expect(decodeBatch(GOLDEN)).toEqual({ ok: true, value: MESSAGES, bytesRead: 16 })
  })

  test('no message at all is a batch', () => {
    expect(encodeBatch([])).toEqual(new Uint8Array(0))
    expect(decodeBatch(new Uint8Array(0))).toEqual({ ok: true, value: [], bytesRead: 0 })
  })

  test('8 192 messages are a batch, one more is none', () => {
    const most = Array.from({ length: MAX_BATCH_MESSAGES }, () => ({ type: 1, body: new Uint8Array(0) }))
    const bytes = encodeBatch(most)
    expect(decodeBatch(bytes)).toMatchObject({ ok: true, bytesRead: 4 * MAX_BATCH_MESSAGES })
    expect(() => encodeBatch([...most, most[0]!])).toThrow(new RangeError('a batch of 8193 messages exceeds 8192'))
    const more = new Uint8Array([...bytes, ...bytes.subarray(0, 4)])
    expect(decodeBatch(more)).toEqual({ ok: false, fault: 'trailing', offset: bytes.byteLength })
  })

  test('decode(encode(x)) is x, of the size foretold', () => {
    fc.assert(
      fc.property(fc.array(messages), (all) => {
        const bytes = encodeBatch(all)
        expect(bytes.byteLength).toBe(all.reduce((sum, message) => sum + batchedOctets(message), 0))
        expect(decodeBatch(bytes)).toEqual({ ok: true, value: all, bytesRead: bytes.byteLength })
      }),
    )
  })

  test('every strict prefix is truncated, unless it ends with a message', () => {
    const ends = [0, 7, 11]
    for (let n = 0; n < GOLDEN.byteLength; n += 1) {
      const decoded = decodeBatch(GOLDEN.subarray(0, n))
      if (ends.includes(n)) expect(decoded).toMatchObject({ ok: true, value: MESSAGES.slice(0, ends.indexOf(n)) })
      else expect(decoded).toEqual({ ok: false, fault: 'truncated', offset: n })
    }
  })

  test('what follows the last message is a message, or truncated', () => {
    expect(decodeBatch(Uint8Array.of(...GOLDEN, 0))).toEqual({ ok: false, fault: 'truncated', offset: 17 })
  })

  test('type 0 is a bad number, in the first message and in a later one; that it is not all there comes first', () => {
    expect(decodeBatch(hex('0000 0000'))).toEqual({ ok: false, fault: 'bad-number', offset: 2 })
    expect(decodeBatch(Uint8Array.of(...GOLDEN, 0, 0, 0, 0))).toEqual({ ok: false, fault: 'bad-number', offset: 18 })
    expect(decodeBatch(hex('0001 0000'))).toEqual({ ok: false, fault: 'truncated', offset: 4 })
  })

  test('a body of 65 535 octets is the largest', () => {
    const largest: PlainMessage = { type: 1, body: new Uint8Array(MAX_MESSAGE_BODY_OCTETS).fill(7) }
    const bytes = encodeBatch([largest, ...MESSAGES])
    expect(decodeBatch(bytes)).toEqual({ ok: true, value: [largest, ...MESSAGES], bytesRead: 4 + 65_535 + 16 })
    const tooLarge = { type: 1, body: new Uint8Array(MAX_MESSAGE_BODY_OCTETS + 1) }
    expect(() => encodeBatch([tooLarge])).toThrow(new RangeError('a body of 65536 octets exceeds 65535'))
  })

  test('a type that is no u16, or 0, is a RangeError', () => {
    for (const type of [0, -1, 65_536, 1.5, Number.NaN])
      expect(() => encodeBatch([...MESSAGES, { type, body: new Uint8Array(0) }])).toThrow(
        new RangeError(`message type ${type} is no integer from 1 to 65535`),
      )
  })

  test('bodies are views of what came in, and what goes out is a copy', () => {
    const decoded = decodeBatch(GOLDEN)
    for (const { body } of decoded.ok ? decoded.value : []) expect(body.buffer).toBe(GOLDEN.buffer)
    const body = Uint8Array.of(1)
    const bytes = encodeBatch([{ type: 1, body }])
    body[0] = 2
    expect(bytes[4]).toBe(1)
  })

  test('arbitrary bytes never throw, and what is accepted encodes to the same bytes', () => {
    const accepts = (bytes: Uint8Array): void => {
      const decoded = decodeBatch(bytes)
      if (decoded.ok) expect(toHex(encodeBatch(decoded.value))).toBe(toHex(bytes))
      else expect(WIRE_FAULTS).toContain(decoded.fault)
    }
    const short = fc.array(fc.nat(3), { maxLength: 24 }).map((octets) => Uint8Array.from(octets))
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 24 }), short), accepts))
    for (let bit = 0; bit < GOLDEN.byteLength * 8; bit += 1) accepts(flipBit(GOLDEN, bit))
  })
})
