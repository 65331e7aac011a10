import { inspect } from 'node:util'
import { x25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  CryptoError,
  createLinkKey,
  eraseLinkKey,
  exportLinkKey,
  importLinkKey,
  LINK_KEY_OCTETS,
} from '../src/index.js'
import { hex, toHex } from './hex.js'

/** RFC 7748 section 6.1: Alice. */
const SECRET = hex('77076d0a7318a57d 3c16c17251b26645 df4c2f87ebc0992a b177fba51db92c2a')
const PUBLIC = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('1/link-key', () => {
  test('golden vector: RFC 7748 section 6.1', () => {
    expect(toHex(importLinkKey(SECRET).publicKey)).toBe(PUBLIC)
  })

  test('the public key is the one @noble/curves computes', () => {
    const secrets = fc.uint8Array({ minLength: LINK_KEY_OCTETS, maxLength: LINK_KEY_OCTETS })
    fc.assert(
      fc.property(secrets, (secret) => {
        expect(importLinkKey(secret).publicKey).toEqual(x25519.getPublicKey(secret))
      }),
      { numRuns: 40 },
    )
  })

  test('import and export keep the secret, copied both ways', () => {
    const secret = Buffer.from(SECRET)
    const key = importLinkKey(secret)
    secret.fill(0)
    exportLinkKey(key).fill(0)
    expect(exportLinkKey(key)).toEqual(SECRET)
  })

  test('two new link keys differ', () => {
    expect(createLinkKey().publicKey).not.toEqual(createLinkKey().publicKey)
    expect(exportLinkKey(createLinkKey())).toHaveLength(LINK_KEY_OCTETS)
  })

  test('erasing zeroes the secret, keeps the public key, and may be repeated', () => {
    const key = importLinkKey(SECRET)
    const fill = vi.spyOn(Uint8Array.prototype, 'fill')
    eraseLinkKey(key)
    eraseLinkKey(key)
    expect(fill.mock.contexts).toEqual([new Uint8Array(LINK_KEY_OCTETS)])
    expect(toHex(key.publicKey)).toBe(PUBLIC)
    expect(codeOf(() => exportLinkKey(key))).toBe('ERR_LINK_KEY_ERASED')
    expect(() => exportLinkKey(key)).toThrow('the secret of this link key was erased')
  })

  test('printing a link key never shows the secret', () => {
    const key = importLinkKey(SECRET)
    const shown = JSON.stringify(key) + inspect(key, { depth: null, showHidden: true, maxArrayLength: null })
    expect(Reflect.ownKeys(key)).toEqual(['publicKey'])
    expect(shown.replace(/"\d+":|\s/g, '')).not.toContain(SECRET.slice(0, 6).join(','))
  })

  test('a secret of any other length is ERR_LINK_KEY_MALFORMED, with the length', () => {
    for (const length of [0, 31, 33]) {
      expect(codeOf(() => importLinkKey(new Uint8Array(length)))).toBe('ERR_LINK_KEY_MALFORMED')
      expect(() => importLinkKey(new Uint8Array(length))).toThrow(`a secret of ${length} octets, not 32`)
    }
  })

  test('a look-alike can be neither exported nor erased: ERR_LINK_KEY_FOREIGN', () => {
    const lookAlike = { publicKey: createLinkKey().publicKey }
    expect(codeOf(() => exportLinkKey(lookAlike))).toBe('ERR_LINK_KEY_FOREIGN')
    expect(codeOf(() => eraseLinkKey(lookAlike))).toBe('ERR_LINK_KEY_FOREIGN')
    expect(() => eraseLinkKey(lookAlike)).toThrow('this link key was not made by this package')
  })
})

function codeOf(misuse: () => unknown): string {
  try {
    misuse()
  } catch (error) {
    if (error instanceof CryptoError) return error.code
  }
  throw new Error('no CryptoError was thrown')
}
