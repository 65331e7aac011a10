/**
 * How large a frame gets through? A datagram path may swallow large ones in silence. It begins with what a first message takes, and
 * is asked for more by a CHALLENGE that is padded to the full size (RFC 8899 in small: two sizes are enough).
 */
import { CHALLENGE_OCTETS, FIRST_MESSAGE_DATAGRAM_OCTETS } from '@postern/helo'
import type { Clock, RandomSource, Timer } from '@postern/transport-api'
import { isSame } from '../same-octets.js'
import type { Path } from './path.js'

/** Two may be lost. */
const TRIES = 3
const TRY_AGAIN_MS = 1_000
/** A route changes now and then. */
const FIRST_LATER_MS = 30_000
const MOST_LATER_MS = 600_000

export interface PathMtuOptions {
  readonly clock: Clock
  readonly random: RandomSource
  readonly path: Path
  /** Sends `challenge` in a frame that fills `octets` of a transport message. */
  readonly send: (challenge: Uint8Array, octets: number) => void
  readonly onRaised: () => void
}

export class PathMtu {
  readonly #options: PathMtuOptions
  #challenge: Uint8Array | null = null
  #timer: Timer | null = null
  #laterMs = FIRST_LATER_MS
  #isOver = false

  constructor(options: PathMtuOptions) {
    this.#options = options
  }

  /** Asks, unless it is known already or being asked. The far end is proven to be the peer. */
  ask(): void {
    const { path, random } = this.#options
    if (this.#isOver || this.#challenge !== null || path.provenMtu >= path.mtu) return
    this.#challenge = random.bytes(CHALLENGE_OCTETS)
    this.#try(1)
  }

  /** False: it is no answer to what was asked here. */
  echoed(answer: Uint8Array): boolean {
    if (this.#challenge === null || !isSame(this.#challenge, answer)) return false
    this.#challenge = null
    const { path, onRaised } = this.#options
    path.provenMtu = path.mtu
    this.#laterMs = FIRST_LATER_MS
    this.#rest()
    onRaised()
    return true
  }

  /** Frames got lost: perhaps the large ones. It is asked again after longer and longer. */
  fallBack(): void {
    const { path } = this.#options
    if (this.#isOver || !path.isDatagram || path.provenMtu <= FIRST_MESSAGE_DATAGRAM_OCTETS) return
    path.provenMtu = FIRST_MESSAGE_DATAGRAM_OCTETS
    this.#later()
  }

  end(): void {
    this.#isOver = true
    this.#rest()
  }

  #try(times: number): void {
    const { path, send } = this.#options
    if (this.#challenge === null || path.isClosed) return
    if (times > TRIES) return this.#later()
    send(this.#challenge, path.mtu)
    this.#after(TRY_AGAIN_MS, () => this.#try(times + 1))
  }

  #later(): void {
    this.#challenge = null
    this.#after(this.#laterMs, () => this.ask())
    this.#laterMs = Math.min(2 * this.#laterMs, MOST_LATER_MS)
  }

  #after(ms: number, work: () => void): void {
    this.#rest()
    this.#timer = this.#options.clock.setTimer(work, ms)
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }
}
