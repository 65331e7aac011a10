import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AEAD_TAG_OCTETS, frameNonce, nodeAead } from '../src/index.js'
import { hex, toHex } from './hex.js'

/** RFC 8439 section 2.8.2. */
const KEY = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f')
const NONCE = hex('07000000 4041424344454647')
const AD = hex('50515253c0c1c2c3c4c5c6c7')
const PLAIN = new TextEncoder().encode(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
)
const SEALED =
  'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6' +
  '3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36' +
  '92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
  '3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691'

describe('11/aead', () => {
  test('golden vector: RFC 8439 section 2.8.2', () => {
    const sealed = nodeAead.seal(KEY, NONCE, AD, PLAIN)
    expect(toHex(sealed)).toBe(SEALED)
    expect(nodeAead.open(KEY, NONCE, AD, sealed)).toEqual(PLAIN)
  })

  test('what was sealed opens, whatever its length, and is an array of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.uint8Array({ maxLength: 40 }), (plain, ad) => {
        const sealed = nodeAead.seal(KEY, NONCE, ad, plain)
        expect(sealed).toHaveLength(plain.byteLength + AEAD_TAG_OCTETS)
        const opened = nodeAead.open(KEY, NONCE, ad, sealed)
        sealed.fill(0)
        expect(opened).toEqual(plain)
      }),
    )
  })

  test('another key, nonce or associated data is null; so is every flipped bit and every strict prefix', () => {
    const sealed = hex(SEALED)
    const other = (bytes: Uint8Array): Uint8Array => bytes.map((octet, at) => (at === 4 ? octet ^ 1 : octet))
    expect(nodeAead.open(other(KEY), NONCE, AD, sealed)).toBeNull()
    expect(nodeAead.open(KEY, other(NONCE), AD, sealed)).toBeNull()
    expect(nodeAead.open(KEY, NONCE, other(AD), sealed)).toBeNull()
    expect(nodeAead.open(KEY, NONCE, new Uint8Array(), sealed)).toBeNull()
    for (let bit = 0; bit < sealed.byteLength * 8; bit++) {
      const forged = sealed.map((octet, at) => (at === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet))
      expect(nodeAead.open(KEY, NONCE, AD, forged)).toBeNull()
    }
    for (let size = 0; size < sealed.byteLength; size++)
      expect(nodeAead.open(KEY, NONCE, AD, sealed.subarray(0, size))).toBeNull()
  })

  test('a key or nonce of another length is the own mistake of a program, and throws', () => {
    for (const key of [KEY.subarray(1), new Uint8Array(33)]) {
      expect(() => nodeAead.seal(key, NONCE, AD, PLAIN)).toThrow()
      expect(() => nodeAead.open(key, NONCE, AD, new Uint8Array())).toThrow()
    }
    expect(() => nodeAead.open(KEY, new Uint8Array(), AD, new Uint8Array())).toThrow()
  })
})

describe('11/nonce', () => {
  test.each([
    [0, '00000000 0000000000000000'],
    [1, '00000000 0100000000000000'],
    [0xffff_ffff, '00000000 ffffffff00000000'],
    [2 ** 32, '00000000 0000000001000000'],
    [0x01_0203_0405_0607, '00000000 0706050403020100'],
    [2 ** 53 - 1, '00000000 ffffffffffff1f00'],
  ])('counter %d', (counter, bytes) => {
    expect(toHex(frameNonce(counter))).toBe(bytes.replace(' ', ''))
  })

  test('what is no counter is a RangeError', () => {
    for (const counter of [-1, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => frameNonce(counter)).toThrow(
        new RangeError(`a counter of ${counter}, not a whole number from 0 to 2^53 - 1`),
      )
  })
})
