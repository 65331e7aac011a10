/** Time is handed in, so that a simulated day takes a second. This file and random.ts alone touch the ambient ones. */

/** A timer that is running, has fired, or was disposed of. */
export interface Timer extends Disposable {
  /** Starts it anew from now, also after it has fired; not after it was disposed of. */
  reset(delayMs: number): void
}

export interface Clock {
  /** ms since the Unix epoch: stamps that cross the wire. May jump. */
  now(): number
  /** ms from an arbitrary origin: durations. Never goes back. */
  monotonic(): number
  /** Calls `fire` once after `delayMs`. Keeps the process alive until it fires or is disposed of. */
  setTimer(fire: () => void, delayMs: number): Timer
}

/** Node cannot wait longer than this in one go; a longer delay fires early rather than at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

class SystemTimer implements Timer {
  readonly #fire: () => void
  #handle: NodeJS.Timeout
  #disposed = false

  constructor(fire: () => void, delayMs: number) {
    this.#fire = fire
    this.#handle = setTimeout(fire, Math.min(delayMs, MAX_DELAY_MS))
  }

  reset(delayMs: number): void {
    if (this.#disposed) return
    clearTimeout(this.#handle)
    this.#handle = setTimeout(this.#fire, Math.min(delayMs, MAX_DELAY_MS))
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    clearTimeout(this.#handle)
  }
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (fire, delayMs) => new SystemTimer(fire, delayMs),
}
