/** A send queue with its clock and all that it said it dropped, and messages to put into it. */
import { type Fragment, fragmentCodec, MESSAGE_TYPE, type PlainMessage } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import { expect } from 'vitest'
import { type SendDropReason, SendQueue, type SendQueueOptions } from '../../src/link/send-queue.js'
import type { QueuedMessage } from '../../src/link/waiting-message.js'

export const CHAT = 0x8001
export const BATCH_OCTETS = 1_200
/** Of a fragment: message header 4, fragment header 10. */
export const OVERHEAD_OCTETS = 14

export function queueOf(options: Partial<SendQueueOptions> = {}) {
  const clock = new VirtualClock()
  const dropped: (readonly [SendDropReason, number])[] = []
  const onDropped = (reason: SendDropReason, count: number): void => void dropped.push([reason, count])
  const limits = { maxOctets: 1_000_000, maxMessages: 1_000, firstMessageId: 7 }
  return { clock, dropped, queue: new SendQueue({ clock, ...limits, onDropped, ...options }) }
}

export const bodyOf = (octets: number): Uint8Array => Uint8Array.from({ length: octets }, (_, i) => (i * 31) ^ (i >> 8))

/** A message told from others by its first octet. */
export const messageOf = (mark: number, fields: Partial<QueuedMessage> = {}): QueuedMessage => ({
  type: CHAT,
  body: Uint8Array.of(mark),
  priority: 0,
  deadlineMs: null,
  ...fields,
})

export const large = (octets: number, fields: Partial<QueuedMessage> = {}): QueuedMessage =>
  messageOf(0, { body: bodyOf(octets), ...fields })

export const marks = (batch: readonly PlainMessage[] | null): readonly number[] =>
  (batch ?? []).map(({ body }) => body[0]!)

export function fragmentOf(message: PlainMessage | undefined): Fragment {
  expect(message?.type).toBe(MESSAGE_TYPE.FRAGMENT)
  const decoded = fragmentCodec.decode(message!.body)
  if (!decoded.ok) throw new Error(decoded.fault)
  return decoded.value
}
