/**
 * Is a path alive? While it is in use something leaves by it every half of its idle time, and whatever left and was not reported in
 * time is a keep-alive that was not answered. Three of these are its death (DESIGN section 4, ADR 0004). Says so, and decides nothing.
 */
import type { Clock, Timer } from '@postern/transport-api'
import { isSlowCarrier } from '../transports/carriers.js'
import type { Path } from './path.js'

/** DESIGN section 4. */
const MISSES_UNTIL_DEATH = 3
/** Before that, a path that another one could replace is passed over. */
export const MISSES_UNTIL_DOUBT = 2
/** A fast path that was silent for less may have been disturbed by a lift or a roaming phone. */
const LEAST_SILENCE_MS = 6_000
/** The peer waits 25 ms for more to report, its timers and ours are late. */
const ANSWER_EXTRA_MS = 150
const FIRST_WAIT_MS = 1_000
/** A stream repeats what was lost by itself, which takes as long. */
const FIRST_STREAM_WAIT_MS = 2_000
/** A timer so late has been asleep with its machine: whoever was to answer may have done so in vain. */
const ASLEEP_MS = 5_000
/** While a path is given its last chance it is asked so often: what disturbed it may be over. */
const LAST_CHANCE_EVERY_MS = 1_000
/** Between keep-alives of one try: each is answered by a REPORT of its own, which may be lost, too. */
const SPACING_MS = 60

export interface PathWatchOptions {
  readonly clock: Clock
  readonly path: Path
  /** How often something is to leave by it, ms; null: it need not be kept alive. */
  readonly everyMs: () => number | null
  /** Sends an empty frame. */
  readonly keepAlive: () => void
  /** One more was not answered: so many in a row. */
  readonly onMissed: (misses: number) => void
  readonly onDead: () => void
}

export class PathWatch {
  readonly #options: PathWatchOptions
  #timer: Timer | null = null
  #more: Timer | null = null
  #lastChance: Timer | null = null
  #dueMs = 0
  #misses = 0
  #lastMissMs = Number.NEGATIVE_INFINITY
  #silentSinceMs = Number.NEGATIVE_INFINITY
  #isOver = false

  constructor(options: PathWatchOptions) {
    this.#options = options
  }

  /** Keep-alives in a row that nobody answered. */
  get misses(): number {
    return this.#misses
  }

  /** Something left, or the path came into use. Cheap when a timer runs already. */
  look(): void {
    if (this.#isOver || isSlowCarrier(this.#options.path.carrier)) return
    const due = this.#due()
    if (due !== null && (this.#timer === null || due < this.#dueMs)) this.#arm(due)
  }

  /** A frame that left then was named by the peer. One from before the silence says nothing about it. */
  answered(sentMs: number): void {
    if (sentMs >= this.#silentSinceMs) this.#misses = 0
  }

  end(): void {
    this.#isOver = true
    this.#more?.[Symbol.dispose]()
    this.#lastChance?.[Symbol.dispose]()
    this.#rest()
  }

  /** Monotonic ms; null: there is nothing to wait for. */
  #due(): number | null {
    const { path, everyMs } = this.#options
    const { unansweredSinceMs, lastAskedMs } = path.measure
    if (unansweredSinceMs !== null) return Math.max(unansweredSinceMs, this.#lastMissMs) + this.#waitMs()
    if (this.#misses > 0) return this.#lastMissMs + this.#waitMs()
    const intervalMs = everyMs()
    return intervalMs === null ? null : Math.max(lastAskedMs, path.openedMs) + intervalMs
  }

  /** How long the next answer may take, ms: a usual trip and some, then twice as long, and again; with the way back where that is slow. */
  #waitMs(): number {
    const { path } = this.#options
    const { reliable, maxLatencyMs } = path.carrier.transport.traits
    const usualMs = path.measure.usualMs ?? (reliable ? FIRST_STREAM_WAIT_MS : FIRST_WAIT_MS)
    const least = reliable ? FIRST_WAIT_MS : 0
    const onceMs = Math.max(least, Math.min(usualMs + ANSWER_EXTRA_MS, maxLatencyMs))
    const doubledMs = onceMs * 2 ** this.#misses
    const isLast = this.#misses === MISSES_UNTIL_DEATH - 1
    return (isLast ? Math.max(doubledMs, LEAST_SILENCE_MS - 3 * onceMs) : doubledMs) + path.returnMs
  }

  #arm(dueMs: number): void {
    const { clock } = this.#options
    this.#dueMs = dueMs
    const delayMs = Math.max(0, dueMs - clock.monotonic())
    if (this.#timer === null) this.#timer = clock.setTimer(() => this.#fired(), delayMs)
    else this.#timer.reset(delayMs)
  }

  #fired(): void {
    const { clock, path } = this.#options
    const now = clock.monotonic()
    const lateMs = now - this.#dueMs
    this.#dueMs = Number.POSITIVE_INFINITY
    const due = this.#due()
    if (due === null) return this.#rest()
    if (due > now) return this.#arm(due)
    if (path.measure.unansweredSinceMs !== null && lateMs > ASLEEP_MS) this.#wokeUp(now)
    else if (path.measure.unansweredSinceMs !== null) this.#missed(now)
    else this.#ask(now)
    if (this.#isOver) return
    const next = this.#due()
    if (next === null) this.#rest()
    else this.#arm(Math.max(next, now + 1))
  }

  /** A keep-alive that its transport does not take is as good as one that nobody answers. */
  #ask(nowMs: number): void {
    this.#keepAlive(1)
    const { measure } = this.#options.path
    if (!this.#isOver && measure.unansweredSinceMs === null && measure.lastAskedMs < nowMs) this.#missed(nowMs)
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }

  #wokeUp(nowMs: number): void {
    this.#lastMissMs = nowMs
    this.#keepAlive(1)
  }

  #keepAlive(frames: number): void {
    this.#options.keepAlive()
    this.#more?.[Symbol.dispose]()
    this.#more = null
    if (frames > 1) this.#more = this.#options.clock.setTimer(() => this.#keepAlive(frames - 1), SPACING_MS)
  }

  /** More of them each time: one of them gets through where a third is lost. */
  #missed(nowMs: number): void {
    if (this.#misses === 0) this.#silentSinceMs = this.#options.path.measure.unansweredSinceMs ?? nowMs
    this.#misses += 1
    this.#lastMissMs = nowMs
    if (this.#misses >= MISSES_UNTIL_DEATH) return this.#options.onDead()
    this.#keepAlive(this.#misses)
    if (this.#misses === MISSES_UNTIL_DEATH - 1) this.#askAgain()
    this.#options.onMissed(this.#misses)
  }

  #askAgain(): void {
    this.#lastChance?.[Symbol.dispose]()
    this.#lastChance = this.#options.clock.setTimer(() => {
      if (this.#isOver || this.#misses < MISSES_UNTIL_DEATH - 1) return
      this.#options.keepAlive()
      this.#askAgain()
    }, LAST_CHANCE_EVERY_MS)
  }
}
