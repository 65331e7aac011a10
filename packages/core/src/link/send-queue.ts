/**
 * What waits to leave over a link, and what of it goes into the next batch (DESIGN section 4, "Packing and fragmentation";
 * PROTOCOL.md section 9). Never decides when a batch leaves, by which path, or whether it arrives: what left is forgotten.
 */
import {
  batchedOctets,
  FRAGMENT_HEADER_OCTETS,
  fragmentCodec,
  MAX_APPLICATION_BODY_OCTETS,
  MESSAGE_HEADER_OCTETS,
  MESSAGE_TYPE,
  type PlainMessage,
} from '@postern/helo'
import type { Clock, Timer } from '@postern/transport-api'
import { HIGHEST_PRIORITY, LOWEST_PRIORITY, MIN_FRAGMENT_PART_OCTETS } from '../limits.js'
import { DeadlineHeap } from './deadline-heap.js'
import { PriorityLanes } from './priority-lanes.js'
import { type QueuedMessage, WaitingMessage } from './waiting-message.js'

const LAST_TYPE = 0xffff

/** What a fragment takes of a batch besides its part. */
const FRAGMENT_OVERHEAD_OCTETS = MESSAGE_HEADER_OCTETS + FRAGMENT_HEADER_OCTETS

export type SendDropReason = 'queue-full' | 'deadline' | 'link-closed'

export interface SendQueueOptions {
  readonly clock: Clock
  /** Octets of bodies that may wait. */
  readonly maxOctets: number
  /** Messages that may wait: empty ones take memory too. */
  readonly maxMessages: number
  /** A u32, random: ids go on from here, and are not those of an earlier queue to the same peer. */
  readonly firstMessageId: number
  /** `count` is at least 1. May call back: the queue is in order when this is called. */
  readonly onDropped: (reason: SendDropReason, count: number) => void
}

export class SendQueue {
  readonly #options: SendQueueOptions
  readonly #lanes = new PriorityLanes()
  readonly #deadlines = new DeadlineHeap()
  /** What was shown by peekWhole and may be taken by takePeeked. */
  readonly #peeked = new WeakMap<PlainMessage, WaitingMessage>()
  #nextMessageId: number
  /** Runs while something has a deadline, so that what is over neither fills the queue nor waits to be counted. */
  #timer: Timer | null = null
  #timerAtMs = 0

  constructor(options: SendQueueOptions) {
    this.#options = options
    this.#nextMessageId = options.firstMessageId
  }

  get isEmpty(): boolean {
    return this.#lanes.count === 0
  }

  /** Of bodies that wait; one that is partly sent counts whole until its last part leaves, for it is kept whole. */
  get octets(): number {
    return this.#lanes.octets
  }

  /**
   * False: dropped here, and counted. A full queue makes room by dropping what has lower priority: the lowest first, of that
   * the latest, and nothing at all when that would not be enough. RangeError: nothing that could ever be sent.
   */
  offer(message: QueuedMessage): boolean {
    requireSendable(message)
    this.#dropOverdue()
    const { body, priority, deadlineMs } = message
    if (deadlineMs !== null && deadlineMs <= this.#options.clock.monotonic()) return this.#refuse('deadline')
    if (!this.#hasRoomFor(body.byteLength, this.#lanes.below(priority))) return this.#refuse('queue-full')
    const pushedOut = this.#pushOut(body.byteLength, priority)
    const waiting = new WaitingMessage(message)
    this.#lanes.push(waiting)
    if (deadlineMs !== null) this.#deadlines.push(waiting)
    this.#watchDeadlines()
    this.#dropped('queue-full', pushedOut)
    return true
  }

  /**
   * Takes what leaves next: in order, as much as makes an encoded batch of at most `maxOctets`. null: nothing waits, or the first
   * does not fit. A message that no batch of this size could hold leaves in fragments, which also fill up what others left of a
   * batch; once begun it goes on so. One that only lacks room in this batch ends it: nothing overtakes it. Bodies are the
   * caller's own.
   */
  takeBatch(maxOctets: number): readonly PlainMessage[] | null {
    this.#dropOverdue()
    const batch: PlainMessage[] = []
    let room = maxOctets
    for (const waiting of this.#lanes) {
      const isWhole = !waiting.isBegun && batchedOctets(waiting.message) <= maxOctets
      const next = isWhole ? this.#takeWhole(waiting, room) : this.#takePart(waiting, room)
      if (next === null) break
      batch.push(next)
      room -= batchedOctets(next)
    }
    this.#watchDeadlines()
    return batch.length > 0 ? batch : null
  }

  /**
   * What could leave in one batch without fragments, in order, while it goes on waiting: for early data. What would need
   * fragments is passed over. Bodies stay the queue's: they are not to be changed.
   */
  peekWhole(maxOctets: number): readonly PlainMessage[] {
    this.#dropOverdue()
    this.#watchDeadlines()
    const shown: PlainMessage[] = []
    let room = maxOctets
    for (const waiting of this.#lanes) {
      const octets = batchedOctets(waiting.message)
      if (waiting.isBegun || octets > maxOctets) continue
      if (octets > room) break
      shown.push(waiting.message)
      this.#peeked.set(waiting.message, waiting)
      room -= octets
    }
    return shown
  }

  /** Takes exactly these, of a peekWhole, except what left or was dropped since; their number. */
  takePeeked(messages: readonly PlainMessage[]): number {
    const before = this.#lanes.count
    for (const message of messages) {
      const waiting = this.#peeked.get(message)
      if (waiting !== undefined) this.#remove(waiting)
    }
    this.#watchDeadlines()
    return before - this.#lanes.count
  }

  /** Those of a takePeeked that could not leave wait again, with the priority and the deadline they had; what has no room is dropped. */
  putBack(messages: readonly PlainMessage[]): void {
    for (const message of messages) {
      const taken = this.#peeked.get(message)
      if (taken === undefined || taken.isWaiting) continue
      const deadlineMs = Number.isFinite(taken.deadlineMs) ? taken.deadlineMs : null
      this.offer({ ...message, priority: taken.priority, deadlineMs })
    }
  }

  /** Drops everything, and counts it. */
  clear(reason: SendDropReason): void {
    const { count } = this.#lanes
    for (const waiting of this.#lanes) this.#remove(waiting)
    this.#watchDeadlines()
    this.#dropped(reason, count)
  }

  #takeWhole(waiting: WaitingMessage, room: number): PlainMessage | null {
    if (batchedOctets(waiting.message) > room) return null
    this.#remove(waiting)
    return waiting.message
  }

  #takePart(waiting: WaitingMessage, room: number): PlainMessage | null {
    const { type, body } = waiting.message
    const left = body.byteLength - waiting.sentOctets
    const octets = Math.min(left, room - FRAGMENT_OVERHEAD_OCTETS)
    if (octets < Math.min(left, MIN_FRAGMENT_PART_OCTETS)) return null
    waiting.messageId ??= this.#newMessageId()
    const at = waiting.sentOctets
    const part = body.subarray(at, at + octets)
    waiting.sentOctets += octets
    if (octets === left) this.#remove(waiting)
    const fragment = { messageId: waiting.messageId, type, total: body.byteLength, at, part }
    return { type: MESSAGE_TYPE.FRAGMENT, body: fragmentCodec.encode(fragment) }
  }

  #newMessageId(): number {
    const id = this.#nextMessageId
    this.#nextMessageId = (id + 1) >>> 0
    return id
  }

  #hasRoomFor(octets: number, without: { readonly count: number; readonly octets: number }): boolean {
    const { maxOctets, maxMessages } = this.#options
    const { count, octets: waiting } = this.#lanes
    return waiting - without.octets + octets <= maxOctets && count - without.count < maxMessages
  }

  /** Makes room for a message, which there is below its priority; how many that took. */
  #pushOut(octets: number, priority: number): number {
    const before = this.#lanes.count
    while (!this.#hasRoomFor(octets, NOTHING)) {
      const last = this.#lanes.lastBelow(priority)
      if (last === null) break
      this.#remove(last)
    }
    return before - this.#lanes.count
  }

  #remove(waiting: WaitingMessage): void {
    this.#lanes.remove(waiting)
    this.#deadlines.remove(waiting)
  }

  #dropOverdue(): void {
    const before = this.#lanes.count
    if (this.#deadlines.first === null) return
    const now = this.#options.clock.monotonic()
    for (let next = this.#deadlines.first; next !== null && next.deadlineMs <= now; next = this.#deadlines.first)
      this.#remove(next)
    this.#dropped('deadline', before - this.#lanes.count)
  }

  /** The timer may fire early, for a message that has left: then it is set anew. That costs less than moving it with each one. */
  #watchDeadlines(): void {
    const next = this.#deadlines.first
    if (next === null) {
      this.#timer?.[Symbol.dispose]()
      this.#timer = null
    } else if (this.#timer === null || next.deadlineMs < this.#timerAtMs) {
      this.#setTimer(next.deadlineMs)
    }
  }

  #setTimer(atMs: number): void {
    const delayMs = atMs - this.#options.clock.monotonic()
    this.#timerAtMs = atMs
    if (this.#timer === null) this.#timer = this.#options.clock.setTimer(this.#whenDue, delayMs)
    else this.#timer.reset(delayMs)
  }

  readonly #whenDue = (): void => {
    this.#timerAtMs = Number.POSITIVE_INFINITY // it fired: whatever is next sets it anew
    this.#dropOverdue()
    this.#watchDeadlines()
  }

  #refuse(reason: SendDropReason): false {
    this.#watchDeadlines()
    this.#dropped(reason, 1)
    return false
  }

  #dropped(reason: SendDropReason, count: number): void {
    if (count > 0) this.#options.onDropped(reason, count)
  }
}

const NOTHING = { count: 0, octets: 0 }

function requireSendable({ type, body, priority, deadlineMs }: QueuedMessage): void {
  if (!Number.isInteger(type) || type < 1 || type > LAST_TYPE || type === MESSAGE_TYPE.FRAGMENT)
    throw new RangeError(`message type ${type} is no integer from 1 to ${LAST_TYPE}, or that of fragments`)
  if (body.byteLength > MAX_APPLICATION_BODY_OCTETS)
    throw new RangeError(`a body of ${body.byteLength} octets exceeds ${MAX_APPLICATION_BODY_OCTETS}`)
  if (!Number.isInteger(priority) || priority < LOWEST_PRIORITY || priority > HIGHEST_PRIORITY)
    throw new RangeError(`priority ${priority} is no integer from ${LOWEST_PRIORITY} to ${HIGHEST_PRIORITY}`)
  if (deadlineMs !== null && !Number.isFinite(deadlineMs)) throw new RangeError(`a deadline of ${deadlineMs} ms`)
}
