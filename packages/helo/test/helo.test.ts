import { nodeIdOf } from '@postern/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  HELO_FIXED_OCTETS,
  type Helo,
  heloCodec,
  MAX_MTU_OCTETS,
  MAX_SENDER_ADDRESS_OCTETS,
  PROTOCOL,
  protocolNumber,
  signHelo,
  WIRE_FAULTS,
  type WireFault,
} from '../src/index.js'
import { toHex } from './hex.js'
import * as sample from './samples.js'

const { HELO, HELO_BYTES, OWNER, LINK_KEY, DRAFT, TERMS, flipBit, helos, patch } = sample

describe('3/helo', () => {
  test.each([
    ['an address', HELO, HELO_BYTES],
    ['a withdrawal without address', sample.WITHDRAWN_ADDRESSLESS, sample.WITHDRAWN_ADDRESSLESS_BYTES],
  ])('golden vector: %s, both directions', (_, helo, bytes) => {
    expect(toHex(heloCodec.encode(helo))).toBe(toHex(bytes))
    expect(heloCodec.decode(bytes)).toEqual({ ok: true, value: helo, bytesRead: bytes.byteLength })
  })

  test('the fields of the golden vector', () => {
    const decoded = heloCodec.decode(HELO_BYTES)
    expect(decoded.ok && decoded.value).toEqual({
      protocol: 1,
      mtu: 1434,
      senderAddressSize: 6,
      senderAddress: Uint8Array.of(192, 0, 2, 1, 8, 0x26),
      senderIdentity: nodeIdOf(OWNER.publicKey),
      publicKey: OWNER.publicKey,
      linkKey: LINK_KEY,
      maxLatencyMs: 1000,
      flags: { gossip: true, withdrawn: false },
      sequence: 1_700_000_000_000,
      expiration: 1_700_043_200_000,
      signature: HELO_BYTES.slice(94, 158),
    })
  })

  test('decode(encode(x)) is x, of the size foretold', () => {
    fc.assert(
      fc.property(helos, (helo) => {
        const bytes = heloCodec.encode(helo)
        expect(bytes.byteLength).toBe(heloCodec.sizeOf(helo))
        expect(bytes.byteLength).toBeLessThanOrEqual(heloCodec.maxSize)
        expect(heloCodec.decode(bytes)).toEqual({ ok: true, value: helo, bytesRead: bytes.byteLength })
      }),
    )
  })

  test('every strict prefix is truncated', () => {
    for (let n = 0; n < HELO_BYTES.byteLength; n++)
      expect(heloCodec.decode(HELO_BYTES.subarray(0, n))).toEqual({ ok: false, fault: 'truncated', offset: n })
  })

  test('what follows a HELO is left alone', () => {
    const followed = Uint8Array.of(...HELO_BYTES, 1, 2, 3)
    expect(heloCodec.decode(followed)).toEqual({ ok: true, value: HELO, bytesRead: HELO_BYTES.byteLength })
  })

  test('a decoded HELO shares no memory with a Buffer it came from', () => {
    const datagram = Buffer.from(HELO_BYTES)
    const decoded = heloCodec.decode(datagram)
    datagram.fill(0)
    expect(decoded.ok && decoded.value).toEqual(HELO)
    if (!decoded.ok) return
    for (const bytes of [decoded.value.publicKey, decoded.value.senderAddress, decoded.value.signature])
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
  })

  test('arbitrary bytes never throw, and what is accepted encodes to the same bytes', () => {
    const plausible = fc.tuple(fc.uint8Array({ maxLength: 700 }), fc.boolean()).map(([noise, dressed]) => {
      const bytes = new Uint8Array(noise)
      if (dressed) bytes.set(HELO_BYTES.subarray(0, Math.min(4, bytes.byteLength)))
      return bytes
    })
    fc.assert(fc.property(plausible, acceptsOnlyCanonical))
  })

  test('any flipped bit gives a fault or other fields, never a throw, and both flags are told apart', () => {
    for (let bit = 0; bit < HELO_BYTES.byteLength * 8; bit++) acceptsOnlyCanonical(flipBit(HELO_BYTES, bit))
    for (const [octet, flags] of [
      ['00', { gossip: false, withdrawn: false }],
      ['01', { gossip: true, withdrawn: false }],
      ['02', { gossip: false, withdrawn: true }],
      ['03', { gossip: true, withdrawn: true }],
    ] as const)
      expect(heloCodec.decode(patch(HELO_BYTES, 1, octet))).toMatchObject({ ok: true, value: { flags } })
  })
})

describe('3/helo faults', () => {
  const addressless = sample.WITHDRAWN_ADDRESSLESS_BYTES
  const cases: Record<Exclude<WireFault, 'trailing'>, (readonly [bytes: Uint8Array, offset: number])[]> = {
    truncated: [
      [new Uint8Array(0), 0],
      [HELO_BYTES.subarray(0, 157), 157],
      [HELO_BYTES.subarray(0, 163), 163],
    ],
    'unknown-version': [
      [patch(HELO_BYTES, 0, '00'), 0],
      [patch(HELO_BYTES, 0, '02'), 0],
      [Uint8Array.of(2), 0],
    ],
    'reserved-flags': [2, 3, 4, 5, 6, 7].map((bit) => [flipBit(HELO_BYTES, 8 + bit), 1] as const),
    'bad-public-key': [
      [patch(HELO_BYTES, 4, '00'.repeat(32)), 4],
      [patch(HELO_BYTES, 4, `ed${'ff'.repeat(30)}7f`), 4],
    ],
    'bad-mtu': [
      [patch(HELO_BYTES, 68, '00000000'), 68],
      [patch(HELO_BYTES, 68, '00100001'), 68],
      [patch(HELO_BYTES, 2, '0000'), 68],
      [patch(addressless, 68, '00000001'), 68],
    ],
    'bad-address-size': [
      [patch(HELO_BYTES, 92, '0000'), 92],
      [patch(HELO_BYTES, 92, '0201'), 92],
      [patch(addressless, 92, '0001'), 92],
    ],
    'bad-number': [
      [patch(HELO_BYTES, 76, '0020000000000000'), 76],
      [patch(HELO_BYTES, 84, '0020000000000000'), 84],
      [patch(HELO_BYTES, 84, 'ffffffffffffffff'), 84],
    ],
  }

  test('every fault of the table has a case; only trailing is for those who ask for one HELO and nothing else', () => {
    expect([...Object.keys(cases), 'trailing'].sort()).toEqual([...WIRE_FAULTS].sort())
  })

  test.each(Object.entries(cases))('%s', (fault, examples) => {
    for (const [bytes, offset] of examples) expect(heloCodec.decode(bytes)).toEqual({ ok: false, fault, offset })
  })

  test('the first failure names the fault, in the order of the protocol', () => {
    const order = [
      ['unknown-version', 0, '02'],
      ['reserved-flags', 1, '80'],
      ['bad-public-key', 4, '00'.repeat(32)],
      ['bad-mtu', 68, '00000000'],
      ['bad-address-size', 92, 'ffff'],
      ['bad-number', 76, 'ffffffffffffffff'],
    ] as const
    let bytes: Uint8Array = HELO_BYTES
    for (const [fault, offset, octets] of order.toReversed()) {
      bytes = patch(bytes, offset, octets)
      expect(heloCodec.decode(bytes)).toEqual({ ok: false, fault, offset })
      const first = fault === 'unknown-version' ? fault : 'truncated'
      expect(heloCodec.decode(bytes.subarray(0, 157))).toMatchObject({ fault: first })
    }
  })
})

describe('3/helo limits', () => {
  test('mtu, address size, latency, sequence and expiration at their largest', () => {
    const largest = heloOf({
      mtu: MAX_MTU_OCTETS,
      senderAddressSize: MAX_SENDER_ADDRESS_OCTETS,
      senderAddress: new Uint8Array(MAX_SENDER_ADDRESS_OCTETS).fill(255),
      protocol: protocolNumber(65_535),
      maxLatencyMs: 2 ** 32 - 1,
      sequence: Number.MAX_SAFE_INTEGER,
      expiration: Number.MAX_SAFE_INTEGER,
    })
    const bytes = heloCodec.encode(largest)
    expect(bytes.byteLength).toBe(heloCodec.maxSize)
    expect(heloCodec.decode(bytes)).toEqual({ ok: true, value: largest, bytesRead: HELO_FIXED_OCTETS + 512 })
  })

  test.each([
    ['bad-public-key', { publicKey: new Uint8Array(32) }],
    ['bad-public-key', { publicKey: OWNER.publicKey.subarray(1) }],
    ['bad-mtu', { mtu: 0 }],
    ['bad-mtu', { mtu: MAX_MTU_OCTETS + 1 }],
    ['bad-mtu', { protocol: PROTOCOL.NONE }],
    ['bad-mtu', { mtu: Number.NaN }],
    ['bad-address-size', { senderAddressSize: 0, senderAddress: new Uint8Array(0) }],
    ['bad-address-size', { senderAddressSize: 513, senderAddress: new Uint8Array(513) }],
    ['bad-number', { sequence: 2 ** 53 }],
    ['bad-number', { expiration: 2 ** 53 }],
    ['no integer', { sequence: -1 }],
    ['no integer', { expiration: -1 }],
    ['no integer', { mtu: 1.5 }],
    ['no integer', { maxLatencyMs: 2 ** 32 }],
    ['senderAddress of 6 octets, not 7', { senderAddressSize: 7 }],
    ['linkKey of 31 octets, not 32', { linkKey: LINK_KEY.subarray(1) }],
    ['signature of 63 octets, not 64', { signature: HELO.signature.subarray(1) }],
    ['is not the hash of publicKey', { senderIdentity: sample.OTHER.nodeId }],
  ] as [string, Partial<Helo>][])('encode throws a RangeError: %s, %o', (message, change) => {
    const encode = () => heloCodec.encode({ ...HELO, ...change })
    expect(encode).toThrow(RangeError)
    expect(encode).toThrow(message)
  })
})

/** HELO with other fields, signed again. */
function heloOf(change: Partial<Helo>): Helo {
  return signHelo(OWNER, LINK_KEY, { ...DRAFT, ...change }, { ...TERMS, ...change })
}

function acceptsOnlyCanonical(bytes: Uint8Array): void {
  const decoded = heloCodec.decode(bytes)
  if (decoded.ok) expect(toHex(heloCodec.encode(decoded.value))).toBe(toHex(bytes.subarray(0, decoded.bytesRead)))
  else expect(WIRE_FAULTS).toContain(decoded.fault)
}
