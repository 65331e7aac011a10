/**
 * The writing half of a connection: the frames of a tick leave in one write, and what waits for a slow peer is bounded by a
 * limit of our own (DESIGN section 5). The stream is given one piece at a time, so that a peer which reads slowly can be told
 * from one which does not read, and that every frame ends as sent or as dropped.
 *
 * A write that the operating system takes at once, which is nearly every one, has no callback: that would cost more than writing
 * a small frame (measured: 5 % of a round trip over loopback).
 */
import type { Socket } from 'node:net'
import type { Message, TrafficCounters } from '@postern/transport-api'
import { FIRST_ROOM_OCTETS, FRAME_HEADER_OCTETS, WRITE_OCTETS } from './constants.js'
import { writeFrame } from './framing.js'

export interface OutboundOptions {
  /** Octets that may wait unwritten. */
  readonly limitOctets: number
  readonly counters: TrafficCounters
}

/** Whole frames, one behind the other. */
interface Batch {
  readonly bytes: Buffer
  readonly frames: number
}

export class Outbound {
  readonly #socket: Socket
  readonly #options: OutboundOptions
  /** The frames of this tick. */
  #room: Buffer = NOTHING
  #used = 0
  #frames = 0
  #usedSinceTidy = false
  /** Batches of earlier ticks; of the first one `#taken` octets are gone. */
  #queue: Batch[] = []
  #taken = 0
  #queuedOctets = 0
  /** The stream has a piece that the operating system has not taken. */
  #busy = false
  #piecesTaken = 0
  #whenEmpty: (() => void) | null = null

  constructor(socket: Socket, options: OutboundOptions) {
    this.#socket = socket
    this.#options = options
  }

  /** False: what waits would exceed the limit. `message.msg` is copied. */
  send(message: Message): boolean {
    const octets = FRAME_HEADER_OCTETS + message.size
    const waiting = this.#queuedOctets + this.#used
    // One message is always taken, or a limit below the MTU would never let it through.
    if (waiting > 0 && waiting + octets > this.#options.limitOctets) return false
    if (this.#used === 0) process.nextTick(this.flush)
    else if (this.#used + octets > WRITE_OCTETS) this.flush()
    if (this.#used + octets > this.#room.length) this.#enlarge(octets)
    writeFrame(this.#room, this.#used, message)
    this.#used += octets
    this.#frames += 1
    return true
  }

  /** Writes the frames of the tick now. */
  readonly flush = (): void => {
    if (this.#used === 0) return
    const batch = { bytes: this.#room.subarray(0, this.#used), frames: this.#frames }
    this.#used = 0
    this.#frames = 0
    this.#usedSinceTidy = true
    this.#queue.push(batch)
    this.#queuedOctets += batch.bytes.length
    if (!this.#busy) this.#pump()
    if (this.#queue.length > 0) this.#room = NOTHING // it is still to be read
  }

  /** Does something wait for the peer? */
  get isWaiting(): boolean {
    return this.#busy
  }

  /** Grows with every piece, of at most WRITE_OCTETS, that the operating system takes. */
  get progress(): number {
    return this.#piecesTaken
  }

  /** Gives up room that was not used since the last call. */
  tidy(): void {
    if (!this.#usedSinceTidy && this.#used === 0) this.#room = NOTHING
    this.#usedSinceTidy = false
  }

  /** Calls `done`, once, when all that was handed on is taken; perhaps at once; never after `abandon`. */
  finish(done: () => void): void {
    this.flush()
    if (this.#queue.length === 0) done()
    else this.#whenEmpty = done
  }

  /** What was not taken by now never will be: it is counted as dropped. Idempotent. */
  abandon(): void {
    const lost = this.#queue.reduce((sum, { frames }) => sum + frames, this.#frames)
    if (lost > 0) this.#options.counters.drop('out', 'session-ended', lost)
    this.#queue = []
    this.#queuedOctets = 0
    this.#frames = 0
    this.#used = 0
    this.#room = NOTHING
    this.#whenEmpty = null
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      const { bytes } = this.#queue[0]!
      const piece = bytes.length <= WRITE_OCTETS ? bytes : bytes.subarray(this.#taken, this.#taken + WRITE_OCTETS)
      this.#socket.write(piece)
      if (this.#socket.writableLength > 0 || this.#socket.errored !== null) {
        this.#busy = true
        // Its turn comes when the piece before it is taken; with a failed socket, never.
        this.#socket.write(NOTHING, (error) => this.#wasTaken(piece.length, error ?? null))
        return
      }
      this.#take(piece.length)
    }
    this.#whenEmpty?.()
    this.#whenEmpty = null
  }

  #wasTaken(octets: number, error: Error | null): void {
    // abandon() may have come before, and whoever ends the connection calls it: nothing is lost twice, and nothing in silence.
    if (error !== null || this.#queue.length === 0) return
    this.#busy = false
    this.#take(octets)
    this.#pump()
  }

  #take(octets: number): void {
    const { bytes, frames } = this.#queue[0]!
    this.#piecesTaken += 1
    this.#taken += octets
    if (this.#taken < bytes.length) return
    this.#queue.shift()
    this.#taken = 0
    this.#queuedOctets -= bytes.length
    this.#options.counters.sent += frames
    this.#options.counters.sentOctets += bytes.length - frames * FRAME_HEADER_OCTETS
  }

  #enlarge(octets: number): void {
    const needed = this.#used + octets
    const wished = Math.min(WRITE_OCTETS, Math.max(2 * this.#room.length, FIRST_ROOM_OCTETS))
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, wished))
    this.#room.copy(larger, 0, 0, this.#used)
    this.#room = larger
  }
}

const NOTHING = Buffer.alloc(0)
