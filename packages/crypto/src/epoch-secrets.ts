/**
 * What a handshake leaves behind: a secret for each direction, from which path keys are made. Never a property that printing
 * or JSON would show. PROTOCOL.md section 10.
 */
import { CryptoError } from './errors.js'

/** From the point of view of the side that holds them. The arrays are not to be written to. */
export interface EpochSecrets {
  /** 32 octets, for what this side sends. CryptoError ERR_SECRETS_ERASED. */
  readonly send: Uint8Array
  /** 32 octets, for what the other side sends. CryptoError ERR_SECRETS_ERASED. */
  readonly receive: Uint8Array
  /** 32 octets, the same on both sides and no secret: names the handshake. Stays after erasing. */
  readonly handshakeHash: Uint8Array
}

/** The only kind there is; internal. Keeps the arrays it is given. */
export class HandshakeSecrets implements EpochSecrets {
  readonly handshakeHash: Uint8Array
  #keys: { readonly send: Uint8Array; readonly receive: Uint8Array } | null

  constructor(keys: { readonly send: Uint8Array; readonly receive: Uint8Array }, handshakeHash: Uint8Array) {
    this.handshakeHash = handshakeHash
    this.#keys = keys
  }

  get send(): Uint8Array {
    return this.#present().send
  }

  get receive(): Uint8Array {
    return this.#present().receive
  }

  erase(): void {
    this.#keys?.send.fill(0)
    this.#keys?.receive.fill(0)
    this.#keys = null
  }

  #present(): { readonly send: Uint8Array; readonly receive: Uint8Array } {
    if (this.#keys === null) throw new CryptoError('ERR_SECRETS_ERASED', 'the secrets of this epoch were erased')
    return this.#keys
  }
}

/** Zeroes both secrets for good; a second call does nothing. Of a look-alike, the arrays it has. */
export function eraseEpochSecrets(secrets: EpochSecrets): void {
  if (secrets instanceof HandshakeSecrets) return secrets.erase()
  secrets.send.fill(0)
  secrets.receive.fill(0)
}
