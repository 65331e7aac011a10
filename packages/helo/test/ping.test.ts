import type { NodeId } from '@postern/crypto'
import { describe, expect, test } from 'vitest'
import { type Ping, type ProtocolNumber, pingCodec, pongCodec } from '../src/index.js'
import { testBodyCodec } from './body-codec-tests.js'
import { PING, PING_BYTES, PONG, pings } from './questions.js'
import { flipBit, patch } from './samples.js'

describe('8/ping', () => {
  testBodyCodec({
    codec: pingCodec,
    golden: { value: PING, bytes: PING_BYTES },
    values: pings,
    isCanonical: false, // the padding may be longer
  })

  test('more padding is still padding, as long as it is zero', () => {
    const padded = Uint8Array.of(...PING_BYTES, 0, 0, 0)
    expect(pingCodec.decode(padded)).toEqual({ ok: true, value: PING, bytesRead: padded.byteLength })
    expect(pingCodec.decode(Uint8Array.of(...PING_BYTES, 0, 1))).toMatchObject({ fault: 'reserved-flags', offset: 91 })
  })

  test('every bit of the padding counts', () => {
    for (let bit = 91 * 8; bit < PING_BYTES.byteLength * 8; bit += 1)
      expect(pingCodec.decode(flipBit(PING_BYTES, bit))).toEqual({ ok: false, fault: 'reserved-flags', offset: 91 })
  })

  test.each([1, 6, 512])('no PONG is larger than its PING: an address of %i octets', (octets) => {
    const address = new Uint8Array(octets)
    const largest = pongCodec.sizeOf({ ...PONG, address, observed: new Uint8Array(64) })
    expect(largest).toBe(pingCodec.sizeOf({ ...PING, address }))
  })

  test.each([
    ['unknown-version', 0, patch(PING_BYTES, 0, '00')],
    ['unknown-version', 0, patch(PING_BYTES, 0, '02')],
    ['unknown-version', 0, Uint8Array.of(2)],
    ['bad-address-size', 83, patch(PING_BYTES, 83, '0000')],
    ['bad-address-size', 83, patch(PING_BYTES, 83, '0201')],
    ['truncated', 221, patch(PING_BYTES, 83, '0007')],
    ['truncated', 221, patch(PING_BYTES, 83, '0200')],
  ])('%s at %i', (fault, offset, bytes) => {
    expect(pingCodec.decode(bytes)).toEqual({ ok: false, fault, offset })
  })

  test('the first failure names the fault, in the order of the protocol', () => {
    const padding = patch(PING_BYTES, 220, '01')
    const size = patch(padding, 83, '0000')
    expect(pingCodec.decode(padding)).toMatchObject({ fault: 'reserved-flags' })
    expect(pingCodec.decode(padding.subarray(0, 220))).toMatchObject({ fault: 'truncated' })
    expect(pingCodec.decode(size)).toMatchObject({ fault: 'bad-address-size' })
    expect(pingCodec.decode(size.subarray(0, 84))).toMatchObject({ fault: 'truncated' })
    expect(pingCodec.decode(patch(size, 0, '02').subarray(0, 84))).toMatchObject({ fault: 'unknown-version' })
  })

  test('an address of 512 octets is the largest', () => {
    const largest = { ...PING, address: new Uint8Array(512).fill(255) }
    const bytes = pingCodec.encode(largest)
    expect(bytes.byteLength).toBe(85 + 512 + 130)
    expect(pingCodec.decode(bytes)).toEqual({ ok: true, value: largest, bytesRead: 727 })
  })

  test.each([
    ['challenge of 15 octets, not 16', { challenge: PING.challenge.subarray(1) }],
    ['challenge of 17 octets, not 16', { challenge: new Uint8Array(17) }],
    ['address of 0 octets, not 1 to 512', { address: new Uint8Array(0) }],
    ['address of 513 octets, not 1 to 512', { address: new Uint8Array(513) }],
    ['65536 is no integer from 0 to 65535', { protocol: 65_536 as ProtocolNumber }],
    ['not a node id: 2 characters', { target: 'me' as NodeId }],
    ['not a node id: 3 characters', { asker: 'you' as NodeId }],
  ] as [string, Partial<Ping>][])('encode throws a RangeError: %s', (message, change) => {
    expect(() => pingCodec.encode({ ...PING, ...change })).toThrow(new RangeError(message))
  })
})
