/**
 * Who is at the far end of a path? Asks by CHALLENGE until somebody echoes it, or gives up. What was dialled is asked by itself, a few
 * times, as far as the validator pays; a source that only claims to be the peer is asked when it speaks, never more than it says.
 */
import { CHALLENGE_OCTETS } from '@postern/helo'
import type { Clock, RandomSource, Timer } from '@postern/transport-api'
import type { TokenBuckets } from '../peers/token-buckets.js'
import { isSame } from '../same-octets.js'
import { isSlowCarrier } from '../transports/carriers.js'
import type { Path } from './path.js'

/** There and back by mail, and some. */
const SLOW_LATENCIES = 3
/** Asked again after the first and the second wait; given up after the last. */
const AGAIN_MS: readonly number[] = [500, 1_500, 4_000]
/** A source that claims to be the peer is asked again when it speaks again after this, and forgotten after that. */
const SOURCE_AGAIN_MS = 500
const SOURCE_LIFE_MS = 10_000

export interface PathAskingOptions {
  readonly clock: Clock
  readonly random: RandomSource
  readonly path: Path
  /** Of all paths of the link: sources that may be asked. */
  readonly sources: TokenBuckets
  /** How much longer an answer may take than the trip there, ms: it may come by mail. */
  readonly returnMs: () => number
  /** May a place that nobody confirmed be asked (once more)? */
  readonly mayAsk: () => boolean
  readonly send: (challenge: Uint8Array) => void
  /** Nothing fast answers here; an answer may still come. */
  readonly onQuiet: () => void
  readonly onGaveUp: () => void
}

export class PathAsking {
  readonly #options: PathAskingOptions
  #timer: Timer | null = null
  #askedMs = Number.NEGATIVE_INFINITY
  #isQuiet = false
  /** What was answered last: it was asked more than once, and the others are answered, too. */
  #answered: Uint8Array | null = null

  constructor(options: PathAskingOptions) {
    this.#options = options
  }

  /** Begins to ask, unless it is asked already. */
  ask(): void {
    const { path, random, clock, send } = this.#options
    const isNew = path.challenge === null
    path.challenge ??= random.bytes(CHALLENGE_OCTETS)
    if (path.helo === null) {
      if (isNew) this.#timer = clock.setTimer(() => this.#giveUp(), SOURCE_LIFE_MS)
      return this.#askSource(path.challenge)
    }
    if (!isNew) return
    send(path.challenge)
    if (!isSlowCarrier(path.carrier)) return this.#again(0)
    this.#after(SLOW_LATENCIES * path.carrier.transport.traits.maxLatencyMs, () => this.#giveUp())
  }

  /** Nothing fast has answered; by mail it may take its time. */
  get isQuiet(): boolean {
    return this.#isQuiet
  }

  /** It is quiet, and may be asked once more: the same, for an answer to any copy will do. */
  askAgain(): void {
    const { path, send } = this.#options
    if (!this.#isQuiet || path.challenge === null) return
    this.#isQuiet = false
    send(path.challenge)
    this.#again(0)
  }

  isAnswer(answer: Uint8Array): boolean {
    const { challenge } = this.#options.path
    return challenge !== null && isSame(challenge, answer)
  }

  isRepeatedAnswer(answer: Uint8Array): boolean {
    return this.#answered !== null && isSame(this.#answered, answer)
  }

  /** It is answered, or over. */
  end(): void {
    this.#answered = this.#options.path.challenge ?? this.#answered
    this.#isQuiet = false
    this.#options.path.challenge = null
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }

  #askSource(challenge: Uint8Array): void {
    const { clock, sources, mayAsk, send } = this.#options
    const now = clock.monotonic()
    if (now - this.#askedMs < SOURCE_AGAIN_MS || !sources.take('') || !mayAsk()) return
    this.#askedMs = now
    send(challenge)
  }

  #again(round: number): void {
    const { path, mayAsk, send } = this.#options
    this.#after(AGAIN_MS[round]!, () => {
      if (path.challenge === null) return
      if (round === AGAIN_MS.length - 1) return this.#waitForMail()
      if (mayAsk()) send(path.challenge)
      this.#again(round + 1)
    })
  }

  #waitForMail(): void {
    const { returnMs, onQuiet } = this.#options
    const ms = returnMs()
    if (ms === 0) return this.#giveUp()
    this.#isQuiet = true
    this.#after(ms, () => this.#giveUp())
    onQuiet()
  }

  #giveUp(): void {
    if (!this.#options.path.isProven) this.#options.onGaveUp()
  }

  #after(ms: number, work: () => void): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#options.clock.setTimer(work, ms)
  }
}
