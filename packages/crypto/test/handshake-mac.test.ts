import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linkKeyHint, mac, mac1Key, macEquals } from '../src/index.js'
import { hmacSha256, sha256 as sha256OfParts } from '../src/sha256.js'
import { hex, toHex } from './hex.js'

const LINK_KEY = new Uint8Array(32).fill(0x11)
const labelled = (label: string): Uint8Array => sha256(new Uint8Array([...Buffer.from(label), ...LINK_KEY]))

describe('10/mac', () => {
  test('the hint and the key of mac1 are SHA-256 over their label and the link key', () => {
    expect(linkKeyHint(LINK_KEY)).toEqual(labelled('postern/1 hint').slice(0, 4))
    expect(mac1Key(LINK_KEY)).toEqual(labelled('postern/1 mac1'))
  })

  test('golden vector: RFC 4231 section 4.6, HMAC-SHA256 cut to 16 octets', () => {
    const data = Buffer.from('Test With Truncation')
    expect(toHex(mac(new Uint8Array(20).fill(0x0c), data))).toBe('a3b6167473100ee06e0c796c2955552b')
  })

  test('macs are the same when every octet is', () => {
    const one = hex('000102030405060708090a0b0c0d0e0f')
    expect(macEquals(one, one.slice())).toBe(true)
    for (let bit = 0; bit < 128; bit++)
      expect(
        macEquals(
          one,
          one.map((octet, at) => (at === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet)),
        ),
      ).toBe(false)
    expect(macEquals(one, one.subarray(1))).toBe(false)
    expect(macEquals(one, new Uint8Array())).toBe(false)
  })

  test('hashes of parts are those @noble/hashes gives for the whole, as plain arrays', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, fc.uint8Array({ maxLength: 80 }), (pieces, key) => {
        const whole = new Uint8Array(Buffer.concat(pieces))
        expect(sha256OfParts(...pieces)).toStrictEqual(sha256(whole))
        expect(hmacSha256(key, ...pieces)).toStrictEqual(hmac(sha256, key, whole))
      }),
    )
  })
})
