/** An SMTP server to the octet: what it answers, and when not, is a test's choice. */
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'latin1')
export const CERTIFICATE: string = fixture('sending-certificate.pem')
const KEY = fixture('sending-key.pem')

export const STAGES = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'end'] as const
export type Stage = (typeof STAGES)[number]
/** Octets to answer with; `close`: ends the connection; `stall`: says nothing. */
export type Answer = string | { readonly does: 'close' | 'stall' }
export type Script = Readonly<Partial<Record<Stage | 'STARTTLS' | 'AUTH' | 'RSET' | 'QUIT', Answer>>>

export const HEALTHY: Script = {
  greeting: '220 raw.test ESMTP\r\n',
  EHLO: '250-raw.test\r\n250 8BITMIME\r\n',
  MAIL: '250 OK\r\n',
  RCPT: '250 OK\r\n',
  DATA: '354 go on\r\n',
  end: '250 queued\r\n',
  STARTTLS: '220 ready\r\n',
  AUTH: '235 welcome\r\n',
  RSET: '250 OK\r\n',
  QUIT: '221 bye\r\n',
}

export interface RawServerOptions {
  /** Each octet in a write of its own. */
  readonly inPieces?: boolean
  /** From the first octet on. */
  readonly tls?: boolean
}

export class RawServer {
  /** Lines of the dialogue, all connections; `[tls]` where a handshake was completed. */
  readonly lines: string[] = []
  /** Bodies as they stood on the wire, dot-stuffed, without the final dot. */
  readonly bodies: Buffer[] = []
  connections = 0
  /** Of the next dialogue steps, whatever connection. */
  script: Script = HEALTHY
  readonly #server: Server
  readonly #options: RawServerOptions
  readonly #open = new Set<Socket>()
  #quiet: () => void = () => {}

  private constructor(options: RawServerOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async start(script: Script = {}, options: RawServerOptions = {}): Promise<RawServer> {
    const server = new RawServer(options)
    server.script = { ...HEALTHY, ...script }
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get open(): number {
    return this.#open.size
  }

  /** The client has let go of all connections. */
  untilQuiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#quiet = resolve
      if (this.#open.size === 0) resolve()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(plain: Socket): void {
    this.connections += 1
    this.#open.add(plain)
    plain.setNoDelay(true).on('error', () => {})
    plain.once('close', () => {
      this.#open.delete(plain)
      if (this.#open.size === 0) this.#quiet()
    })
    if (this.#options.tls) return this.#speak(this.#secure(plain), 'greeting')
    this.#speak(plain, 'greeting')
  }

  #secure(plain: Socket): Socket {
    const socket = new TLSSocket(plain, { isServer: true, key: KEY, cert: CERTIFICATE })
    socket.on('error', () => {})
    socket.once('secure', () => this.lines.push('[tls]'))
    return socket
  }

  #speak(socket: Socket, first: Stage | null): void {
    let body: Buffer | null = null
    let rest: Buffer = Buffer.alloc(0)
    const read = (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk])
      for (;;) {
        if (body !== null && rest.toString('latin1', 0, 3) === '.\r\n') {
          rest = rest.subarray(3) // a transaction without recipients, ended by an empty body
          body = null
          this.#answer(socket, 'end')
          continue
        }
        const end = rest.indexOf(body === null ? '\r\n' : '\r\n.\r\n')
        if (end === -1) return
        if (body === null) {
          const line = rest.toString('latin1', 0, end)
          rest = rest.subarray(end + 2)
          this.lines.push(line)
          const verb = line.split(' ', 1)[0]!.toUpperCase() as Stage
          if (verb === 'DATA' && startsWith(this.script.DATA, '354')) body = rest
          this.#answer(socket, verb)
          if (line === 'STARTTLS' && startsWith(this.script.STARTTLS, '220')) {
            socket.off('data', read)
            return this.#speak(this.#secure(socket), null)
          }
        } else {
          this.bodies.push(rest.subarray(0, end + 2))
          rest = rest.subarray(end + 5)
          body = null
          this.#answer(socket, 'end')
        }
      }
    }
    socket.on('data', read)
    if (first !== null) this.#answer(socket, first)
  }

  #answer(socket: Socket, stage: keyof Script): void {
    const answer = this.script[stage] ?? '500 what?\r\n'
    if (typeof answer !== 'string') {
      if (answer.does === 'close') socket.destroy()
      return
    }
    if (!this.#options.inPieces) return void socket.write(answer, 'latin1')
    for (const octet of answer) socket.write(octet, 'latin1')
  }
}

function startsWith(answer: Answer | undefined, code: string): boolean {
  return typeof answer === 'string' && answer.startsWith(code)
}
