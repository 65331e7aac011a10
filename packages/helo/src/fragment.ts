/**
 * Fragments: a message too large for one batch travels in parts. Here they are cut and read; putting them together, with its
 * ceilings, is core's business. DESIGN section 4, PROTOCOL.md section 9, paper section 2.
 *
 *   0  4  messageId          8  2  at, where the part begins in the body
 *   4  2  type              10  n  part
 *   6  2  total, octets of the body
 */
import { MAX_APPLICATION_BODY_OCTETS } from './limits.js'
import { MESSAGE_TYPE, type MessageType, requireMessageType } from './message-type.js'
import { type BodyCodec, type Decoded, faultAt, type WireFault } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { requireLengthWithin } from './wire/require-length.js'
import { Writer } from './wire/writer.js'

/** Octets before the part. */
export const FRAGMENT_HEADER_OCTETS = 10

const OFFSET = { TYPE: 4, TOTAL: 6, AT: 8 } as const

/** One part of one message. */
export interface Fragment {
  /** u32; the same in all fragments of a message, unique in a link. */
  readonly messageId: number
  /** Of the message; never FRAGMENT, or a message could be wrapped a thousand times. */
  readonly type: MessageType
  /** Octets of the body, 1 to MAX_APPLICATION_BODY_OCTETS. */
  readonly total: number
  /** Where the part begins in the body. */
  readonly at: number
  /** At least one octet; at + its length is at most total. */
  readonly part: Uint8Array
}

/** PROTOCOL.md section 9. Faults: `truncated`, `bad-number`. */
export const fragmentCodec: BodyCodec<Fragment> = {
  sizeOf(fragment: Fragment): number {
    return FRAGMENT_HEADER_OCTETS + fragment.part.byteLength
  },

  encode(fragment: Fragment): Uint8Array {
    requireLengthWithin('part', fragment.part, 1, MAX_APPLICATION_BODY_OCTETS)
    const fault = fieldFault(fragment)
    if (fault !== null) throw new RangeError(`this fragment would be refused: ${fault[0]} at ${fault[1]}`)
    const writer = new Writer(fragmentCodec.sizeOf(fragment))
    writer.u32(fragment.messageId)
    writer.u16(fragment.type)
    writer.u16(fragment.total)
    writer.u16(fragment.at)
    writer.bytes(fragment.part)
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<Fragment> {
    const reader = new Reader(bytes)
    const messageId = reader.u32()
    const type = reader.u16()
    const total = reader.u16()
    const at = reader.u16()
    if (reader.failed || reader.remaining === 0) return faultAt('truncated', bytes.byteLength)
    const value: Fragment = { messageId, type, total, at, part: reader.bytes(reader.remaining) }
    const fault = fieldFault(value)
    return fault === null ? { ok: true, value, bytesRead: reader.offset } : faultAt(...fault)
  },
}

/** A message to be cut. */
export interface Fragmentable {
  /** u32, unique in the link. */
  readonly messageId: number
  readonly type: MessageType
  /** Borrowed until the last fragment is out: the parts are views into it. 1 to MAX_APPLICATION_BODY_OCTETS. */
  readonly body: Uint8Array
}

/** The fragments of `message` in order, all parts but the last of `maxPartOctets`. RangeError, at once: nothing to cut, or too much. */
export function fragmentsOf(message: Fragmentable, maxPartOctets: number): Generator<Fragment> {
  requireMessageType(message.type)
  if (message.type === MESSAGE_TYPE.FRAGMENT) throw new RangeError('a fragment is not fragmented again')
  requireLengthWithin('body', message.body, 1, MAX_APPLICATION_BODY_OCTETS)
  if (!Number.isInteger(maxPartOctets) || maxPartOctets < 1)
    throw new RangeError(`parts of ${maxPartOctets} octets, not of at least 1`)
  return cut(message, maxPartOctets)
}

function* cut({ messageId, type, body }: Fragmentable, maxPartOctets: number): Generator<Fragment> {
  const total = body.byteLength
  for (let at = 0; at < total; at += maxPartOctets)
    yield { messageId, type, total, at, part: body.subarray(at, at + maxPartOctets) }
}

/** The first rule broken, and where; the same for what we send and what we get. */
function fieldFault({ type, total, at, part }: Fragment): readonly [fault: WireFault, offset: number] | null {
  if (type === 0 || type === MESSAGE_TYPE.FRAGMENT) return ['bad-number', OFFSET.TYPE]
  if (total === 0) return ['bad-number', OFFSET.TOTAL]
  if (at + part.byteLength > total) return ['bad-number', OFFSET.AT]
  return null
}
