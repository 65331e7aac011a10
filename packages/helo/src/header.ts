/**
 * The header of an unencrypted transport message, which is exactly one message: size, type, body, and nothing after it.
 * Never looks into a body and never computes the crc that travels beside it. PROTOCOL.md section 2.
 *
 *   0  2  size of the body in octets
 *   2  2  type, PROTOCOL-NUMBERS.md
 *   4  n  body
 */
import { type MessageType, requireMessageType } from './message-type.js'
import { type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { Writer } from './wire/writer.js'

/** Octets before the body. */
export const MESSAGE_HEADER_OCTETS = 4

/** What the size field can say. */
export const MAX_MESSAGE_BODY_OCTETS = 0xffff

/** One message in the clear. */
export interface PlainMessage {
  readonly type: MessageType
  readonly body: Uint8Array
}

/** Header and `body` (borrowed) in a new array. RangeError: type 0, a type that is no u16, or a body above the limit. */
export function encodeMessage(type: MessageType, body: Uint8Array): Uint8Array {
  const writer = new Writer(MESSAGE_HEADER_OCTETS + body.byteLength)
  writeMessage(writer, { type, body })
  return writer.finish()
}

/** One message at the end of `writer`. RangeErrors as in encodeMessage. */
export function writeMessage(writer: Writer, { type, body }: PlainMessage): void {
  requireMessageType(type)
  if (body.byteLength > MAX_MESSAGE_BODY_OCTETS)
    throw new RangeError(`a body of ${body.byteLength} octets exceeds ${MAX_MESSAGE_BODY_OCTETS}`)
  writer.u16(body.byteLength)
  writer.u16(type)
  writer.bytes(body)
}

/** Faults: `truncated`, `trailing`. `body` is a view into `bytes`: whoever keeps it longer than them copies it. */
export function decodeMessage(bytes: Uint8Array): Decoded<PlainMessage> {
  const reader = new Reader(bytes)
  const size = reader.u16()
  const type = reader.u16()
  const body = reader.bytes(size)
  if (reader.failed) return faultAt('truncated', bytes.byteLength)
  if (reader.remaining > 0) return faultAt('trailing', reader.offset)
  return { ok: true, value: { type, body }, bytesRead: reader.offset }
}
