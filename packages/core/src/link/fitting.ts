/** What fits into the room of a batch. */
import { batchedOctets, type PlainMessage } from '@postern/helo'

/** Those that fit, one after the other; what does not is passed over. */
export function fitting(messages: readonly PlainMessage[], room: number): readonly PlainMessage[] {
  let left = room
  return messages.filter((message) => {
    const octets = batchedOctets(message)
    if (octets > left) return false
    left -= octets
    return true
  })
}

/** Of a batch of these. */
export function octetsOf(messages: readonly PlainMessage[]): number {
  return messages.reduce((sum, message) => sum + batchedOctets(message), 0)
}
