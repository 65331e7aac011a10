/** What became of each transport the program asked for: `core.transports`. */
import type { ProtocolNumber } from '@postern/helo'
import { TRANSPORT_ERROR_CODES, type TransportErrorCode, type TransportTraits } from '@postern/transport-api'
import { CoreError, type CoreErrorCode, messageOf } from '../errors.js'

export type TransportState = RunningTransport | DisabledTransport

export interface RunningTransport {
  readonly name: string
  readonly state: 'running'
  readonly reason?: undefined
  readonly protocolNumber: ProtocolNumber
  /** Octets. */
  readonly mtu: number
  readonly cost: number
  readonly traits: TransportTraits
}

export interface DisabledTransport {
  readonly name: string
  readonly state: 'disabled'
  readonly reason: DisabledReason
  readonly protocolNumber?: undefined
  readonly mtu?: undefined
  readonly cost?: undefined
  readonly traits?: undefined
}

/** `code` is one of docs/errors.md; `message` names the package, the member and what was expected. */
export interface DisabledReason {
  readonly code: CoreErrorCode | TransportErrorCode
  readonly message: string
}

/** A transport's own code is kept where it is one of the contract's; `fallback` stands for anything else. */
export function reasonOf(error: unknown, fallback: CoreErrorCode, context: string): DisabledReason {
  if (error instanceof CoreError) return { code: error.code, message: error.message }
  return { code: contractCode(error) ?? fallback, message: `${context}: ${messageOf(error)}` }
}

/** Not by `instanceof`: a package may bring its own copy of transport-api. */
function contractCode(error: unknown): TransportErrorCode | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  return TRANSPORT_ERROR_CODES.find((known) => known === code) ?? null
}
