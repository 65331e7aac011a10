/**
 * The one error class of this package and its stable codes.
 * Thrown for misuse by our own program, never for bytes a remote side sent; a message never contains key material.
 * STYLE section 6, rule 3.
 */

/** What went wrong. Codes are API: the text of a message may change, a code may not. */
export type CryptoErrorCode =
  | 'ERR_IDENTITY_MALFORMED'
  | 'ERR_IDENTITY_FOREIGN'
  | 'ERR_LINK_KEY_MALFORMED'
  | 'ERR_LINK_KEY_FOREIGN'
  | 'ERR_LINK_KEY_ERASED'
  | 'ERR_HANDSHAKE_ERASED'
  | 'ERR_SECRETS_ERASED'

/** Misuse of this package; `code` says which. */
export class CryptoError extends Error {
  readonly code: CryptoErrorCode

  constructor(code: CryptoErrorCode, message: string) {
    super(message)
    this.name = 'CryptoError'
    this.code = code
  }
}
