/** The hash functions of Noise (revision 34) section 4.3 that are used here, with the HMAC that section 4.3 builds on them. */
import { blake2s } from '@noble/hashes/blake2.js'
import { hmac } from '@noble/hashes/hmac.js'
import { hmacSha256, sha256 } from '../sha256.js'

/** Both functions give 32 octets, a new array, of parts that are not joined first. */
export interface NoiseHash {
  /** As in the name of the protocol. */
  readonly name: string
  hash(...parts: readonly Uint8Array[]): Uint8Array
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
}

/** Length of a hash, a chaining key and a key. */
export const HASH_OCTETS = 32

/** By node:crypto: what Postern uses. */
export const SHA256: NoiseHash = { name: 'SHA256', hash: sha256, hmac: hmacSha256 }

/** By @noble/hashes. */
export const BLAKE2S: NoiseHash = {
  name: 'BLAKE2s',
  hash(...parts) {
    const state = blake2s.create()
    for (const part of parts) state.update(part)
    return state.digest()
  },
  hmac(key, ...parts) {
    const state = hmac.create(blake2s, key)
    for (const part of parts) state.update(part)
    return state.digest()
  },
}
