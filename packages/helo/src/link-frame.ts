/**
 * Link frames, the encrypted transport messages: which epoch, which path, which of its frames, and what is sealed. The header is
 * also the associated data of the seal. Never opens or seals. DESIGN section 4, PROTOCOL.md section 11.
 *
 *   0  4  receiverIndex
 *   4  2  pathId
 *   6  8  counter
 *  14  n  sealed, the tag of 16 octets included
 */
import { type BodyCodec, type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'

/** Octets before what is sealed: the associated data. */
export const LINK_FRAME_HEADER_OCTETS = 14

/** Of ChaCha20-Poly1305. */
const TAG_OCTETS = 16

/** What a batch grows by in a frame: header and tag. */
export const LINK_FRAME_OVERHEAD_OCTETS: number = LINK_FRAME_HEADER_OCTETS + TAG_OCTETS

const OFFSET = { PATH_ID: 4, COUNTER: 6, COUNTER_LOW: 10 } as const

/** Octets 0–13. */
export interface LinkFrameHeader {
  /** u32: names the receiver's epoch. */
  readonly receiverIndex: number
  /** u16, chosen by the sender: never twice for another path in an epoch. */
  readonly pathId: number
  /** Of this path in this epoch, from 0, never twice; below 2^53. */
  readonly counter: number
}

/** A frame as it travels. */
export interface LinkFrame extends LinkFrameHeader {
  /** At least the 16 octets of a tag. */
  readonly sealed: Uint8Array
}

/** PROTOCOL.md section 11. Faults: `truncated`, `bad-number`. */
export const linkFrameCodec: BodyCodec<LinkFrame> = {
  sizeOf(frame: LinkFrame): number {
    return LINK_FRAME_HEADER_OCTETS + frame.sealed.byteLength
  },

  encode(frame: LinkFrame): Uint8Array {
    if (frame.sealed.byteLength < TAG_OCTETS)
      throw new RangeError(`sealed of ${frame.sealed.byteLength} octets, not at least ${TAG_OCTETS}`)
    const bytes = new Uint8Array(linkFrameCodec.sizeOf(frame))
    writeLinkFrameHeader(bytes, frame)
    bytes.set(frame.sealed, LINK_FRAME_HEADER_OCTETS)
    return bytes
  },

  decode(bytes: Uint8Array): Decoded<LinkFrame> {
    if (bytes.byteLength < LINK_FRAME_OVERHEAD_OCTETS) return faultAt('truncated', bytes.byteLength)
    const reader = new Reader(bytes)
    const receiverIndex = reader.u32()
    const pathId = reader.u16()
    const counter = reader.u64()
    if (!Number.isSafeInteger(counter)) return faultAt('bad-number', OFFSET.COUNTER)
    const sealed = reader.bytes(reader.remaining)
    return { ok: true, value: { receiverIndex, pathId, counter, sealed }, bytesRead: reader.offset }
  },
}

/**
 * The first LINK_FRAME_HEADER_OCTETS of `target`, in place, where the batch is sealed behind them: 25 ns, against 120 ns through
 * a DataView (Node 20). RangeError, and nothing written: `target` is too short, or a field is not in its range.
 */
export function writeLinkFrameHeader(target: Uint8Array, header: LinkFrameHeader): void {
  const { receiverIndex, pathId, counter } = header
  if (target.byteLength < LINK_FRAME_HEADER_OCTETS)
    throw new RangeError(`a header of ${LINK_FRAME_HEADER_OCTETS} octets does not fit into ${target.byteLength}`)
  if (receiverIndex >>> 0 !== receiverIndex) throw new RangeError(`receiverIndex ${receiverIndex} is no u32`)
  if ((pathId & 0xffff) !== pathId) throw new RangeError(`pathId ${pathId} is no u16`)
  if (!Number.isSafeInteger(counter) || counter < 0)
    throw new RangeError(`counter ${counter} is no integer from 0 to 2^53 - 1`)
  writeU32(target, 0, receiverIndex)
  target[OFFSET.PATH_ID] = pathId >>> 8
  target[OFFSET.PATH_ID + 1] = pathId
  writeU32(target, OFFSET.COUNTER, Math.floor(counter / 2 ** 32))
  writeU32(target, OFFSET.COUNTER_LOW, counter)
}

/** The lowest 32 bits of `value`, an exact integer; an array of octets takes the lowest 8 of what it is given. */
function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}
