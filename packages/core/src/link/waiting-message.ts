/** A message in a send queue: its place among the others, and how much of it has left. */
import type { MessageType, PlainMessage } from '@postern/helo'

export interface QueuedMessage {
  readonly type: MessageType
  /** Borrowed during the call. */
  readonly body: Uint8Array
  /** LOWEST_PRIORITY to HIGHEST_PRIORITY; higher ones leave first, equal ones in the order they came. */
  readonly priority: number
  /** `clock.monotonic()` from which it is worth nothing any more; null: it waits as long as there is room. */
  readonly deadlineMs: number | null
}

export class WaitingMessage {
  readonly message: PlainMessage
  readonly priority: number
  /** Infinity: none. */
  readonly deadlineMs: number
  /** Octets that left in fragments. */
  sentOctets = 0
  /** Of its fragments; null until the first one leaves. */
  messageId: number | null = null
  /** True from `PriorityLanes.push` to `remove`; the neighbours are the lanes' own. */
  isWaiting = false
  before: WaitingMessage | null = null
  behind: WaitingMessage | null = null
  /** Its place in the DeadlineHeap, whose own this is; -1: it is not there. */
  heapIndex = -1

  constructor({ type, body, priority, deadlineMs }: QueuedMessage) {
    this.message = { type, body: new Uint8Array(body) } // not slice: that of a Buffer would be a view
    this.priority = priority
    this.deadlineMs = deadlineMs ?? Number.POSITIVE_INFINITY
  }

  get octets(): number {
    return this.message.body.byteLength
  }

  /** Has a part of it left, so that the rest must leave in parts too? */
  get isBegun(): boolean {
    return this.sentOctets > 0
  }
}
