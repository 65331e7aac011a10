/** The operating system's errors in the words of the contract, with what to change. */
import { TransportError, type TransportErrorCode } from '../errors.js'

const LISTEN_ERRORS: Readonly<Record<string, readonly [code: TransportErrorCode, advice: string]>> = {
  EADDRINUSE: ['ERR_LISTEN_IN_USE', 'another program has this port; set another `port`, or 0 for a free one'],
  EACCES: ['ERR_LISTEN_FORBIDDEN', 'this port needs a privilege; set a `port` above 1023, or 0 for a free one'],
  EADDRNOTAVAIL: ['ERR_LISTEN_ADDRESS_UNAVAILABLE', 'this machine does not have this address; change `listen`'],
  EAFNOSUPPORT: [
    'ERR_LISTEN_ADDRESS_UNAVAILABLE',
    'this machine does not have this address family; take it out of `listen`',
  ],
  EINVAL: ['ERR_LISTEN_ADDRESS_UNAVAILABLE', 'this machine cannot listen on such an address; change `listen`'],
}

/** `section` is the configuration section to change, `endpoint` what was asked for. */
export function listenError(section: string, endpoint: string, cause: unknown): TransportError {
  const [code, advice] = LISTEN_ERRORS[errorCode(cause)] ?? (['ERR_LISTEN_FAILED', 'see the cause'] as const)
  return new TransportError(code, `[${section}] cannot listen on ${endpoint}: ${errorCode(cause)}: ${advice}`, {
    cause,
  })
}

/** `ECONNREFUSED` and the like; `unknown` for what carries no code. */
export function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
