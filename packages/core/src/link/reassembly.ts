/**
 * Messages put together from their fragments (DESIGN section 4, "Packing and fragmentation"; PROTOCOL.md section 9). Parts come
 * in any order, over any path, more than once. Never asks for what is missing: it is waited for, and then given up.
 *
 * A message that is over, for whatever reason, is remembered: late parts of it neither deliver it twice nor take room again.
 */
import type { Fragment, MessageType } from '@postern/helo'
import type { Clock, Timer } from '@postern/transport-api'
import { MAX_ENDED_MESSAGES } from '../limits.js'
import { PartialMessage } from './partial-message.js'

export type ReassemblyDropReason = 'reassembly-timeout' | 'reassembly-full'

export interface ReassemblyLimits {
  /** Octets of incomplete messages, each counted as large as it says to become. Memory is taken as parts come, at most twice that. */
  readonly maxOctets: number
  /** Incomplete messages. */
  readonly maxMessages: number
  /** How long nothing new may come of a message, and how long one that is over is remembered: what the slowest path may take. */
  readonly timeoutMs: number
}

export interface ReassemblyOptions {
  readonly clock: Clock
  readonly limits: ReassemblyLimits
  /** `count` is at least 1. May call back: everything is in order when this is called. */
  readonly onDropped: (reason: ReassemblyDropReason, count: number) => void
}

export interface ReassembledMessage {
  readonly type: MessageType
  /** The caller's own. */
  readonly body: Uint8Array
}

/**
 * `incomplete`: wait. `inconsistent`: this part contradicts another, and the message is over; said once. `ignored`: it is over
 * already, or too large for us.
 */
export type ReassemblyOutcome = ReassembledMessage | 'incomplete' | 'inconsistent' | 'ignored'

export class Reassembly {
  readonly #options: ReassemblyOptions
  /** The one that got nothing new for the longest time first. */
  readonly #incomplete = new Map<number, PartialMessage>()
  /** When those that are over ended, the earliest first. */
  readonly #ended = new Map<number, number>()
  #octets = 0
  /** Runs while there is something to forget. */
  #timer: Timer | null = null
  #isClosed = false

  constructor(options: ReassemblyOptions) {
    this.#options = options
  }

  /** `fragment` is one that the codec let through; its part is borrowed. */
  add(fragment: Fragment): ReassemblyOutcome {
    const { messageId, type, total, part } = fragment
    if (this.#isClosed || this.#ended.has(messageId)) return 'ignored'
    const known = this.#incomplete.get(messageId)
    if (known !== undefined) return this.#addTo(known, fragment)
    if (part.byteLength === total) {
      this.#end(messageId)
      return { type, body: new Uint8Array(part) } // not slice: that of a Buffer would be a view
    }
    return this.#begin(fragment)
  }

  /** Nothing of it remains, and nothing is kept any more. What was incomplete is not counted: the link is over. */
  close(): void {
    this.#isClosed = true
    this.#incomplete.clear()
    this.#ended.clear()
    this.#octets = 0
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }

  #begin(fragment: Fragment): ReassemblyOutcome {
    const { messageId, total } = fragment
    const { maxOctets, maxMessages } = this.#options.limits
    if (total > maxOctets || maxMessages < 1) {
      this.#end(messageId)
      this.#dropped('reassembly-full', 1)
      return 'ignored'
    }
    const evicted = this.#makeRoom(total)
    const message = new PartialMessage(fragment)
    this.#octets += total
    const outcome = this.#addTo(message, fragment)
    this.#dropped('reassembly-full', evicted)
    return outcome
  }

  #addTo(message: PartialMessage, fragment: Fragment): ReassemblyOutcome {
    const { messageId } = fragment
    const news = message.add(fragment)
    if (news === 'inconsistent' || message.isComplete) {
      this.#octets -= message.total
      this.#end(messageId)
      return news === 'inconsistent' ? news : { type: message.type, body: message.join() }
    }
    if (news === 'new') {
      message.touchedMs = this.#options.clock.monotonic()
      this.#incomplete.delete(messageId)
      this.#incomplete.set(messageId, message)
      this.#watch()
    }
    return 'incomplete'
  }

  /** How many were given up for it. */
  #makeRoom(octets: number): number {
    const { maxOctets, maxMessages } = this.#options.limits
    let evicted = 0
    for (const [messageId, message] of this.#incomplete) {
      if (this.#octets + octets <= maxOctets && this.#incomplete.size < maxMessages) break
      this.#giveUp(messageId, message)
      evicted += 1
    }
    return evicted
  }

  #giveUp(messageId: number, message: PartialMessage): void {
    this.#octets -= message.total
    this.#end(messageId)
  }

  /** From now on its parts are ignored. */
  #end(messageId: number): void {
    this.#incomplete.delete(messageId)
    if (this.#ended.size >= MAX_ENDED_MESSAGES) this.#forgetEarliest()
    this.#ended.set(messageId, this.#options.clock.monotonic())
    this.#watch()
  }

  #forgetEarliest(): void {
    const [messageId] = this.#ended.keys()
    if (messageId !== undefined) this.#ended.delete(messageId)
  }

  /** What is set later is also due later, so a timer that runs need not be touched. */
  #watch(): void {
    this.#timer ??= this.#options.clock.setTimer(this.#whenDue, this.#options.limits.timeoutMs)
  }

  readonly #whenDue = (): void => {
    const now = this.#options.clock.monotonic()
    const givenUp = this.#giveUpSilent(now)
    for (const [messageId, endedMs] of this.#ended) {
      if (!this.#isDue(endedMs, now)) break
      this.#ended.delete(messageId)
    }
    this.#watchOn(now)
    this.#dropped('reassembly-timeout', givenUp)
  }

  /** How many that were. */
  #giveUpSilent(now: number): number {
    let givenUp = 0
    for (const [messageId, message] of this.#incomplete) {
      if (!this.#isDue(message.touchedMs, now)) break
      this.#giveUp(messageId, message)
      givenUp += 1
    }
    return givenUp
  }

  #watchOn(now: number): void {
    const [oldest] = this.#incomplete.values()
    const [earliestEnd] = this.#ended.values()
    const since = Math.min(oldest?.touchedMs ?? Number.POSITIVE_INFINITY, earliestEnd ?? Number.POSITIVE_INFINITY)
    if (Number.isFinite(since)) {
      this.#timer?.reset(since + this.#options.limits.timeoutMs - now)
    } else {
      this.#timer?.[Symbol.dispose]()
      this.#timer = null
    }
  }

  #isDue(sinceMs: number, now: number): boolean {
    return sinceMs + this.#options.limits.timeoutMs <= now
  }

  #dropped(reason: ReassemblyDropReason, count: number): void {
    if (count > 0) this.#options.onDropped(reason, count)
  }
}
