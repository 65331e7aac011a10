/**
 * What waits, by priority and then by arrival. A lane is a linked list, for messages leave from its front, are pushed out from
 * its back, and miss their deadlines anywhere between; all of it takes the same time however many wait.
 */
import type { WaitingMessage } from './waiting-message.js'

interface Lane {
  readonly priority: number
  first: WaitingMessage | null
  last: WaitingMessage | null
  count: number
  octets: number
}

export class PriorityLanes {
  /** Highest priority first. Empty ones stay: there are no more than priorities. */
  readonly #lanes: Lane[] = []
  readonly #laneOf = new Map<number, Lane>()
  #count = 0
  #octets = 0

  get count(): number {
    return this.#count
  }

  /** Of bodies; one that is partly sent counts whole, for it is kept whole. */
  get octets(): number {
    return this.#octets
  }

  push(waiting: WaitingMessage): void {
    const lane = this.#laneOf.get(waiting.priority) ?? this.#addLane(waiting.priority)
    waiting.isWaiting = true
    waiting.before = lane.last
    if (lane.last === null) lane.first = waiting
    else lane.last.behind = waiting
    lane.last = waiting
    this.#account(lane, 1, waiting.octets)
  }

  /** False: it does not wait. */
  remove(waiting: WaitingMessage): boolean {
    const lane = this.#laneOf.get(waiting.priority)
    if (lane === undefined || !waiting.isWaiting) return false
    const { before, behind } = waiting
    if (before === null) lane.first = behind
    else before.behind = behind
    if (behind === null) lane.last = before
    else behind.before = before
    waiting.isWaiting = false
    waiting.before = null
    waiting.behind = null
    this.#account(lane, -1, -waiting.octets)
    return true
  }

  /** In the order they leave. The one just given may be removed on the way. */
  *[Symbol.iterator](): Generator<WaitingMessage, void> {
    for (const lane of this.#lanes) {
      for (let waiting = lane.first; waiting !== null; ) {
        const next = waiting.behind
        yield waiting
        waiting = next
      }
    }
  }

  /** What a message of `priority` may push out. */
  below(priority: number): { readonly count: number; readonly octets: number } {
    let count = 0
    let octets = 0
    for (const lane of this.#lanes) {
      if (lane.priority >= priority) continue
      count += lane.count
      octets += lane.octets
    }
    return { count, octets }
  }

  /** The first to be pushed out: of the lowest priority the one that came last; null: none has less than `priority`. */
  lastBelow(priority: number): WaitingMessage | null {
    const lane = this.#lanes.findLast(({ last }) => last !== null)
    return lane !== undefined && lane.priority < priority ? lane.last : null
  }

  #addLane(priority: number): Lane {
    const lane: Lane = { priority, first: null, last: null, count: 0, octets: 0 }
    this.#laneOf.set(priority, lane)
    this.#lanes.push(lane)
    this.#lanes.sort((a, b) => b.priority - a.priority)
    return lane
  }

  #account(lane: Lane, count: number, octets: number): void {
    lane.count += count
    lane.octets += octets
    this.#count += count
    this.#octets += octets
  }
}
