/**
 * Which 32 octets are taken for an Ed25519 public key. Never verifies a signature and never decompresses a point:
 * an encoding that is on no point at all passes here and verifies nothing.
 * PROTOCOL.md section 1, RFC 8032 section 5.1.3.
 */
import { hexToBytes } from '@noble/hashes/utils.js'

/** Length of a public key, RFC 8032 section 5.1.5. */
export const PUBLIC_KEY_OCTETS = 32

/** The y coordinate is little-endian; the highest bit of the last octet is the sign of x. */
const SIGN_BIT = 0x80

/** p = 2^255 - 19: its lowest octet is ed, then 30 of ff, then 7f. */
const LOWEST_OCTET_OF_P = 0xed

/**
 * The five y coordinates of the eight points whose order divides 8. With such a key a signature of anything can verify
 * for everyone. Each y is refused with either sign of x, which also covers x = 0 with the sign bit set (RFC 8032
 * section 5.1.3, step 4). Source: Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020), the canonical
 * encodings; the tests compute the same points with another library.
 */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  '0100000000000000000000000000000000000000000000000000000000000000', // y = 1, order 1
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // y = -1, order 2
  '0000000000000000000000000000000000000000000000000000000000000000', // y = 0, order 4
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
].map((hex) => hexToBytes(hex))

/** True for 32 octets (borrowed) that are a canonical encoding and no small-order point. Cheap; never throws. */
export function isPublicKey(bytes: Uint8Array): boolean {
  return bytes.byteLength === PUBLIC_KEY_OCTETS && !isAtLeastP(bytes) && !SMALL_ORDER_Y.some((y) => hasY(bytes, y))
}

function isAtLeastP(key: Uint8Array): boolean {
  return (
    key[0]! >= LOWEST_OCTET_OF_P &&
    key.subarray(1, 31).every((octet) => octet === 0xff) &&
    (key[31]! | SIGN_BIT) === 0xff
  )
}

function hasY(key: Uint8Array, y: Uint8Array): boolean {
  return y.every((octet, i) => octet === (i === PUBLIC_KEY_OCTETS - 1 ? key[i]! & ~SIGN_BIT : key[i]))
}
