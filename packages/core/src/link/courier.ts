/**
 * Carries one handshake message to a peer: the same octets to one address after the other, the cheapest first, until somebody
 * says that it arrived. The answer may come by any transport (DESIGN section 4).
 */
import type { Helo, MessageType } from '@postern/helo'
import type { Clock, Timer } from '@postern/transport-api'
import { clearMessage } from '../messages/clear-message.js'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import type { Path } from './path.js'

/** Between the first tries of two addresses: one that answers at once shall not be outrun by one that is dearer. */
const STAGGER_MS = 250
/** Before the first try of an address as slow as mail, when there are others. */
const SLOW_STAGGER_MS = 3_000
/** Of a datagram: DESIGN section 4 allows three until the address is confirmed. */
const REPEAT_AFTER_MS: readonly number[] = [1_000, 2_000]
/** After that nobody answers any more, unless by mail. */
const FAST_LIFE_MS = 15_000
/** There and back, and some. */
const SLOW_LATENCIES = 3

export interface Candidate {
  readonly helo: Helo
  readonly carrier: Carrier
}

export interface CourierOptions {
  readonly clock: Clock
  readonly type: MessageType
  readonly body: Uint8Array
  readonly candidates: readonly Candidate[]
  /** A session to the address; null: it failed, or may not be dialled now. */
  readonly dial: (candidate: Candidate) => Promise<Path | null>
  /** May the message go out once more to an address that nobody has confirmed? Asked each time, for it has a price. */
  readonly mayRepeat: (helo: Helo) => boolean
  /** It goes out over a second path. Called once, before that. */
  readonly onSpread: () => void
  /** Whoever could have answered at once has not; an answer by mail may still come. Called once, and only where mail was tried. */
  readonly onQuiet: () => void
  /** Every try failed, or its time is over. Called once, never from inside the constructor; not after `end`. */
  readonly onOver: () => void
}

export class Courier {
  readonly #options: CourierOptions
  readonly #paths: Path[] = []
  /** Of these, those that are ours to close. */
  readonly #dialled = new Set<Path>()
  readonly #timers = new Set<Timer>()
  #body: Uint8Array
  /** Tries and repetitions that are still to come, and dials under way. */
  #toCome = 0
  #hasLeft = false
  #isOver = false

  constructor(options: CourierOptions) {
    this.#options = options
    this.#body = options.body
  }

  /** Those that it was sent over, in the order of trying. */
  get paths(): readonly Path[] {
    return this.#paths
  }

  /** Did any transport take it? */
  get hasLeft(): boolean {
    return this.#hasLeft
  }

  /** `sessions`: paths that are open already and stay open, to be tried before any address. Nothing is sent from inside a constructor. */
  start(sessions: readonly Path[]): void {
    for (const path of sessions) this.#send(path)
    const { candidates } = this.#options
    const fast = candidates.filter(({ carrier }) => !isSlowCarrier(carrier))
    const slow = candidates.filter(({ carrier }) => isSlowCarrier(carrier))
    this.#toCome = candidates.length
    for (const [at, candidate] of fast.entries()) this.#after(at * STAGGER_MS, () => this.#try(candidate))
    const isSlowOnly = fast.length === 0 && sessions.every(({ carrier }) => isSlowCarrier(carrier))
    const wait = isSlowOnly ? 0 : SLOW_STAGGER_MS
    for (const candidate of slow) this.#after(wait, () => this.#try(candidate))
    const late = [...slow, ...sessions].map(({ carrier }) => carrier).filter(isSlowCarrier)
    if (late.length === 0) return this.#after(FAST_LIFE_MS, () => this.#giveUp())
    const slowest = Math.max(...late.map(({ transport }) => transport.traits.maxLatencyMs))
    this.#after(FAST_LIFE_MS, () => this.#options.onQuiet())
    this.#after(FAST_LIFE_MS + SLOW_LATENCIES * slowest, () => this.#giveUp())
  }

  /** From now on `body` is what goes out, now over `path` or the first that is open. */
  replace(body: Uint8Array, path: Path | null): void {
    if (this.#isOver) return
    this.#body = body
    const over = path ?? this.#paths.find(({ isClosed }) => !isClosed)
    if (over !== undefined) this.#put(over)
  }

  /** It arrived, or is not wanted any more. Paths that are not kept are closed. Idempotent. */
  end(kept: ReadonlySet<Path> = new Set()): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) timer[Symbol.dispose]()
    this.#timers.clear()
    for (const path of this.#dialled) if (!kept.has(path)) path.close()
  }

  async #try(candidate: Candidate): Promise<void> {
    const path = await this.#options.dial(candidate)
    this.#toCome -= 1
    if (path === null) return this.#lookForLife()
    if (this.#isOver) return path.close()
    this.#dialled.add(path)
    this.#send(path)
  }

  #send(path: Path): void {
    this.#paths.push(path)
    if (this.#paths.length === 2) this.#options.onSpread()
    this.#put(path)
    const { reliable } = path.carrier.transport.traits
    if (reliable || isSlowCarrier(path.carrier)) return
    let afterMs = 0
    for (const waitMs of REPEAT_AFTER_MS) {
      afterMs += waitMs
      this.#after(afterMs, () => {
        if (path.helo === null || this.#options.mayRepeat(path.helo)) this.#put(path)
      })
    }
  }

  #put(path: Path): void {
    if (path.send(clearMessage(this.#options.type, this.#body))) this.#hasLeft = true
  }

  /** Nothing is under way and nothing will be: no need to wait for the end of its time. */
  #lookForLife(): void {
    const hasMore = this.#toCome > 0 || this.#paths.some(({ isClosed }) => !isClosed)
    if (!hasMore) this.#giveUp()
  }

  #giveUp(): void {
    if (this.#isOver) return
    this.end()
    this.#options.onOver()
  }

  #after(ms: number, work: () => unknown): void {
    const timer = this.#options.clock.setTimer(() => {
      this.#timers.delete(timer)
      if (!this.#isOver) void work()
    }, ms)
    this.#timers.add(timer)
  }
}
