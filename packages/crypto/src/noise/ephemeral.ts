/** The key pair of one side of one handshake. Never used for a second one, and never shows its secret. RFC 7748. */
import type { KeyObject } from 'node:crypto'
import { ephemeralPairOf, RAW_KEY_OCTETS, sharedSecretOf } from '../key-object.js'
import { type OctetSource, systemOctets } from '../octet-source.js'

export class Ephemeral {
  readonly publicKey: Uint8Array
  readonly #privateKey: KeyObject

  /** The octets of `random` are wiped. */
  constructor(random: OctetSource = systemOctets) {
    const secret = random.bytes(RAW_KEY_OCTETS)
    if (secret.byteLength !== RAW_KEY_OCTETS)
      throw new RangeError(`a random source that gave ${secret.byteLength} octets, not ${RAW_KEY_OCTETS}`)
    const { publicKey, privateKey } = ephemeralPairOf(secret)
    secret.fill(0)
    this.publicKey = publicKey
    this.#privateKey = privateKey
  }

  /** X25519: a new array, or null when `peer` is of small order. */
  agree(peer: KeyObject): Uint8Array | null {
    return sharedSecretOf(this.#privateKey, peer)
  }
}
