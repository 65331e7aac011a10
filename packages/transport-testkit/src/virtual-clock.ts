/** Time that moves only when a test says so. Timers fire in the order of their due times, equal ones as they were set. */
import type { Clock, Timer } from '@postern/transport-api'

interface Entry {
  due: number
  order: number
}

export class VirtualClock implements Clock {
  #now: number
  #elapsed = 0
  #order = 0
  readonly #running = new Map<Entry, () => void>()

  /** `now` is ms since the Unix epoch. */
  constructor(now = 1_800_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimer(fire: () => void, delayMs: number): Timer {
    const entry: Entry = { due: 0, order: 0 }
    let disposed = false
    const reset = (delay: number): void => {
      if (disposed) return
      this.#order += 1
      entry.due = this.#elapsed + Math.max(0, delay)
      entry.order = this.#order
      this.#running.set(entry, fire)
    }
    reset(delayMs)
    return {
      reset,
      [Symbol.dispose]: () => {
        disposed = true
        this.#running.delete(entry)
      },
    }
  }

  /** Timers that have neither fired nor been disposed of. */
  get pending(): number {
    return this.#running.size
  }

  /** Moves time on by `ms`, stopping at every timer that is due on the way. */
  advance(ms: number): void {
    const end = this.#elapsed + ms
    for (let next = this.#next(end); next !== null; next = this.#next(end)) {
      this.#moveTo(next.due)
      const fire = this.#running.get(next)!
      this.#running.delete(next)
      fire()
    }
    this.#moveTo(end)
  }

  #next(end: number): Entry | null {
    let next: Entry | null = null
    for (const entry of this.#running.keys()) {
      if (entry.due > end) continue
      if (next === null || entry.due < next.due || (entry.due === next.due && entry.order < next.order)) next = entry
    }
    return next
  }

  #moveTo(elapsed: number): void {
    this.#now += elapsed - this.#elapsed
    this.#elapsed = elapsed
  }
}
