/**
 * Any SMTP server through nodemailer: connections that are kept open, mails composed by us and sent to the octet. Every failure is
 * an outcome. Never writes to disk, resolves no name but the operator's, and sends no credentials that anybody could read.
 */
import type { Socket } from 'node:net'
import { type Clock, type Logger, systemClock, TransportError } from '@postern/transport-api'
import { createTransport } from 'nodemailer'
import type SMTPPool from 'nodemailer/lib/smtp-pool'
import { DialError, dial, GuardedSocket, ReplyGuard } from './guarded-socket.js'
import type { MailSender, OutgoingMail, SenderOptions, SendOutcome } from './mail-sender.js'
import { describeFailure, later, outcomeOf } from './send-failure.js'

/** Connection, greeting, EHLO, STARTTLS, EHLO, AUTH, MAIL, RCPT, DATA, end of data: what trickles is given no more than all of them. */
const STAGES = 10
/** Connecting, greeting and TLS together: each has its own limit. */
const SETUP_STAGES = 3
/** Far above any honest reply; bounds what a server can make us keep for each connection. */
const MAX_REPLY_OCTETS = 65_536
/** How long a server may take to close its half after ours. */
const CLOSE_TIMEOUT_MS = 1_000
/** We take our leave before the silence of an idle connection looks like a stalled server. */
const IDLE_SHARE = 0.75
/** The server may have closed a kept connection just now; nothing of the mail had left. */
const MAX_REQUEUES = 1
const ACCEPTED = /^2\d\d(?:[ -]|$)/

/** Opens nothing before the first `send`. Throws TransportError ERR_CONFIG: credentials in the clear that nobody asked for. */
export function createNodemailerSender(options: SenderOptions, log: Logger, clock: Clock = systemClock): MailSender {
  if (options.auth !== undefined && options.security === 'none' && options.plaintextCredentials !== true) {
    throw new TransportError(
      'ERR_CONFIG',
      'auth: credentials would be sent in the clear; use `tls` or `starttls`, or set plaintextCredentials',
    )
  }
  return new NodemailerSender(options, log, clock)
}

/** A send that has its turn, or waits for it. */
interface Turn {
  readonly mail: OutgoingMail
  readonly settle: (outcome: SendOutcome) => void
}

class NodemailerSender implements MailSender {
  readonly #options: SenderOptions
  readonly #log: Logger
  readonly #clock: Clock
  readonly #transporter: ReturnType<typeof createTransport<SMTPPool.SentMessageInfo, SMTPPool.Options>>
  /** From `close` on: everything ends. */
  readonly #closing = new AbortController()
  readonly #sockets = new Set<Socket>()
  readonly #waiting: Turn[] = []
  readonly #underWay = new Set<Promise<void>>()
  #closed: Promise<void> | null = null

  constructor(options: SenderOptions, log: Logger, clock: Clock) {
    this.#options = options
    this.#log = log
    this.#clock = clock
    this.#transporter = createTransport<SMTPPool.SentMessageInfo, SMTPPool.Options>(this.#poolOptions() as never)
    this.#transporter.on('error', (error) => log.warn('smtp.pool-error', { reason: describeFailure(error) }))
  }

  send(mail: OutgoingMail): Promise<SendOutcome> {
    return new Promise((settle) => {
      if (this.#closed !== null) return settle(later('closed'))
      this.#waiting.push({ mail, settle })
      this.#next()
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#underWay.size < this.#options.connections) {
      const work = this.#carry(this.#waiting.shift()!).finally(() => {
        this.#underWay.delete(work)
        this.#next()
      })
      this.#underWay.add(work)
    }
  }

  /** Never rejects. */
  async #carry({ mail, settle }: Turn): Promise<void> {
    const overdue = new AbortController()
    const onClosing = (): void => overdue.abort('closed')
    this.#closing.signal.addEventListener('abort', onClosing)
    const timer = this.#clock.setTimer(() => overdue.abort('timeout'), STAGES * this.#options.timeoutMs)
    let outcome: SendOutcome
    try {
      const info = await this.#transporter.sendMail({
        envelope: { from: mail.envelopeFrom, to: [mail.to] },
        raw: mail.raw,
        signal: overdue.signal,
      })
      outcome = ACCEPTED.test(info.response) ? { at: 'accepted' } : later('garbage')
    } catch (error) {
      outcome = overdue.signal.aborted ? later(String(overdue.signal.reason)) : this.#failed(error, mail)
    } finally {
      timer[Symbol.dispose]()
      this.#closing.signal.removeEventListener('abort', onClosing)
    }
    settle(outcome)
  }

  #failed(error: unknown, { envelopeFrom }: OutgoingMail): SendOutcome {
    const { security, host } = this.#options
    const outcome = outcomeOf(error, { envelopeFrom, security })
    if (outcome.at !== 'accepted') {
      this.#log.debug('smtp.send-failed', {
        host,
        outcome: outcome.at,
        reason: outcome.reason,
        code: describeFailure(error),
      })
    }
    return outcome
  }

  async #end(): Promise<void> {
    for (const { settle } of this.#waiting.splice(0)) settle(later('closed'))
    this.#closing.abort()
    this.#transporter.close({ force: true })
    const gone = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    )
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([...this.#underWay, ...gone])
  }

  #poolOptions(): SMTPPool.Options & { readonly pool: true } {
    const { host, port, security, auth, ca, name, connections, timeoutMs } = this.#options
    return {
      pool: true,
      host,
      port,
      name,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      tls: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
      // A server that does not offer AUTH is asked all the same: the operator wants no mail to leave without it.
      ...(auth === undefined ? {} : { auth: { ...auth }, forceAuth: true }),
      maxConnections: connections,
      maxMessages: Number.POSITIVE_INFINITY,
      maxRequeues: MAX_REQUEUES,
      maxResponseSize: MAX_REPLY_OCTETS,
      connectionTimeout: SETUP_STAGES * timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      idleTimeout: Math.ceil(timeoutMs * IDLE_SHARE),
      socketCloseTimeout: Math.min(timeoutMs, CLOSE_TIMEOUT_MS),
      disableFileAccess: true,
      disableUrlAccess: true,
      logger: false,
      getSocket: (_options, callback) => {
        void this.#open().then(
          (connection) => callback(null, { connection }),
          (error: Error) => callback(error),
        )
      },
    }
  }

  /** Rejects with DialError. */
  async #open(): Promise<Socket> {
    if (this.#closed !== null) throw new DialError('connect-failed')
    const { host, port, security, timeoutMs } = this.#options
    const socket = new GuardedSocket(security === 'starttls' ? new ReplyGuard() : null)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.once('error', (error) => this.#log.debug('smtp.socket-error', { host, reason: describeFailure(error) }))
    await dial(socket, { host, port, clock: this.#clock, timeoutMs })
    return socket
  }
}
