import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CookieMessage,
  cookieMessageCodec,
  FIRST_NOISE_OCTETS,
  type FirstMessage,
  firstMessageCodec,
  MAC_OCTETS,
  macedBytes,
  SECOND_NOISE_OCTETS,
  type SecondMessage,
  secondMessageCodec,
} from '../src/index.js'
import { testBodyCodec } from './body-codec-tests.js'
import { hex, toHex } from './hex.js'
import { LINK_KEY } from './samples.js'

/**
 * Pins PROTOCOL.md section 10. The noise stands for itself: 32 octets e0, 48 of e1, 16 of e2. Hint and macs are from Python's
 * hashlib and hmac: for LINK_KEY, and the cookie 00 01 02 … 0f.
 */
const FIRST_BYTES = hex(`
  01 02 03 04                                       senderIndex
  53 77 8e 6a                                       hint
  e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0   ephemeral
  e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0
  e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1   sealedStatic
  e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1
  e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1 e1
  e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2   payload: the tag of an empty batch
  a9 23 d9 ff df 6d a2 d0 3c 68 82 cb 9b 18 e1 8d   mac1
  bd 67 38 a1 99 39 8e 87 5b b8 c0 41 f5 91 c8 22   mac2
`)
const FIRST: FirstMessage = {
  senderIndex: 0x01020304,
  hint: hex('53 77 8e 6a'),
  noise: FIRST_BYTES.slice(8, 104),
  mac1: hex('a9 23 d9 ff df 6d a2 d0 3c 68 82 cb 9b 18 e1 8d'),
  mac2: hex('bd 67 38 a1 99 39 8e 87 5b b8 c0 41 f5 91 c8 22'),
}

const SECOND_BYTES = hex(`
  05 06 07 08                                       senderIndex
  01 02 03 04                                       receiverIndex
  e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0   ephemeral
  e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0 e0
  e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2   payload: the tag of an empty batch
`)
const SECOND: SecondMessage = {
  senderIndex: 0x05060708,
  receiverIndex: 0x01020304,
  noise: SECOND_BYTES.slice(8),
}

const COOKIE_BYTES = hex(`
  01 02 03 04                                       receiverIndex
  a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab               nonce
  c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 ca cb cc cd ce cf   sealedCookie
  d0 d1 d2 d3 d4 d5 d6 d7 d8 d9 da db dc dd de df
`)
const COOKIE: CookieMessage = {
  receiverIndex: 0x01020304,
  nonce: hex('a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab'),
  sealedCookie: COOKIE_BYTES.slice(16),
}

const indexes = fc.nat({ max: 0xffff_ffff })
const octets = (least: number, most = least): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: least, maxLength: most })

describe('10/first message', () => {
  testBodyCodec({
    codec: firstMessageCodec,
    golden: { value: FIRST, bytes: FIRST_BYTES },
    values: fc.record({
      senderIndex: indexes,
      hint: octets(4),
      noise: octets(FIRST_NOISE_OCTETS, 1_200),
      mac1: octets(MAC_OCTETS),
      mac2: octets(MAC_OCTETS),
    }),
  })

  test('96 octets of noise are the least, 136 octets in all; one more belongs to the noise', () => {
    expect(FIRST_BYTES.byteLength).toBe(136)
    const longer = { ...FIRST, noise: Uint8Array.of(...FIRST.noise, 7) }
    expect(firstMessageCodec.decode(firstMessageCodec.encode(longer))).toEqual({
      ok: true,
      value: longer,
      bytesRead: 137,
    })
  })

  test('a mac covers all before it: the golden ones are those of the protocol', () => {
    const covered = macedBytes(FIRST_BYTES)
    expect(toHex(covered.mac1)).toBe(toHex(FIRST_BYTES.slice(0, 104)))
    expect(toHex(covered.mac2)).toBe(toHex(FIRST_BYTES.slice(0, 120)))
    const key = createHash('sha256').update('postern/1 mac1').update(LINK_KEY).digest()
    const cookie = hex('00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f')
    expect(mac(key, covered.mac1)).toBe(toHex(FIRST.mac1))
    expect(mac(cookie, covered.mac2)).toBe(toHex(FIRST.mac2))
    const hint = createHash('sha256').update('postern/1 hint').update(LINK_KEY).digest('hex')
    expect(hint.slice(0, 8)).toBe(toHex(FIRST.hint))
  })

  test('what the macs cover is seen, not copied; of fewer octets than a first message nothing is', () => {
    expect(macedBytes(FIRST_BYTES).mac1.buffer).toBe(FIRST_BYTES.buffer)
    expect(macedBytes(FIRST_BYTES).mac2.buffer).toBe(FIRST_BYTES.buffer)
    expect(() => macedBytes(FIRST_BYTES.subarray(1))).toThrow(new RangeError('135 octets are no first message'))
  })

  test.each([
    ['hint of 3 octets, not 4', { hint: new Uint8Array(3) }],
    ['noise of 95 octets, not at least 96', { noise: new Uint8Array(95) }],
    ['mac1 of 15 octets, not 16', { mac1: new Uint8Array(15) }],
    ['mac1 of 17 octets, not 16', { mac1: new Uint8Array(17) }],
    ['mac2 of 0 octets, not 16', { mac2: new Uint8Array(0) }],
    ['4294967296 is no integer from 0 to 4294967295', { senderIndex: 2 ** 32 }],
  ] as [string, Partial<FirstMessage>][])('encode throws a RangeError: %s', (message, change) => {
    expect(() => firstMessageCodec.encode({ ...FIRST, ...change })).toThrow(new RangeError(message))
  })
})

describe('10/second message', () => {
  testBodyCodec({
    codec: secondMessageCodec,
    golden: { value: SECOND, bytes: SECOND_BYTES },
    values: fc.record({
      senderIndex: indexes,
      receiverIndex: indexes,
      noise: octets(SECOND_NOISE_OCTETS, 1_200),
    }),
  })

  test('48 octets of noise are the least, 56 octets in all; one more belongs to the noise', () => {
    expect(SECOND_BYTES.byteLength).toBe(56)
    const longer = { ...SECOND, noise: Uint8Array.of(...SECOND.noise, 7) }
    const decoded = { ok: true, value: longer, bytesRead: 57 }
    expect(secondMessageCodec.decode(secondMessageCodec.encode(longer))).toEqual(decoded)
  })

  test.each([
    ['noise of 47 octets, not at least 48', { noise: new Uint8Array(47) }],
    ['-1 is no integer from 0 to 4294967295', { senderIndex: -1 }],
    ['0.5 is no integer from 0 to 4294967295', { receiverIndex: 0.5 }],
  ] as [string, Partial<SecondMessage>][])('encode throws a RangeError: %s', (message, change) => {
    expect(() => secondMessageCodec.encode({ ...SECOND, ...change })).toThrow(new RangeError(message))
  })
})

describe('10/cookie', () => {
  testBodyCodec({
    codec: cookieMessageCodec,
    golden: { value: COOKIE, bytes: COOKIE_BYTES },
    values: fc.record({ receiverIndex: indexes, nonce: octets(12), sealedCookie: octets(32) }),
  })

  test('anything after 48 octets is trailing', () => {
    const followed = Uint8Array.of(...COOKIE_BYTES, 0)
    expect(cookieMessageCodec.decode(followed)).toEqual({ ok: false, fault: 'trailing', offset: 48 })
  })

  test.each([
    ['nonce of 11 octets, not 12', { nonce: new Uint8Array(11) }],
    ['nonce of 13 octets, not 12', { nonce: new Uint8Array(13) }],
    ['sealedCookie of 31 octets, not 32', { sealedCookie: new Uint8Array(31) }],
    ['sealedCookie of 33 octets, not 32', { sealedCookie: new Uint8Array(33) }],
    ['NaN is no integer from 0 to 4294967295', { receiverIndex: Number.NaN }],
  ] as [string, Partial<CookieMessage>][])('encode throws a RangeError: %s', (message, change) => {
    expect(() => cookieMessageCodec.encode({ ...COOKIE, ...change })).toThrow(new RangeError(message))
  })
})

function mac(key: Uint8Array, covered: Uint8Array): string {
  return createHmac('sha256', key)
    .update(covered)
    .digest('hex')
    .slice(0, 2 * MAC_OCTETS)
}
