import { sign, verify } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { keyPairOf, verifyingKeyOf } from '../src/key-object.js'
import { hex, toHex } from './hex.js'

/** RFC 8032 section 7.1, TEST 1 to 3. */
const SIGNATURES = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155' +
      '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
      '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
] as const

/** RFC 7748 section 6.1: Alice and Bob. */
const AGREEMENTS = [
  {
    secret: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
    publicKey: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
  },
  {
    secret: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
    publicKey: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  },
] as const

describe('1/keys', () => {
  test.each(SIGNATURES)('RFC 8032 section 7.1: seed $seed', ({ seed, publicKey, message, signature }) => {
    const pair = keyPairOf('Ed25519', hex(seed))
    expect(toHex(pair.publicKey)).toBe(publicKey)
    expect(toHex(sign(null, hex(message), pair.privateKey))).toBe(signature)
    expect(verify(null, hex(message), verifyingKeyOf(hex(publicKey)), hex(signature))).toBe(true)
  })

  test.each(AGREEMENTS)('RFC 7748 section 6.1: secret $secret', ({ secret, publicKey }) => {
    expect(toHex(keyPairOf('X25519', hex(secret)).publicKey)).toBe(publicKey)
  })

  test('the caller keeps its secret and gets a public key in a buffer of its own', () => {
    const secret = hex(SIGNATURES[0].seed)
    const { publicKey } = keyPairOf('Ed25519', secret)
    expect(toHex(secret)).toBe(SIGNATURES[0].seed)
    expect(publicKey.buffer.byteLength).toBe(32)
  })

  test('the encoding of a secret is wiped', () => {
    const fill = vi.spyOn(Uint8Array.prototype, 'fill')
    keyPairOf('Ed25519', hex(SIGNATURES[0].seed))
    expect(fill.mock.contexts).toContainEqual(new Uint8Array(48))
    fill.mockRestore()
  })
})
