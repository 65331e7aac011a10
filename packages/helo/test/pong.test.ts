import { describe, expect, test } from 'vitest'
import { MAX_OBSERVED_OCTETS, type Pong, pongCodec } from '../src/index.js'
import { testBodyCodec } from './body-codec-tests.js'
import { PONG, PONG_BYTES, pongs } from './questions.js'
import { patch } from './samples.js'

describe('8/pong', () => {
  testBodyCodec({ codec: pongCodec, golden: { value: PONG, bytes: PONG_BYTES }, values: pongs })

  test.each([
    ['unknown-version', 0, patch(PONG_BYTES, 0, '00')],
    ['unknown-version', 0, patch(PONG_BYTES, 0, '02')],
    ['unknown-version', 0, Uint8Array.of(2)],
    ['bad-address-size', 83, patch(PONG_BYTES, 83, '0000')],
    ['bad-address-size', 83, patch(PONG_BYTES, 83, '0201')],
    ['bad-address-size', 85, patch(PONG_BYTES, 85, '0041')],
    ['truncated', 163, patch(PONG_BYTES, 83, '0007')],
    ['truncated', 163, patch(PONG_BYTES, 85, '0040')],
    ['trailing', 162, patch(PONG_BYTES, 83, '0005')],
    ['trailing', 157, patch(PONG_BYTES, 85, '0000')],
    ['trailing', 163, Uint8Array.of(...PONG_BYTES, 0)],
  ])('%s at %i', (fault, offset, bytes) => {
    expect(pongCodec.decode(bytes)).toEqual({ ok: false, fault, offset })
  })

  test('the first failure names the fault, in the order of the protocol', () => {
    const observed = patch(PONG_BYTES, 85, 'ffff')
    const address = patch(observed, 83, '0000')
    expect(pongCodec.decode(observed)).toMatchObject({ offset: 85 })
    expect(pongCodec.decode(address)).toMatchObject({ offset: 83 })
    expect(pongCodec.decode(address.subarray(0, 150))).toMatchObject({ fault: 'truncated' })
    expect(pongCodec.decode(patch(address, 0, '02').subarray(0, 150))).toMatchObject({ fault: 'unknown-version' })
  })

  test('an address of 512 octets and a source of 64 are the largest; of the source there may be none', () => {
    const largest = { ...PONG, address: new Uint8Array(512).fill(1), observed: new Uint8Array(MAX_OBSERVED_OCTETS) }
    const bytes = pongCodec.encode(largest)
    expect(pongCodec.decode(bytes)).toEqual({ ok: true, value: largest, bytesRead: 151 + 512 + 64 })
    const silent = { ...PONG, observed: new Uint8Array(0) }
    expect(pongCodec.decode(pongCodec.encode(silent))).toEqual({ ok: true, value: silent, bytesRead: 157 })
  })

  test.each([
    ['challenge of 15 octets, not 16', { challenge: PONG.challenge.subarray(1) }],
    ['address of 513 octets, not 1 to 512', { address: new Uint8Array(513) }],
    ['observed of 65 octets, not 0 to 64', { observed: new Uint8Array(65) }],
    ['signature of 63 octets, not 64', { signature: PONG.signature.subarray(1) }],
  ] as [string, Partial<Pong>][])('encode throws a RangeError: %s', (message, change) => {
    expect(() => pongCodec.encode({ ...PONG, ...change })).toThrow(new RangeError(message))
  })
})
