/**
 * Batches: messages back to back, up to the end. What is sealed is a batch, in a handshake payload and in a link frame. Never
 * looks into a body, and never decides what goes into one batch. DESIGN section 4, PROTOCOL.md section 9, paper section 2.
 */
import { MESSAGE_HEADER_OCTETS, type PlainMessage, writeMessage } from './header.js'
import { MAX_BATCH_MESSAGES } from './limits.js'
import { type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { Writer } from './wire/writer.js'

const TYPE_OFFSET = 2

/** What `message` takes of a batch. */
export function batchedOctets(message: PlainMessage): number {
  return MESSAGE_HEADER_OCTETS + message.body.byteLength
}

/** `messages` (borrowed) in a new array; none at all is a batch too. RangeErrors as in encodeMessage, and above MAX_BATCH_MESSAGES. */
export function encodeBatch(messages: readonly PlainMessage[]): Uint8Array {
  if (messages.length > MAX_BATCH_MESSAGES)
    throw new RangeError(`a batch of ${messages.length} messages exceeds ${MAX_BATCH_MESSAGES}`)
  const writer = new Writer(messages.reduce((size, message) => size + batchedOctets(message), 0))
  for (const message of messages) writeMessage(writer, message)
  return writer.finish()
}

/**
 * Faults: `truncated`, `bad-number` (type 0), `trailing` (what follows the most messages there may be). Never throws. Bodies are views into `bytes`: whoever keeps one longer copies it.
 * There is no count to check: cut between two messages, it is a batch of those before.
 */
export function decodeBatch(bytes: Uint8Array): Decoded<readonly PlainMessage[]> {
  const reader = new Reader(bytes)
  const messages: PlainMessage[] = []
  while (reader.remaining > 0) {
    if (messages.length === MAX_BATCH_MESSAGES) return faultAt('trailing', reader.offset)
    const start = reader.offset
    const size = reader.u16()
    const type = reader.u16()
    const body = reader.bytes(size)
    if (reader.failed) return faultAt('truncated', bytes.byteLength)
    if (type === 0) return faultAt('bad-number', start + TYPE_OFFSET)
    messages.push({ type, body })
  }
  return { ok: true, value: messages, bytesRead: reader.offset }
}
