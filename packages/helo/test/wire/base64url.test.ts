import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../src/wire/base64url.js'
import { hex } from '../hex.js'

describe('4/base64url', () => {
  test('RFC 4648 section 10, without padding, and the two letters of the url alphabet', () => {
    const vectors = { '': '', f: 'Zg', fo: 'Zm8', foo: 'Zm9v', foob: 'Zm9vYg', fooba: 'Zm9vYmE', foobar: 'Zm9vYmFy' }
    for (const [plain, text] of Object.entries(vectors)) {
      expect(toBase64url(new TextEncoder().encode(plain))).toBe(text)
      expect(fromBase64url(text)).toEqual(new TextEncoder().encode(plain))
    }
    expect(toBase64url(hex('fbff'))).toBe('-_8')
  })

  test('octets survive, in an array of their own', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const back = fromBase64url(toBase64url(bytes))!
        expect(back).toEqual(bytes)
        expect(back.buffer.byteLength).toBe(bytes.byteLength)
      }),
    )
  })

  test('padding, the other alphabet, a stray character and spare bits are refused', () => {
    for (const text of ['Zg==', 'Zm8=', '+/8', '-/8', 'Zm9vY', 'A', 'Zh', 'Zm9', 'Zm 8', 'Zm8\0', 'Zé', '=', 'Zm8.'])
      expect(fromBase64url(text), text).toBeNull()
  })

  test('no two texts give the same octets', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AZaz09-_+/= '), maxLength: 6 }), (text) => {
        const bytes = fromBase64url(text)
        if (bytes !== null) expect(toBase64url(bytes)).toBe(text)
      }),
    )
  })
})
