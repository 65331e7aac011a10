/**
 * From the secret of a direction to the key of a path, in two steps: each transport of an epoch has a secret of its own, so
 * that those of fast ones can be erased while late mail is waited for, and each path has a key of its own, so that a frame
 * moved to another path or transport does not open. Never keeps any of them.
 * PROTOCOL.md section 11, RFC 5869.
 */
import { hkdfSync } from 'node:crypto'
import { AEAD_KEY_OCTETS } from './aead.js'

const ascii = new TextEncoder()
const PROTOCOL = ascii.encode('postern/1 protocol')
const PATH = ascii.encode('postern/1 path')
const NO_SALT = new Uint8Array()
const MAX_U16 = 0xffff

/**
 * Of the secret of the sender's direction (32 octets, borrowed), for what the transport with number `protocol` delivers:
 * 32 octets, a new array. RangeError for what does not fit its field.
 */
export function protocolSecret(secret: Uint8Array, protocol: number): Uint8Array {
  return derive(secret, PROTOCOL, 'protocol', protocol)
}

/** Of a protocol secret (32 octets, borrowed): the key of path `pathId`, 32 octets, a new array. RangeError likewise. */
export function pathKey(secret: Uint8Array, pathId: number): Uint8Array {
  return derive(secret, PATH, 'pathId', pathId)
}

function derive(secret: Uint8Array, label: Uint8Array, name: string, value: number): Uint8Array {
  if (secret.byteLength !== AEAD_KEY_OCTETS)
    throw new RangeError(`a secret of ${secret.byteLength} octets, not ${AEAD_KEY_OCTETS}`)
  if (!Number.isInteger(value) || value < 0 || value > MAX_U16)
    throw new RangeError(`${name} ${value}, not a whole number from 0 to ${MAX_U16}`)
  const info = Uint8Array.of(...label, value >> 8, value & 0xff)
  return new Uint8Array(hkdfSync('sha256', secret, NO_SALT, info, AEAD_KEY_OCTETS))
}
