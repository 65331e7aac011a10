/**
 * smtp-server without its delay of 100 ms before each greeting, and with the limits it lacks: connections per source, commands
 * and time between two mails. Overrides undocumented methods, so its version is pinned (test/receiving/quick-smtp-server.test.ts).
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Admission, type Clock, inetSource, type Timer } from '@postern/transport-api'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import type { MailServerLimits } from './limits.js'
import { WatchfulParser } from './watchful-parser.js'

/** The one whose insides were read. */
export const SMTP_SERVER_VERSION = '3.21.6'

export interface QuickSmtpServerOptions {
  readonly clock: Clock
  readonly limits: MailServerLimits
  /** Clients must log in. */
  readonly needsCredentials: boolean
  readonly onRefused: (reason: ConnectionRefusal) => void
}

export type ConnectionRefusal =
  | 'too-many-connections'
  | 'too-many-commands'
  | 'too-slow'
  /** Octets between STARTTLS and the handshake. */
  | 'pipelined-before-tls'

export class QuickSmtpServer extends SMTPServer {
  readonly quick: QuickSmtpServerOptions
  readonly #admission: Admission
  readonly #open = new Set<QuickConnection>()
  #stopped: Promise<void> | null = null

  constructor(options: SMTPServerOptions, quick: QuickSmtpServerOptions) {
    super(options)
    this.quick = quick
    this.#admission = new Admission({ total: quick.limits.clients, perSource: quick.limits.clientsPerSource })
  }

  get isStopping(): boolean {
    return this.#stopped !== null
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new QuickConnection(this, socket, options)
    this.connections.add(connection)
    this.#open.add(connection)
    connection.onGone = () => void this.#open.delete(connection)
    connection.on('error', (error: Error) => this._onError(error))
    connection.init()
  }

  /** Both kinds of connections pass here first, with and without TLS. False: refused. */
  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    const leave = this.#admission.admit(inetSource(socket.remoteAddress ?? ''))
    if (leave === null) {
      this.quick.onRefused('too-many-connections')
      socket.on('error', () => {})
      if (handshake) socket.destroy()
      else socket.end('421 too many connections, try again later\r\n', () => socket.destroy())
      return false
    }
    socket.once('close', leave)
    return super._acceptSocket(socket, handshake)
  }

  /** Idle clients are sent away at once, others when their mail is done; whoever is left after `graceMs` is cut off. */
  stop(graceMs: number): Promise<void> {
    this.#stopped ??= new Promise<void>((resolve) => {
      const timer = this.quick.clock.setTimer(() => {
        for (const connection of this.#open) connection.destroy()
      }, graceMs)
      super.close(() => {
        timer[Symbol.dispose]()
        resolve()
      })
      this.closeIdle()
    })
    return this.#stopped
  }

  closeIdle(): void {
    for (const connection of this.#open) if (!connection.isBusy) connection.send(421, 'Server shutting down')
  }
}

/** An SMTP dialogue. Named members with an underscore are smtp-server's. */
class QuickConnection extends SMTPConnection {
  onGone: () => void = () => {}
  readonly #server: QuickSmtpServer
  /** What reads from the network: the TLS socket already during its handshake. */
  #top: Socket
  #commands = 0
  /** `_transactionCounter` when commands were last counted from 0, and when the deadline was last set. */
  #mailsCounted = 0
  #mailsTimed = 0
  #deadline: Timer | null = null

  constructor(server: QuickSmtpServer, socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null) {
    super(server, socket, options)
    this.#server = server
    this.#top = socket
  }

  get isBusy(): boolean {
    return this._handlerPending || Boolean(this._dataStream)
  }

  /** The greeting goes out now: smtp-server waits 100 ms for clients that talk first, which tells robots, not peers. */
  override init(): void {
    this._setListeners(() => {
      const { clock, limits } = this.#server.quick
      this.#deadline = clock.setTimer(() => this.#onDeadline(), limits.mailMs)
      if (this.#server.isStopping) this.send(421, 'Server shutting down')
      else this.connectionReady()
    })
  }

  destroy(): void {
    this.#top.destroy()
  }

  override _armTimeout(socket: Socket = this._socket): void {
    this.#top = socket
    super._armTimeout(socket)
  }

  override _onClose(): void {
    this.#deadline?.[Symbol.dispose]()
    this.onGone()
    super._onClose()
  }

  /** Called by the constructor of SMTPConnection: must not touch private members. */
  override _createParser(): SMTPStream {
    const parser = new WatchfulParser({
      maxCommandLength: this._server.options.maxCommandLength ?? 0,
      onCommand: (command, callback) => this._onCommand(command, callback),
    })
    parser.on('error', (error) => this.send(421, `Error: ${error.message}`))
    return parser
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    const { limits, needsCredentials } = this.#server.quick
    const limit = needsCredentials && !this.session.user ? limits.unauthenticatedCommands : limits.commands
    this.#commands = this._transactionCounter === this.#mailsCounted ? this.#commands + 1 : 1
    this.#mailsCounted = this._transactionCounter
    if (this.#commands > limit) return this.#sendAway('too-many-commands', 'too many commands', callback)
    super._onCommand(command, callback)
  }

  override handler_STARTTLS(command: Buffer, callback: () => void): void {
    if (this._parser instanceof WatchfulParser && this._parser.hasMore)
      return this.#sendAway('pipelined-before-tls', 'nothing may follow STARTTLS before the handshake', callback)
    super.handler_STARTTLS(command, callback)
  }

  #onDeadline(): void {
    if (this._transactionCounter === this.#mailsTimed) return this.#sendAway('too-slow', 'no mail in time')
    this.#mailsTimed = this._transactionCounter
    this.#deadline?.reset(this.#server.quick.limits.mailMs)
  }

  #sendAway(reason: ConnectionRefusal, text: string, callback?: () => void): void {
    this.#server.quick.onRefused(reason)
    this.send(421, `Error: ${text}`)
    // The parser is closed by now; released, it swallows what it still has.
    callback?.()
  }
}
