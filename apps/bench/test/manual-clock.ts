/** A clock that stands still until it is told to go on. */
import type { Clock, Timer } from '@postern/transport-api'

interface Pending {
  due: number
  readonly fire: () => void
}

export class ManualClock implements Clock {
  #ms = 0
  readonly #pending = new Set<Pending>()

  now(): number {
    return this.#ms
  }

  monotonic(): number {
    return this.#ms
  }

  get timers(): number {
    return this.#pending.size
  }

  setTimer(fire: () => void, delayMs: number): Timer {
    const pending: Pending = { due: this.#ms + delayMs, fire }
    this.#pending.add(pending)
    return {
      reset: (again) => {
        pending.due = this.#ms + again
        this.#pending.add(pending)
      },
      [Symbol.dispose]: () => void this.#pending.delete(pending),
    }
  }

  pass(ms: number): void {
    this.#ms += ms
    for (const pending of this.#pending) {
      if (pending.due > this.#ms) continue
      this.#pending.delete(pending)
      pending.fire()
    }
  }
}
