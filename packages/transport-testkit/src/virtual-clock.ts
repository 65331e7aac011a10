/** Time that moves only when a test says so. Timers fire in the order of their due times, equal ones as they were set. */
import type { Clock, Timer } from '@postern/transport-api'

/** One setting of a timer; a reset makes another, and the old one is passed over when its time comes. */
interface Entry {
  readonly due: number
  readonly order: number
  /** null: reset or disposed of since. */
  fire: (() => void) | null
}

export class VirtualClock implements Clock {
  #now: number
  #elapsed = 0
  #order = 0
  #pending = 0
  /** A binary heap, the next to fire first. */
  #heap: Entry[] = []

  /** `now` is ms since the Unix epoch. */
  constructor(now = 1_800_000_000_000) {
    this.#now = now
  }

  /** Whole milliseconds, as the machine's. */
  now(): number {
    return Math.floor(this.#now)
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimer(fire: () => void, delayMs: number): Timer {
    let isDisposed = false
    let entry = this.#set(fire, delayMs)
    return {
      reset: (delay) => {
        if (isDisposed) return
        this.#cancel(entry)
        entry = this.#set(fire, delay)
      },
      [Symbol.dispose]: () => {
        isDisposed = true
        this.#cancel(entry)
      },
    }
  }

  /** Timers that have neither fired nor been disposed of. */
  get pending(): number {
    return this.#pending
  }

  /** Moves time on by `ms`, stopping at every timer that is due on the way. Throws what a timer throws. */
  advance(ms: number): void {
    const end = this.#elapsed + ms
    let firedAtOnce = 0
    for (let next = this.#next(); next !== null && next.due <= end; next = this.#next()) {
      firedAtOnce = next.due > this.#elapsed ? 1 : firedAtOnce + 1
      if (firedAtOnce > MAX_FIRED_AT_ONCE)
        throw new Error(`${MAX_FIRED_AT_ONCE} timers fired at one time: one sets itself again and again without delay`)
      this.#moveTo(next.due)
      const { fire } = next
      this.#cancel(next)
      fire?.()
    }
    this.#moveTo(end)
  }

  /** Moves on to the next time a timer is due, and fires all that are due then; by `maxMs` when nothing is due before. */
  advanceToNext(maxMs: number): void {
    const next = this.#next()
    this.advance(next === null ? maxMs : Math.min(maxMs, next.due - this.#elapsed))
  }

  #set(fire: () => void, delayMs: number): Entry {
    this.#order += 1
    const entry: Entry = { due: this.#elapsed + Math.max(0, delayMs), order: this.#order, fire }
    this.#pending += 1
    push(this.#heap, entry)
    return entry
  }

  #cancel(entry: Entry): void {
    if (entry.fire === null) return
    entry.fire = null
    this.#pending -= 1
    if (this.#heap.length > 2 * this.#pending + ROOM_FOR_CANCELLED) this.#tidy()
  }

  /** The entry that fires next; cancelled ones before it are thrown away. */
  #next(): Entry | null {
    while (this.#heap.length > 0 && this.#heap[0]!.fire === null) pop(this.#heap)
    return this.#heap[0] ?? null
  }

  /** Timers that are reset again and again must not fill the heap. */
  #tidy(): void {
    const running = this.#heap.filter(({ fire }) => fire !== null)
    this.#heap = []
    for (const entry of running) push(this.#heap, entry)
  }

  #moveTo(elapsed: number): void {
    this.#now += elapsed - this.#elapsed
    this.#elapsed = elapsed
  }
}

const ROOM_FOR_CANCELLED = 1_000
/** Time would never move on. */
const MAX_FIRED_AT_ONCE = 1_000_000

const isBefore = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(entry, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = entry
}

/** Takes the first entry out. */
function pop(heap: Entry[]): void {
  const last = heap.pop()!
  if (heap.length === 0) return
  let at = 0
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
    if (!isBefore(heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
}
