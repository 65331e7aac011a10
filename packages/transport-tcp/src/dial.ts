/** One outgoing connection, bounded in time, with errors in the words of the contract. */
import { connect, type Socket } from 'node:net'
import { type Clock, errorCode, formatInetAddress, type InetAddress, TransportError } from '@postern/transport-api'
import { KEEP_ALIVE_DELAY_MS } from './constants.js'

export interface DialOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Rejects with ERR_ABORTED, ERR_CONNECT_TIMEOUT, ERR_CONNECT_REFUSED or ERR_CONNECT_FAILED; then no socket remains. */
export function dial(address: InetAddress, { clock, timeoutMs, signal }: DialOptions): Promise<Socket> {
  const text = formatInetAddress(address)
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted(text, signal))
    const socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    })
    const settle = (failure: TransportError | null): void => {
      timer[Symbol.dispose]()
      signal.removeEventListener('abort', onAbort)
      socket.off('error', onError).off('connect', onConnect)
      if (failure === null) return resolve(socket)
      socket.on('error', () => {}).destroy() // whatever it still has to say, the failure is told
      reject(failure)
    }
    const onConnect = (): void => settle(null)
    const onError = (error: Error): void => settle(failed(text, error))
    const onAbort = (): void => settle(aborted(text, signal))
    const timer = clock.setTimer(
      () => settle(new TransportError('ERR_CONNECT_TIMEOUT', `${text} did not answer in ${timeoutMs} ms`)),
      timeoutMs,
    )
    signal.addEventListener('abort', onAbort)
    socket.once('error', onError).once('connect', onConnect)
  })
}

function aborted(text: string, signal: AbortSignal): TransportError {
  return new TransportError('ERR_ABORTED', `dialling ${text} was aborted`, { cause: signal.reason })
}

function failed(text: string, cause: Error): TransportError {
  const code = errorCode(cause)
  if (code === 'ECONNREFUSED') return new TransportError('ERR_CONNECT_REFUSED', `nobody listens at ${text}`, { cause })
  return new TransportError('ERR_CONNECT_FAILED', `cannot reach ${text}: ${code}`, { cause })
}
