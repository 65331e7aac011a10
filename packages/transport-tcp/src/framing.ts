/**
 * Frames in a stream (PROTOCOL.md section 6): size, flags, crc, msg.
 *
 *   size, u32 | 00 | crc, u32 | msg …
 *
 * Bytes in, messages out; knows no socket. A length is checked before anything is kept for it, and what is kept for an
 * unfinished frame is what has arrived of it, never what it announces.
 */
import type { Message } from '@postern/transport-api'
import { FRAME_HEADER_OCTETS } from './constants.js'

const FLAGS_AT = 4
const CRC_AT = 5
const ENCRYPTED_FLAG = 1
/** An unfinished frame starts with this much room and doubles it as octets arrive. */
const FIRST_ROOM_OCTETS = 512
const EMPTY = Buffer.alloc(0)

/** Why a stream is not one of frames. It cannot be resynchronised: the connection ends. */
export const FRAME_FAULTS = ['oversize', 'reserved-flags'] as const
export type FrameFault = (typeof FRAME_FAULTS)[number]

/** Writes the frame of `message` into `room` at `at`; there must be FRAME_HEADER_OCTETS + size octets left. */
export function writeFrame(room: Buffer, at: number, { msg, isEncrypted, crc }: Message): void {
  room.writeUInt32BE(msg.byteLength, at)
  room[at + FLAGS_AT] = isEncrypted ? ENCRYPTED_FLAG : 0
  room.writeUInt32BE(crc, at + CRC_AT)
  room.set(msg, at + FRAME_HEADER_OCTETS)
}

/** Takes a stream in whatever pieces it comes, gives its messages one by one. */
export class FrameReader {
  readonly #mtu: number
  /** The octets of the frame that is not complete yet; `#kept` of them are filled. */
  #room: Buffer = EMPTY
  #kept = 0
  #chunk: Buffer = EMPTY
  #at = 0

  /** `mtu` in octets: a larger frame is a fault. */
  constructor(mtu: number) {
    this.#mtu = mtu
  }

  /** Is a frame begun and not complete? */
  get isWaiting(): boolean {
    return this.#kept > 0
  }

  /** What arrived next. It is the reader's own from now on: messages are views of it. Then call `next` until it gives null. */
  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** The next message; a fault (the reader is of no use afterwards); or null: more must arrive. Never throws. */
  next(): Message | FrameFault | null {
    if (this.#kept > 0) return this.#finish()
    const left = this.#chunk.length - this.#at
    if (left === 0) return this.#rest()
    if (left < FRAME_HEADER_OCTETS) return this.#keep(FRAME_HEADER_OCTETS)
    const end = this.#measure(this.#chunk, this.#at)
    if (typeof end === 'string') return end
    if (left < end) return this.#keep(end)
    const message = messageIn(this.#chunk, this.#at, end)
    this.#at += end
    return message
  }

  /** Continues the frame that an earlier chunk began. */
  #finish(): Message | FrameFault | null {
    if (this.#kept < FRAME_HEADER_OCTETS) {
      this.#keep(FRAME_HEADER_OCTETS)
      if (this.#kept < FRAME_HEADER_OCTETS) return null
    }
    const end = this.#measure(this.#room, 0)
    if (typeof end === 'string') return end
    this.#keep(end)
    if (this.#kept < end) return null
    const message = messageIn(this.#room, 0, end)
    this.#room = EMPTY
    this.#kept = 0
    return message
  }

  /** Octets of the whole frame whose header stands at `at`. */
  #measure(bytes: Buffer, at: number): number | FrameFault {
    const size = bytes.readUInt32BE(at)
    if (size > this.#mtu) return 'oversize'
    if (bytes[at + FLAGS_AT]! > ENCRYPTED_FLAG) return 'reserved-flags'
    return FRAME_HEADER_OCTETS + size
  }

  /** Moves octets of the chunk to the unfinished frame until it has `upTo`, or the chunk is empty. */
  #keep(upTo: number): null {
    const count = Math.min(upTo - this.#kept, this.#chunk.length - this.#at)
    const needed = this.#kept + count
    if (needed > this.#room.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(FRAME_HEADER_OCTETS + this.#mtu, Math.max(needed, 2 * this.#room.length, FIRST_ROOM_OCTETS)),
      )
      this.#room.copy(larger, 0, 0, this.#kept)
      this.#room = larger
    }
    this.#chunk.copy(this.#room, this.#kept, this.#at, this.#at + count)
    this.#kept = needed
    this.#at += count
    return this.#at === this.#chunk.length ? this.#rest() : null
  }

  /** The chunk is used up; an idle connection must not hold on to its 64 KiB. */
  #rest(): null {
    this.#chunk = EMPTY
    this.#at = 0
    return null
  }
}

function messageIn(bytes: Buffer, at: number, octets: number): Message {
  const size = octets - FRAME_HEADER_OCTETS
  const msg = new Uint8Array(bytes.buffer, bytes.byteOffset + at + FRAME_HEADER_OCTETS, size)
  return { msg, size, isEncrypted: bytes[at + FLAGS_AT] === ENCRYPTED_FLAG, crc: bytes.readUInt32BE(at + CRC_AT) }
}
