/**
 * One TCP connection as both sides see it: welcome, then frames; one write for each tick; nothing waits without bound.
 * Whoever sends nothing, an octet a second or garbage is shown out; so is who does not read (DESIGN section 5).
 */
import type { Socket } from 'node:net'
import type { NodeId } from '@postern/crypto'
import type { Clock, Message, SessionEndReason, Timer, TrafficCounters } from '@postern/transport-api'
import { FRAME_TIMEOUT_MS, STALL_TIMEOUT_MS, WELCOME_TIMEOUT_MS } from './constants.js'
import { FrameReader } from './framing.js'
import { Outbound } from './outbound.js'
import { decodeWelcome, encodeWelcome, WELCOME_OCTETS } from './welcome.js'

export interface TcpConnectionOptions {
  readonly role: 'dialler' | 'listener'
  readonly myIdentity: NodeId
  /** Octets: the largest msg we take. */
  readonly receiveMtu: number
  /** Octets that may wait unwritten. */
  readonly unwrittenLimit: number
  readonly clock: Clock
  readonly counters: TrafficCounters
  readonly onWelcome: (connection: TcpConnection, peer: NodeId) => void
  readonly onMessage: (connection: TcpConnection, message: Message) => void
  /** Called once, when the connection carries nothing any more; not after `close`. */
  readonly onEnd: (connection: TcpConnection, reason: SessionEndReason) => void
  /** Called once, when the socket is gone. */
  readonly onGone: (connection: TcpConnection) => void
}

/** Since when something that should move has not moved. */
interface Watch {
  mark: number
  sinceMs: number
}

export class TcpConnection {
  readonly #socket: Socket
  readonly #options: TcpConnectionOptions
  readonly #reader: FrameReader
  readonly #outbound: Outbound
  readonly #openedMs: number
  readonly #reading: Watch
  readonly #writing: Watch
  readonly #gone: Promise<void>
  #state: 'welcoming' | 'open' | 'ended' = 'welcoming'
  #greeting: Buffer = Buffer.alloc(0)
  #framesRead = 0
  /** What was wrong is counted already. */
  #refused = false
  #lingering: Timer | null = null

  constructor(socket: Socket, options: TcpConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#reader = new FrameReader(options.receiveMtu)
    this.#outbound = new Outbound(socket, { limitOctets: options.unwrittenLimit, counters: options.counters })
    const now = options.clock.monotonic()
    this.#openedMs = now
    this.#reading = { mark: 0, sinceMs: now }
    this.#writing = { mark: 0, sinceMs: now }
    this.#gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.end('broken')
        this.#outbound.abandon()
        this.#lingering?.[Symbol.dispose]()
        options.onGone(this)
        resolve()
      })
    })
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.once('end', () => this.end('closed-by-peer'))
    socket.on('error', () => this.end('broken'))
    if (options.role === 'dialler') socket.write(encodeWelcome(options.myIdentity))
  }

  /** False: the peer is slower than we are, and what waits for it would exceed the limit. */
  send(message: Message): boolean {
    return this.#outbound.send(message)
  }

  /** Ends what is overdue. Called every PATROL_MS. */
  patrol(): void {
    if (this.#state === 'ended') return
    this.#outbound.tidy()
    const now = this.#options.clock.monotonic()
    if (this.#state === 'welcoming' && now - this.#openedMs >= WELCOME_TIMEOUT_MS)
      return this.#refuse('welcome-timeout', 'welcome-timeout')
    if (stuckFor(this.#reading, this.#reader.isWaiting, this.#framesRead, now) >= FRAME_TIMEOUT_MS)
      return this.#refuse('slow-writer', 'slow-writer')
    if (stuckFor(this.#writing, this.#outbound.isWaiting, this.#outbound.progress, now) >= STALL_TIMEOUT_MS)
      this.end('slow-reader')
  }

  /** The connection carries nothing any more, now; what waits is dropped and counted. Idempotent. */
  end(reason: SessionEndReason): void {
    if (this.#state === 'ended') return
    this.#countUnfinished()
    this.#state = 'ended'
    this.#outbound.abandon()
    this.#socket.destroy()
    this.#options.onEnd(this, reason)
  }

  /** What was handed on may still leave within `lingerMs`; nothing is received any more. Resolves when the socket is gone. */
  close(lingerMs: number): Promise<void> {
    if (this.#state !== 'ended') {
      this.#countUnfinished()
      this.#state = 'ended'
      this.#outbound.finish(() => this.#socket.end())
      this.#lingering = this.#options.clock.setTimer(() => this.#giveUp(), lingerMs)
    } else {
      this.#lingering?.reset(lingerMs)
    }
    return this.#gone
  }

  /** What came in and will not become a message: a connection without a welcome, the beginning of a frame. */
  #countUnfinished(): void {
    if (this.#refused) return
    if (this.#state === 'welcoming' && this.#options.role === 'listener')
      this.#options.counters.drop('in', 'no-welcome')
    if (this.#reader.isWaiting) this.#options.counters.drop('in', 'truncated')
  }

  #giveUp(): void {
    this.#outbound.abandon()
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    if (this.#state === 'ended') return
    const frames = this.#state === 'open' ? chunk : this.#greet(chunk)
    if (frames === null) return
    this.#reader.push(frames)
    for (let next = this.#reader.next(); next !== null; next = this.#reader.next()) {
      if (typeof next === 'string') return this.#refuse(next, 'malformed') // counted unless the connection has ended
      this.#framesRead += 1
      if (this.#ended) this.#options.counters.drop('in', 'session-ended')
      else this.#options.onMessage(this, next)
    }
  }

  /** Reads the peer's welcome; what follows it in `chunk`, or null while it is incomplete or when it was none. */
  #greet(chunk: Buffer): Buffer | null {
    const greeting = Buffer.concat([this.#greeting, chunk])
    const peer = decodeWelcome(greeting)
    if (peer === 'unknown-version') {
      this.#refuse(peer, 'malformed')
      return null
    }
    if (peer === 'incomplete') {
      this.#greeting = greeting
      return null
    }
    this.#state = 'open'
    this.#greeting = Buffer.alloc(0)
    if (this.#options.role === 'listener') this.#socket.write(encodeWelcome(this.#options.myIdentity))
    this.#options.onWelcome(this, peer)
    return this.#ended ? null : greeting.subarray(WELCOME_OCTETS)
  }

  /** A method of its own, because the state changes behind calls that the compiler cannot see into. */
  get #ended(): boolean {
    return this.#state === 'ended'
  }

  #refuse(dropReason: string, endReason: SessionEndReason): void {
    if (this.#ended) return
    this.#options.counters.drop('in', dropReason)
    this.#refused = true
    this.end(endReason)
  }
}

/** ms for which something was waiting and `progress` did not change. */
function stuckFor(watch: Watch, waiting: boolean, progress: number, nowMs: number): number {
  if (!waiting || progress !== watch.mark) {
    watch.mark = progress
    watch.sinceMs = nowMs
  }
  return nowMs - watch.sinceMs
}
