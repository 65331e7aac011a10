/**
 * What a first message shows before anything is agreed on: the hint naming a link key, and the macs that keep those who
 * do not know it, or do not receive at their source, from costing an agreement. Proves no identity: link keys are public.
 * PROTOCOL.md section 10.
 */
import { timingSafeEqual } from 'node:crypto'
import { hmacSha256, sha256 } from './sha256.js'

/** Length of a hint. */
export const LINK_KEY_HINT_OCTETS = 4

/** Length of mac1, of mac2 and of a cookie. */
export const MAC_OCTETS = 16

const ascii = new TextEncoder()
const HINT = ascii.encode('postern/1 hint')
const MAC1 = ascii.encode('postern/1 mac1')

/** Which link key of the responder a first message was made for, 4 octets. Link keys may share one by chance. */
export function linkKeyHint(linkPublicKey: Uint8Array): Uint8Array {
  return sha256(HINT, linkPublicKey).slice(0, LINK_KEY_HINT_OCTETS)
}

/** The key of mac1, 32 octets; worth keeping beside the link key. */
export function mac1Key(linkPublicKey: Uint8Array): Uint8Array {
  return sha256(MAC1, linkPublicKey)
}

/** HMAC-SHA256 of `data`, cut to 16 octets. For mac2 the cookie is the key. */
export function mac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmacSha256(key, data).slice(0, MAC_OCTETS)
}

/** Are they the same? Takes the same time wherever they differ. False for different lengths. */
export function macEquals(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other)
}
