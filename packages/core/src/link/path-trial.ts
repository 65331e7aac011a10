/**
 * A path that is passed over carries no data that would show that it is well again. So it is tried with a train of empty frames, after
 * longer and longer. Judges nothing: the measure does.
 */
import type { Clock, Timer } from '@postern/transport-api'
import { TRAIN_FRAMES } from './path-measure.js'

const FIRST_AFTER_MS = 10_000
const MOST_AFTER_MS = 600_000
/** One train of 32 takes 0.6 s and 10 kbit/s: a burst would measure the queues on its way. */
const FRAME_EVERY_MS = 20
/** Well for so long: the next fault is a new one. */
const FORGIVEN_AFTER_MS = 600_000

export interface PathTrialOptions {
  readonly clock: Clock
  readonly beginTrain: () => void
  /** Sends one empty frame. */
  readonly probe: () => void
}

export class PathTrial {
  readonly #options: PathTrialOptions
  #timer: Timer | null = null
  #afterMs = FIRST_AFTER_MS
  #wellSinceMs: number | null = null

  constructor(options: PathTrialOptions) {
    this.#options = options
  }

  /** Monotonic; null: no train is to come. */
  nextMs: number | null = null

  /** Is it passed over now? To be said again and again. */
  needed(isNeeded: boolean): void {
    const now = this.#options.clock.monotonic()
    if (!isNeeded) {
      this.#wellSinceMs ??= now
      return this.end()
    }
    if (this.#wellSinceMs !== null && now - this.#wellSinceMs >= FORGIVEN_AFTER_MS) this.#afterMs = FIRST_AFTER_MS
    this.#wellSinceMs = null
    if (this.#timer === null) this.#later()
  }

  end(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    this.nextMs = null
  }

  #later(): void {
    const { clock, beginTrain } = this.#options
    this.nextMs = clock.monotonic() + this.#afterMs
    this.#timer = clock.setTimer(() => {
      beginTrain()
      this.#frame(TRAIN_FRAMES)
    }, this.#afterMs)
    this.#afterMs = Math.min(2 * this.#afterMs, MOST_AFTER_MS)
  }

  #frame(left: number): void {
    const { clock, probe } = this.#options
    probe()
    if (this.#timer === null) return // it took the path's end
    this.#timer = left > 1 ? clock.setTimer(() => this.#frame(left - 1), FRAME_EVERY_MS) : null
    if (left === 1) this.#later()
  }
}
