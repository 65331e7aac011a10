/**
 * Raw 32-octet keys to node:crypto KeyObjects and back. Never keeps a secret: the encodings made here are wiped.
 * RFC 8410 (the DER and the object identifiers), RFC 8037 (the JWK form).
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { hexToBytes } from '@noble/hashes/utils.js'

/** Secret and public keys of both curves, in octets. */
export const RAW_KEY_OCTETS = 32

/** PKCS #8 up to the raw secret; the curves differ in the last arc of 1.3.101.112 (Ed25519) and 1.3.101.110 (X25519). */
const PKCS8_PREFIX = {
  Ed25519: hexToBytes('302e020100300506032b657004220420'),
  X25519: hexToBytes('302e020100300506032b656e04220420'),
} as const

/** The private KeyObject of `secret` (32 octets, borrowed) and its raw public key, a new array. */
export function keyPairOf(
  curve: 'Ed25519' | 'X25519',
  secret: Uint8Array,
): { readonly privateKey: KeyObject; readonly publicKey: Uint8Array } {
  const prefix = PKCS8_PREFIX[curve]
  const der = new Uint8Array(prefix.byteLength + RAW_KEY_OCTETS)
  der.set(prefix)
  der.set(secret, prefix.byteLength)
  // A Buffer only because the type of `key` asks for one: the same memory, not a copy.
  const privateKey = createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' })
  der.fill(0)
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { privateKey, publicKey: new Uint8Array(spki.subarray(-RAW_KEY_OCTETS)) }
}

/** The KeyObject of an Ed25519 public key (32 octets, borrowed). JWK because it takes 6 µs where DER takes 77 (Node 20). */
export function verifyingKeyOf(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** The KeyObject of an X25519 public key (32 octets, borrowed; every value is one, RFC 7748 section 5). */
export function agreementKeyOf(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
}

/** Any x will do: Node computes the public key from d, and the tests hold it to that. */
const NO_X = Buffer.alloc(RAW_KEY_OCTETS).toString('base64url')

/** The base point, RFC 7748 section 4.1: u = 9. */
const BASE_POINT = agreementKeyOf(Uint8Array.of(9, ...new Uint8Array(RAW_KEY_OCTETS - 1)))

/**
 * An X25519 pair for one handshake, of `secret` (32 octets, borrowed). JWK takes 46 µs where DER takes hundreds (Node 20), at
 * the price of a string that only the garbage collector removes: not for keys that live longer. The public key is computed,
 * 37 µs, because exporting a KeyObject as JWK, 4 µs, has hung twice in some 500 000 times (Node 20.20, waiting for a lock).
 */
export function ephemeralPairOf(secret: Uint8Array): {
  readonly privateKey: KeyObject
  readonly publicKey: Uint8Array
} {
  const d = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('base64url')
  const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', x: NO_X, d }, format: 'jwk' })
  return { privateKey, publicKey: sharedSecretOf(privateKey, BASE_POINT)! }
}

/** X25519. Null when the result is all zero, RFC 7748 section 6.1: `peer` is a point of small order. */
export function sharedSecretOf(privateKey: KeyObject, peer: KeyObject): Uint8Array | null {
  try {
    const secret = diffieHellman({ privateKey, publicKey: peer })
    return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
  } catch {
    return null // OpenSSL looks for the zeros itself, and there is nothing else to fail
  }
}
