/**
 * The writing half of a connection: the frames of a tick leave in one write, and what waits for a slow peer is bounded by a
 * limit of our own (DESIGN section 5). No write has a callback: that costs more than writing a small frame (measured: 5 % of a
 * round trip over loopback). What the operating system took is read off the stream instead, when somebody wants to know.
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

/** One write that the operating system has not taken wholly. */
interface Unsettled {
  readonly frames: number
  /** Without the frame headers. */
  readonly octets: number
  /** `#written` when it was written: taken as soon as no more than what came after it waits. */
  readonly end: number
}

export class Outbound {
  readonly #socket: Socket
  readonly #options: OutboundOptions
  /** The frames of this tick, one behind the other. */
  #room: Buffer = NOTHING
  #used = 0
  #frames = 0
  #usedSinceTidy = false
  /** Octets handed to the stream since the beginning. */
  #written = 0
  #unsettled: Unsettled[] = []

  constructor(socket: Socket, options: OutboundOptions) {
    this.#socket = socket
    this.#options = options
  }

  /** False: what waits would exceed the limit. `message.msg` is copied. */
  send(message: Message): boolean {
    const octets = FRAME_HEADER_OCTETS + message.size
    const waiting = this.#socket.writableLength + this.#used
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
    const [frames, used] = [this.#frames, this.#used]
    this.#frames = 0
    this.#used = 0
    this.#usedSinceTidy = true
    this.#written += used
    this.#socket.write(this.#room.subarray(0, used))
    if (this.#socket.writableLength === 0 && this.#socket.errored === null) {
      this.#count(frames, used - frames * FRAME_HEADER_OCTETS) // taken within write: the room may be written to again
      return
    }
    this.#room = NOTHING // the stream still reads it
    this.#unsettled.push({ frames, octets: used - frames * FRAME_HEADER_OCTETS, end: this.#written })
  }

  /** Does something wait for the peer? */
  get isWaiting(): boolean {
    return this.#socket.writableLength > 0
  }

  /** Octets that the operating system took, to within one write. Grows as long as the peer reads. */
  get progress(): number {
    return this.#written - this.#socket.writableLength
  }

  /** Gives up room that was not used since the last call. */
  tidy(): void {
    if (!this.#usedSinceTidy && this.#used === 0) this.#room = NOTHING
    this.#usedSinceTidy = false
  }

  /** What was not taken by now never will be: it is counted as dropped. To be called before the socket is destroyed. */
  abandon(): void {
    this.settle()
    const lost = this.#unsettled.reduce((sum, { frames }) => sum + frames, this.#frames)
    if (lost > 0) this.#options.counters.drop('out', 'session-ended', lost)
    this.#unsettled = []
    this.#frames = 0
    this.#used = 0
    this.#room = NOTHING
  }

  /** Counts as sent what the operating system has taken since. */
  settle(): void {
    // A stream that failed or was destroyed has forgotten what it was about to write, and looks as if all were taken.
    if (this.#socket.errored !== null || this.#socket.destroyed) return
    const taken = this.progress
    while (this.#unsettled.length > 0 && this.#unsettled[0]!.end <= taken) {
      const { frames, octets } = this.#unsettled.shift()!
      this.#count(frames, octets)
    }
  }

  #count(frames: number, octets: number): void {
    this.#options.counters.sent += frames
    this.#options.counters.sentOctets += octets
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
