/**
 * One direction of a datagram proxy: loss, corruption, duplication, reordering, then one queue for rate and delay, in that order.
 * Knows no socket. What becomes of the n-th datagram depends on the seed, on n and on the faults, not on when it came: every
 * datagram takes the same number of draws.
 */
import type { Clock, Timer } from '@postern/transport-api'
import type { SeededRandom } from '../seeded-random.js'
import { SAME_TIME_MS } from './proxy-target.js'
import { settleUdpFaults, type UdpLaneCounters, type UdpLaneFaults } from './udp-faults.js'

/** Where a client's datagrams go on; its identity tells the clients apart. */
export interface UdpOutlet {
  send(datagram: Buffer): void
}

interface Waiting {
  readonly outlet: UdpOutlet
  readonly datagram: Buffer
  /** By `monotonic`. */
  readonly dueMs: number
}

/** A datagram with the jitter it drew. */
interface Copy {
  readonly datagram: Buffer
  readonly extraMs: number
}

interface Held {
  readonly copies: readonly Copy[]
  readonly timer: Timer
}

/** What waits in a lane at most, whatever its faults: half a second of a fast sender. */
const MAX_WAITING_DATAGRAMS = 4_096
const MAX_WAITING_OCTETS: number = 16 * 1_048_576

export class UdpLane {
  readonly counters: { -readonly [name in keyof UdpLaneCounters]: number } = {
    arrived: 0,
    forwarded: 0,
    failed: 0,
    lost: 0,
    corrupted: 0,
    duplicated: 0,
    reordered: 0,
    delayed: 0,
    overflowed: 0,
  }
  readonly #clock: Clock
  readonly #random: SeededRandom
  #faults: Required<UdpLaneFaults> = settleUdpFaults()
  readonly #held = new Map<UdpOutlet, Held>()
  /** In the order of arrival, which is that of the due times. */
  readonly #queue: Waiting[] = []
  #queuedOctets = 0
  /** When the rate lets the next octet through, and when the last datagram is due. By `monotonic`. */
  #freeAtMs = 0
  #lastDueMs = 0
  #timer: Timer | null = null

  constructor(clock: Clock, random: SeededRandom) {
    this.#clock = clock
    this.#random = random
  }

  /** What waits keeps the time it was given, and nothing passes it; the new rate starts with an empty queue. */
  set faults(faults: Required<UdpLaneFaults>) {
    this.#faults = faults
    this.#freeAtMs = 0
  }

  /** `datagram` belongs to the lane from now on. */
  pass(outlet: UdpOutlet, datagram: Buffer): void {
    const { lossChance, corruptChance, duplicateChance, reorderChance } = this.#faults
    const isLost = this.#random.chance(lossChance)
    const isCorrupted = this.#random.chance(corruptChance)
    const bit = Math.floor(this.#random.uniform() * datagram.length * 8)
    const isDuplicated = this.#random.chance(duplicateChance)
    const isHeld = this.#random.chance(reorderChance)
    const copy = { datagram, extraMs: this.#random.uniform() * this.#faults.jitterMs }
    const second = { datagram, extraMs: this.#random.uniform() * this.#faults.jitterMs }
    this.counters.arrived += 1
    if (isLost) {
      this.counters.lost += 1
      return
    }
    if (isCorrupted && datagram.length > 0) {
      this.counters.corrupted += 1
      datagram[bit >> 3]! ^= 1 << (bit & 7)
    }
    if (isDuplicated) this.counters.duplicated += 1
    const copies = isDuplicated ? [copy, second] : [copy]
    const held = this.#held.has(outlet)
    if (isHeld && !held) return this.#hold(outlet, copies)
    for (const one of copies) this.#enqueue(outlet, one)
    if (!held) return
    this.counters.reordered += 1
    this.#release(outlet)
  }

  /** Forgets all that waits. */
  close(): void {
    for (const { timer } of this.#held.values()) timer[Symbol.dispose]()
    this.#held.clear()
    this.#queue.length = 0
    this.#timer?.[Symbol.dispose]()
  }

  #hold(outlet: UdpOutlet, copies: readonly Copy[]): void {
    const timer = this.#clock.setTimer(() => this.#release(outlet), this.#faults.reorderHoldMs)
    this.#held.set(outlet, { copies, timer })
  }

  #release(outlet: UdpOutlet): void {
    const { copies, timer } = this.#held.get(outlet)!
    timer[Symbol.dispose]()
    this.#held.delete(outlet)
    for (const one of copies) this.#enqueue(outlet, one)
  }

  #enqueue(outlet: UdpOutlet, { datagram, extraMs }: Copy): void {
    const { rateOctetsPerSecond: rate, queueOctets, delayMs } = this.#faults
    const nowMs = this.#clock.monotonic()
    const startMs = Math.max(nowMs, this.#freeAtMs)
    const backlogOctets = startMs > nowMs ? ((startMs - nowMs) * rate) / 1_000 : 0
    const overflows = backlogOctets > 0 && backlogOctets + datagram.length > queueOctets
    const isFull =
      this.#queue.length >= MAX_WAITING_DATAGRAMS || this.#queuedOctets + datagram.length > MAX_WAITING_OCTETS
    if (overflows || isFull) {
      this.counters.overflowed += 1
      return
    }
    const freeAtMs = startMs + (datagram.length * 1_000) / rate
    if (rate < Number.POSITIVE_INFINITY) this.#freeAtMs = freeAtMs
    const dueMs = Math.max(freeAtMs + delayMs + extraMs, this.#lastDueMs)
    this.#lastDueMs = dueMs
    if (this.#queue.length === 0 && dueMs <= nowMs + SAME_TIME_MS) return this.#forward(outlet, datagram)
    this.counters.delayed += 1
    this.#queue.push({ outlet, datagram, dueMs })
    this.#queuedOctets += datagram.length
    if (this.#queue.length === 1) this.#arm(dueMs - nowMs)
  }

  #arm(delayMs: number): void {
    if (this.#timer === null) this.#timer = this.#clock.setTimer(() => this.#fire(), delayMs)
    else this.#timer.reset(delayMs)
  }

  #fire(): void {
    const nowMs = this.#clock.monotonic()
    let due = 0
    while (due < this.#queue.length && this.#queue[due]!.dueMs <= nowMs + SAME_TIME_MS) due += 1
    for (const { outlet, datagram } of this.#queue.splice(0, due)) {
      this.#queuedOctets -= datagram.length
      this.#forward(outlet, datagram)
    }
    if (this.#queue.length > 0) this.#arm(this.#queue[0]!.dueMs - nowMs)
  }

  #forward(outlet: UdpOutlet, datagram: Buffer): void {
    this.counters.forwarded += 1
    outlet.send(datagram)
  }
}
