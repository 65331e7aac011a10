/**
 * Carries one handshake message to a peer: the same octets to one address after the other, the cheapest first, until somebody
 * says that it arrived. The answer may come by any transport (DESIGN section 4).
 */
import { crc32, encodeMessage, type Helo, type MessageType } from '@postern/helo'
import type { Clock, Timer } from '@postern/transport-api'
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
  /** Every try failed, or its time is over. Called once, never from inside the constructor; not after `end`. */
  readonly onOver: () => void
}

export class Courier {
  readonly #options: CourierOptions
  readonly #paths: Path[] = []
  readonly #timers = new Set<Timer>()
  #body: Uint8Array
  #dialling = 0
  #isOver = false

  constructor(options: CourierOptions) {
    this.#options = options
    this.#body = options.body
  }

  /** Those that it was sent over, in the order of trying. */
  get paths(): readonly Path[] {
    return this.#paths
  }

  /** `sessions`: paths that are open already and stay open, to be tried before any address. Nothing is sent from inside a constructor. */
  start(sessions: readonly Path[]): void {
    for (const path of sessions) this.#send(path)
    const { candidates } = this.#options
    const fast = candidates.filter(({ carrier }) => !isSlowCarrier(carrier))
    const slow = candidates.filter(({ carrier }) => isSlowCarrier(carrier))
    for (const [at, candidate] of fast.entries()) this.#after(at * STAGGER_MS, () => this.#try(candidate))
    const wait = fast.length === 0 && sessions.length === 0 ? 0 : SLOW_STAGGER_MS
    for (const candidate of slow) this.#after(wait, () => this.#try(candidate))
    const slowest = Math.max(0, ...slow.map(({ carrier }) => carrier.transport.traits.maxLatencyMs))
    const lifeMs = slow.length === 0 ? FAST_LIFE_MS : FAST_LIFE_MS + SLOW_LATENCIES * slowest
    this.#after(lifeMs, () => this.#giveUp())
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
    for (const path of this.#paths) if (!kept.has(path)) path.close()
  }

  async #try(candidate: Candidate): Promise<void> {
    this.#dialling += 1
    const path = await this.#options.dial(candidate)
    this.#dialling -= 1
    if (path === null) return this.#lookForLife()
    if (this.#isOver) return path.close()
    this.#send(path)
  }

  #send(path: Path): void {
    this.#paths.push(path)
    this.#put(path)
    const { reliable } = path.carrier.transport.traits
    if (reliable || isSlowCarrier(path.carrier)) return
    let afterMs = 0
    for (const waitMs of REPEAT_AFTER_MS) {
      afterMs += waitMs
      this.#after(afterMs, () => this.#put(path))
    }
  }

  #put(path: Path): void {
    const msg = encodeMessage(this.#options.type, this.#body)
    path.send(msg, { isEncrypted: false, crc: crc32(msg) })
  }

  /** Nothing is under way and nothing will be: no need to wait for the end of its time. */
  #lookForLife(): void {
    const hasMore = this.#timers.size > 1 || this.#dialling > 0 || this.#paths.some(({ isClosed }) => !isClosed)
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
