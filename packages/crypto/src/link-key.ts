/**
 * Link keys: the X25519 key pairs that handshakes use, rotated weekly and then erased, so that old mail stays shut.
 * Holds and erases the secret. Of the KeyObject, which cannot be wiped, erasing lets go: OpenSSL wipes it when it is
 * collected. Making one for each agreement instead would take 650 µs, or leave the secret behind in a string.
 * DESIGN section 3, PROTOCOL.md section 1, RFC 7748.
 */
import { type KeyObject, randomFillSync } from 'node:crypto'
import { CryptoError } from './errors.js'
import { keyPairOf, RAW_KEY_OCTETS, sharedSecretOf } from './key-object.js'

/** Length of either half, RFC 7748 section 5. */
export const LINK_KEY_OCTETS = 32

/** A key pair of this node. The secret is not a property: printing a link key, or turning it into JSON, is safe. */
export interface LinkKey {
  /** 32 octets, X25519: what a HELO carries. Not to be written to; stays after the secret is erased. */
  readonly publicKey: Uint8Array
}

class LinkKeyPair implements LinkKey {
  readonly publicKey: Uint8Array
  #secret: { readonly raw: Uint8Array; readonly privateKey: KeyObject } | null

  constructor(raw: Uint8Array) {
    const { publicKey, privateKey } = keyPairOf('X25519', raw)
    this.publicKey = publicKey
    this.#secret = { raw, privateKey }
  }

  static secretOf(key: LinkKey): Uint8Array {
    return LinkKeyPair.#present(key).raw.slice()
  }

  static agree(key: LinkKey, peer: KeyObject): Uint8Array | null {
    return sharedSecretOf(LinkKeyPair.#present(key).privateKey, peer)
  }

  static erase(key: LinkKey): void {
    const own = LinkKeyPair.#own(key)
    own.#secret?.raw.fill(0)
    own.#secret = null
  }

  static #present(key: LinkKey): { readonly raw: Uint8Array; readonly privateKey: KeyObject } {
    const secret = LinkKeyPair.#own(key).#secret
    if (secret === null) throw new CryptoError('ERR_LINK_KEY_ERASED', 'the secret of this link key was erased')
    return secret
  }

  static #own(key: LinkKey): LinkKeyPair {
    if (!(#secret in key)) throw new CryptoError('ERR_LINK_KEY_FOREIGN', 'this link key was not made by this package')
    return key
  }
}

/** A new link key from the system's random source. */
export function createLinkKey(): LinkKey {
  return new LinkKeyPair(randomFillSync(new Uint8Array(RAW_KEY_OCTETS)))
}

/** The link key of a secret (32 octets, copied). CryptoError ERR_LINK_KEY_MALFORMED for any other length. */
export function importLinkKey(secret: Uint8Array): LinkKey {
  if (secret.byteLength !== LINK_KEY_OCTETS)
    throw new CryptoError('ERR_LINK_KEY_MALFORMED', `a secret of ${secret.byteLength} octets, not ${LINK_KEY_OCTETS}`)
  return new LinkKeyPair(new Uint8Array(secret))
}

/** The secret, 32 octets, a new array the caller wipes. CryptoError ERR_LINK_KEY_ERASED or ERR_LINK_KEY_FOREIGN. */
export function exportLinkKey(key: LinkKey): Uint8Array {
  return LinkKeyPair.secretOf(key)
}

/** Zeroes the secret for good; a second call does nothing. CryptoError ERR_LINK_KEY_FOREIGN. */
export function eraseLinkKey(key: LinkKey): void {
  LinkKeyPair.erase(key)
}

/**
 * For the handshake only, not a public name: X25519 with `peer`, a new array. Null when `peer` is of small order.
 * CryptoError ERR_LINK_KEY_ERASED or ERR_LINK_KEY_FOREIGN.
 */
export function agreeWith(key: LinkKey, peer: KeyObject): Uint8Array | null {
  return LinkKeyPair.agree(key, peer)
}
