/** The clock of one machine: while its lid is closed it stands still, its timers with it; the time of day jumps on afterwards. */
import type { Clock, Timer } from '@postern/transport-api'

export class HostClock implements Clock {
  readonly #outside: Clock
  /** Only what runs: it must stop when the machine does. */
  readonly #running = new Set<HostTimer>()
  /** For how long it stood still, all in all. */
  #sleptMs = 0
  /** null: it runs. */
  #asleep: { readonly sinceMs: number; readonly nowMs: number } | null = null

  constructor(outside: Clock) {
    this.#outside = outside
  }

  now(): number {
    return this.#asleep?.nowMs ?? this.#outside.now()
  }

  monotonic(): number {
    return (this.#asleep?.sinceMs ?? this.#outside.monotonic()) - this.#sleptMs
  }

  setTimer(fire: () => void, delayMs: number): Timer {
    return new HostTimer(this, fire, delayMs)
  }

  get isAsleep(): boolean {
    return this.#asleep !== null
  }

  suspend(): void {
    if (this.#asleep !== null) return
    for (const timer of this.#running) timer.stop()
    this.#asleep = { sinceMs: this.#outside.monotonic(), nowMs: this.#outside.now() }
  }

  resume(): void {
    if (this.#asleep === null) return
    this.#sleptMs += this.#outside.monotonic() - this.#asleep.sinceMs
    this.#asleep = null
    for (const timer of this.#running) timer.go()
  }

  /** @internal From now on `timer` stops when the machine does. */
  started(timer: HostTimer): void {
    this.#running.add(timer)
  }

  /** @internal */
  ended(timer: HostTimer): void {
    this.#running.delete(timer)
  }

  /** @internal */
  outsideTimer(fire: () => void, delayMs: number): Timer {
    return this.#outside.setTimer(fire, delayMs)
  }
}

/** Due by the machine's clock. */
class HostTimer implements Timer {
  readonly #clock: HostClock
  readonly #fire: () => void
  #dueMs = 0
  #timer: Timer | null = null
  #isDisposed = false

  constructor(clock: HostClock, fire: () => void, delayMs: number) {
    this.#clock = clock
    this.#fire = fire
    this.reset(delayMs)
  }

  reset(delayMs: number): void {
    if (this.#isDisposed) return
    this.#dueMs = this.#clock.monotonic() + Math.max(0, delayMs)
    this.#clock.started(this)
    if (!this.#clock.isAsleep) this.go()
  }

  /** The machine runs. */
  go(): void {
    const leftMs = this.#dueMs - this.#clock.monotonic()
    if (this.#timer !== null) return this.#timer.reset(leftMs)
    this.#timer = this.#clock.outsideTimer(() => {
      this.#clock.ended(this)
      this.#fire()
    }, leftMs)
  }

  /** The machine stands still. */
  stop(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.stop()
    this.#clock.ended(this)
  }
}
