import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AEAD_TAG_OCTETS, type Aead, frameNonce, nodeAead } from '../src/index.js'

/** libsodium as an application would hand it in: a native module, and so none of our own dependencies. */
interface Sodium {
  crypto_aead_chacha20poly1305_ietf_encrypt(
    sealed: Uint8Array,
    plain: Uint8Array,
    ad: Uint8Array,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number
  crypto_aead_chacha20poly1305_ietf_decrypt(
    plain: Uint8Array,
    secretNonce: null,
    sealed: Uint8Array,
    ad: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number
}

const sodium = createRequire(import.meta.url)('sodium-native') as Sodium

const sodiumAead: Aead = {
  seal(key, nonce, ad, plain) {
    const sealed = new Uint8Array(plain.byteLength + AEAD_TAG_OCTETS)
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plain, ad, null, nonce, key)
    return sealed
  },
  open(key, nonce, ad, sealed) {
    if (sealed.byteLength < AEAD_TAG_OCTETS) return null
    const plain = new Uint8Array(sealed.byteLength - AEAD_TAG_OCTETS)
    try {
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plain, null, sealed, ad, nonce, key)
      return plain
    } catch {
      return null
    }
  },
}

const octets = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

describe('11/aead: the seam takes another implementation', () => {
  test('libsodium seals the same octets, and each opens what the other sealed', () => {
    const counters = fc.integer({ min: 0, max: 2 ** 48 })
    fc.assert(
      fc.property(
        octets(32),
        counters,
        fc.uint8Array({ maxLength: 60 }),
        fc.uint8Array({ maxLength: 1_500 }),
        (key, counter, ad, plain) => {
          const nonce = frameNonce(counter)
          const sealed = nodeAead.seal(key, nonce, ad, plain)
          expect(sodiumAead.seal(key, nonce, ad, plain)).toEqual(sealed)
          expect(sodiumAead.open(key, nonce, ad, sealed)).toEqual(plain)
          sealed[sealed.byteLength - 1]! ^= 1
          expect([sodiumAead.open(key, nonce, ad, sealed), nodeAead.open(key, nonce, ad, sealed)]).toEqual([null, null])
        },
      ),
    )
  })
})
