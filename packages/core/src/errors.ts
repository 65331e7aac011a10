/** Errors with stable codes: `code` is the contract, the message is for people. Every code has a heading in docs/errors.md. */

export const CORE_ERROR_CODES = [
  'ERR_BODY_TOO_LARGE',
  'ERR_CARD',
  'ERR_CLOSED',
  'ERR_LINK_CLOSED',
  'ERR_PEER',
  'ERR_POLICY',
  'ERR_TRANSPORT_CONTRACT',
  'ERR_TRANSPORT_ENTRY',
  'ERR_TRANSPORT_INIT',
  'ERR_TRANSPORT_LOAD',
  'ERR_TRANSPORT_NAME',
  'ERR_TRANSPORT_NOT_FOUND',
  'ERR_TRANSPORT_PROTOCOL_TAKEN',
  'ERR_TRANSPORT_REFUSED',
  'ERR_TRANSPORT_START',
  'ERR_TRANSPORT_TIMEOUT',
  'ERR_TYPE_INVALID',
  'ERR_TYPE_TAKEN',
  'ERR_VALIDITY',
] as const

export type CoreErrorCode = (typeof CORE_ERROR_CODES)[number]

/** Misuse of the core, or the reason for which a transport does not run. */
export class CoreError extends Error {
  override readonly name: string = 'CoreError'
  readonly code: CoreErrorCode

  constructor(code: CoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** What went wrong, as far as it says so itself, short enough for one line of a log. Never throws. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : String(error)
    return text.length > MAX_MESSAGE_CHARACTERS ? `${text.slice(0, MAX_MESSAGE_CHARACTERS)}…` : text
  } catch {
    return 'an error that cannot be shown'
  }
}

/** A bundler's message quotes source code; an operator needs its first lines only. */
const MAX_MESSAGE_CHARACTERS = 500
