/** Errors with stable codes: `code` is the contract, the message is for people. Every code has a heading in docs/errors.md. */

export const TRANSPORT_ERROR_CODES = [
  'ERR_ABORTED',
  'ERR_ADDRESS_FORBIDDEN',
  'ERR_ADDRESS_MALFORMED',
  'ERR_ADDRESS_UNAVAILABLE',
  'ERR_CONFIG',
  'ERR_CONNECT_FAILED',
  'ERR_CONNECT_REFUSED',
  'ERR_CONNECT_TIMEOUT',
  'ERR_CONTRACT_VERSION',
  'ERR_HELO_REFUSED',
  'ERR_LISTEN_ADDRESS_UNAVAILABLE',
  'ERR_LISTEN_FAILED',
  'ERR_LISTEN_FORBIDDEN',
  'ERR_LISTEN_IN_USE',
  'ERR_MESSAGE_INVALID',
  'ERR_MESSAGE_TOO_LARGE',
  'ERR_NOT_STARTED',
  'ERR_SESSION_FOREIGN',
  'ERR_SESSION_NOT_HELD',
] as const

export type TransportErrorCode = (typeof TRANSPORT_ERROR_CODES)[number]

export class TransportError extends Error {
  override readonly name: string = 'TransportError'
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** A setting that cannot be used: says which one, what was expected and what stood there. */
export class ConfigError extends TransportError {
  override readonly name: string = 'ConfigError'
  /** The section, as the operator wrote it: `udp`. */
  readonly section: string
  readonly key: string

  constructor(section: string, key: string, message: string) {
    super('ERR_CONFIG', `[${section}] ${key}: ${message}`)
    this.section = section
    this.key = key
  }
}
