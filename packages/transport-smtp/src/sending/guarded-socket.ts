/**
 * The socket that nodemailer is given. Where STARTTLS is required, SMTP in the clear goes in lock-step: a server has nothing to
 * say after a complete reply until it is asked again. Octets that follow a reply are most likely somebody else's, to be taken
 * for an answer inside TLS (RFC 3207 section 6); nodemailer discards them and goes on, we end the connection (DESIGN section 5).
 */
import { Socket } from 'node:net'
import { type Clock, errorCode } from '@postern/transport-api'

const LF = 0x0a
const HYPHEN = 0x2d
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39

/** Error code of a connection ended for what came after a reply. */
const SURPLUS_CODE = 'ERR_OCTETS_BEFORE_TLS'

/** Follows the replies of a server that is spoken to in lock-step. Never throws, keeps one state. */
export class ReplyGuard {
  #at: 'code' | 'continued' | 'last' = 'code'

  /** Does something follow a complete reply within `chunk`? */
  isSurplus(chunk: Uint8Array): boolean {
    for (let i = 0; i < chunk.length; i += 1) {
      const octet = chunk[i]!
      if (octet === LF) {
        const complete = this.#at !== 'continued'
        this.#at = 'code'
        if (complete) return i + 1 < chunk.length
      } else if (this.#at === 'code' && (octet < DIGIT_0 || octet > DIGIT_9)) {
        this.#at = octet === HYPHEN ? 'continued' : 'last'
      }
    }
    return false
  }
}

export class GuardedSocket extends Socket {
  readonly #guard: ReplyGuard | null

  constructor(guard: ReplyGuard | null) {
    super()
    this.#guard = guard
    this.on('error', () => {}) // whoever uses it listens too; an error between two users ends no process
  }

  /** What arrives in the clear; after STARTTLS the octets go to the TLS socket and no longer come by here. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk === null || this.#guard?.isSurplus(chunk) !== true) return super.push(chunk, encoding)
    this.destroy(Object.assign(new Error('octets after a reply in the clear'), { code: SURPLUS_CODE }))
    return false
  }
}

export interface DialOptions {
  readonly host: string
  readonly port: number
  readonly clock: Clock
  readonly timeoutMs: number
}

/** Why no connection came about; `code` is one of the reasons of a SendOutcome. */
export class DialError extends Error {
  override readonly name: string = 'DialError'
  readonly reason: 'connect-refused' | 'connect-failed' | 'timeout'

  constructor(reason: 'connect-refused' | 'connect-failed' | 'timeout', options?: { readonly cause?: unknown }) {
    super(reason, options)
    this.reason = reason
  }
}

/** Connects `socket`. Rejects with DialError; then it is destroyed. No DNS for IP literals. */
export function dial(socket: Socket, { host, port, clock, timeoutMs }: DialOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (failure: DialError | null): void => {
      timer[Symbol.dispose]()
      socket.off('error', onError).off('connect', onConnect).off('close', onClose)
      if (failure === null) return resolve()
      socket.destroy()
      reject(failure)
    }
    const onConnect = (): void => settle(null)
    const onClose = (): void => settle(new DialError('connect-failed'))
    const onError = (cause: Error): void => {
      settle(new DialError(errorCode(cause) === 'ECONNREFUSED' ? 'connect-refused' : 'connect-failed', { cause }))
    }
    const timer = clock.setTimer(() => settle(new DialError('timeout')), timeoutMs)
    socket.once('error', onError).once('connect', onConnect).once('close', onClose)
    socket.connect({ host, port })
  })
}
