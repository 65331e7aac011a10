/**
 * One TCP connection as both sides see it: welcome, then frames; one write for each tick; nothing waits without bound.
 * Whoever sends nothing, an octet a second or garbage is shown out; so is who does not read (DESIGN section 5).
 */
import type { Socket } from 'node:net'
import type { NodeId } from '@postern/crypto'
import type { Clock, Message, SessionEndReason, Timer, TrafficCounters } from '@postern/transport-api'
import {
  FRAME_HEADER_OCTETS,
  FRAME_TIMEOUT_MS,
  STALL_TIMEOUT_MS,
  WELCOME_TIMEOUT_MS,
  WRITE_OCTETS,
} from './constants.js'
import { encodeFrame, FrameReader } from './framing.js'
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
  readonly #openedMs: number
  readonly #reading: Watch
  readonly #writing: Watch
  readonly #gone: Promise<void>
  #state: 'welcoming' | 'open' | 'ended' = 'welcoming'
  #greeting: Buffer = Buffer.alloc(0)
  #pending: Buffer[] = []
  #pendingOctets = 0
  #framesRead = 0
  #writesDone = 0
  #lingering: Timer | null = null

  constructor(socket: Socket, options: TcpConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#reader = new FrameReader(options.receiveMtu)
    const now = options.clock.monotonic()
    this.#openedMs = now
    this.#reading = { mark: 0, sinceMs: now }
    this.#writing = { mark: 0, sinceMs: now }
    this.#gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.end('broken')
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
    const waiting = this.#socket.writableLength + this.#pendingOctets
    const octets = FRAME_HEADER_OCTETS + message.size
    // One message is always taken, or a limit below the MTU would never let it through.
    if (waiting > 0 && waiting + octets > this.#options.unwrittenLimit) return false
    if (this.#pending.length === 0) process.nextTick(this.#flush)
    this.#pending.push(encodeFrame(message))
    this.#pendingOctets += octets
    return true
  }

  /** Ends what is overdue. Called every PATROL_MS. */
  patrol(): void {
    if (this.#state === 'ended') return
    const now = this.#options.clock.monotonic()
    if (this.#state === 'welcoming' && now - this.#openedMs >= WELCOME_TIMEOUT_MS)
      return this.#refuse('welcome-timeout', 'welcome-timeout')
    if (stuckFor(this.#reading, this.#reader.isWaiting, this.#framesRead, now) >= FRAME_TIMEOUT_MS)
      return this.#refuse('slow-writer', 'slow-writer')
    if (stuckFor(this.#writing, this.#socket.writableLength > 0, this.#writesDone, now) >= STALL_TIMEOUT_MS)
      this.end('slow-reader')
  }

  /** The connection carries nothing any more, now; what waits is dropped and counted. Idempotent. */
  end(reason: SessionEndReason): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#dropPending()
    this.#socket.destroy()
    this.#options.onEnd(this, reason)
  }

  /** What was handed on may still leave within `lingerMs`; nothing is received any more. Resolves when the socket is gone. */
  close(lingerMs: number): Promise<void> {
    if (this.#state !== 'ended') {
      this.#flush()
      this.#state = 'ended'
      this.#socket.end()
      this.#lingering = this.#options.clock.setTimer(() => this.#socket.destroy(), lingerMs)
    } else {
      this.#lingering?.reset(lingerMs)
    }
    return this.#gone
  }

  #read(chunk: Buffer): void {
    if (this.#state === 'ended') return this.#options.counters.drop('in', 'session-closed')
    const frames = this.#state === 'open' ? chunk : this.#greet(chunk)
    if (frames === null) return
    this.#reader.push(frames)
    for (let next = this.#reader.next(); next !== null; next = this.#reader.next()) {
      if (typeof next === 'string') return this.#refuse(next, 'malformed')
      this.#framesRead += 1
      this.#options.onMessage(this, next)
      if (this.#ended) return
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
    this.#options.counters.drop('in', dropReason)
    this.end(endReason)
  }

  /** All frames of the tick in one write, or in several when there is much. */
  readonly #flush = (): void => {
    const frames = this.#pending
    if (frames.length === 0) return
    this.#pending = []
    this.#pendingOctets = 0
    if (frames.length === 1) return this.#write(frames[0]!, 1)
    let from = 0
    let octets = 0
    for (const [at, frame] of frames.entries()) {
      if (at > from && octets + frame.length > WRITE_OCTETS) {
        this.#write(Buffer.concat(frames.slice(from, at), octets), at - from)
        from = at
        octets = 0
      }
      octets += frame.length
    }
    this.#write(Buffer.concat(frames.slice(from), octets), frames.length - from)
  }

  #write(bytes: Buffer, frames: number): void {
    this.#socket.write(bytes, (error) => {
      const { counters } = this.#options
      if (error) return counters.drop('out', 'session-ended', frames)
      this.#writesDone += 1
      counters.sent += frames
      counters.sentOctets += bytes.length - frames * FRAME_HEADER_OCTETS
    })
  }

  #dropPending(): void {
    if (this.#pending.length > 0) this.#options.counters.drop('out', 'session-ended', this.#pending.length)
    this.#pending = []
    this.#pendingOctets = 0
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
