/**
 * The paths of a link. A path whose far end is not proven carries challenges and nothing else: what a session or a HELO claims
 * must not turn us into somebody's flood (DESIGN sections 4 and 8).
 */
import { CHALLENGE_OCTETS } from '@postern/helo'
import type { Clock, RandomSource, Timer, TSession } from '@postern/transport-api'
import { isSame } from '../same-octets.js'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import { comparePaths, Path } from './path.js'

/** A path beyond these pushes out an unproven one, else the dearest. */
const MAX_PATHS = 8
/** A source that is silent for so long while another one speaks was left. */
const MOVED_AFTER_MS = 2_000
/** There and back by mail, and some. */
const SLOW_LATENCIES = 3
/** Asked again after the first and the second wait; closed after the last. */
const CHALLENGE_AGAIN_MS: readonly number[] = [500, 1_500, 4_000]

export interface PathSetOptions {
  readonly clock: Clock
  readonly random: RandomSource
  /** Seals `challenge` and sends it over `path`. */
  readonly sendChallenge: (path: Path, challenge: Uint8Array) => void
  /** Nobody at its far end echoed; it is closed. */
  readonly onUnanswered: () => void
}

export class PathSet {
  readonly #options: PathSetOptions
  readonly #paths = new Set<Path>()
  readonly #timers = new Map<Path, Timer>()

  constructor(options: PathSetOptions) {
    this.#options = options
  }

  /** All that are open, the best first. */
  get all(): readonly Path[] {
    return [...this.#paths].filter(({ isClosed }) => !isClosed).sort(comparePaths)
  }

  /** What data goes over; null: there is none yet. */
  get best(): Path | null {
    const proven = this.all.filter(({ isProven }) => isProven)
    return proven.find((path) => !proven.some((other) => hasMovedTo(path, other))) ?? proven[0] ?? null
  }

  /** Are there any that may still turn out to be good? */
  get hasUnproven(): boolean {
    return this.all.some(({ isProven, challenge }) => !isProven && challenge !== null)
  }

  of(tsession: TSession): Path | null {
    return this.all.find((path) => path.tsession === tsession) ?? null
  }

  /** The path back to where something came from; held from now on. null: there is none. */
  backTo({ carrier, tsession }: Arrival): Path | null {
    if (tsession === null) return null
    const known = this.of(tsession)
    if (known !== null) return known
    if (!isHeld(carrier, tsession)) return null
    const path = new Path({ carrier, tsession, helo: null })
    this.add(path)
    return path
  }

  /** Something authentic came from there. Where it is not known who that is, it is asked. */
  heard(arrival: Arrival): void {
    const { carrier, tsession } = arrival
    if (tsession === null) return
    const path = this.of(tsession) ?? this.#dialledTo(arrival) ?? this.backTo(arrival)
    if (path === null) return
    path.lastHeardMs = this.#options.clock.monotonic()
    if (path.isProven) return
    if (carrier.transport.traits.sourceProven) this.prove(path)
    else this.challenge(path)
  }

  add(path: Path): void {
    for (const known of this.#paths) if (known.isClosed) this.close(known)
    // The worst of the others: what comes now is what the peer uses now.
    const [worst] = this.#paths.size < MAX_PATHS ? [] : this.all.slice(-1)
    if (worst !== undefined) this.close(worst)
    this.#paths.add(path)
  }

  /** The far end is the peer. */
  prove(path: Path): void {
    path.isProven = true
    path.challenge = null
    this.#timers.get(path)?.[Symbol.dispose]()
    this.#timers.delete(path)
    if (isSlowCarrier(path.carrier)) return
    // Mail that nobody needs to be asked about: it can be dialled again.
    for (const other of this.all) if (!other.isProven && isSlowCarrier(other.carrier)) this.close(other)
  }

  /** null: no path was asked this. */
  echoed(answer: Uint8Array): Path | null {
    const path = this.all.find(({ challenge }) => challenge !== null && isSame(challenge, answer)) ?? null
    if (path !== null) this.prove(path)
    return path
  }

  /** Asks wherever it is not known who is there; by mail only when nothing faster is left. */
  challengeAll(): void {
    const { all } = this
    const hasFast = all.some(({ carrier }) => !isSlowCarrier(carrier))
    for (const path of all) if (!hasFast || !isSlowCarrier(path.carrier)) this.challenge(path)
  }

  /** Begins to ask, unless it is asked or proven already. */
  challenge(path: Path): void {
    if (path.isProven || path.challenge !== null || path.isClosed) return
    path.challenge = this.#options.random.bytes(CHALLENGE_OCTETS)
    this.#options.sendChallenge(path, path.challenge)
    if (!isSlowCarrier(path.carrier)) return this.#again(path, 0)
    const waitMs = SLOW_LATENCIES * path.carrier.transport.traits.maxLatencyMs
    this.#timers.set(
      path,
      this.#options.clock.setTimer(() => this.#giveUp(path), waitMs),
    )
  }

  close(path: Path): void {
    this.#timers.get(path)?.[Symbol.dispose]()
    this.#timers.delete(path)
    this.#paths.delete(path)
    path.close()
  }

  closeAll(): void {
    for (const path of [...this.#paths]) this.close(path)
  }

  /**
   * The proven path that we dialled and whose answers come over this session. A source has no port, so the first session from there
   * is taken for it; another one is another port, and the peer may have moved.
   */
  #dialledTo({ carrier, tsession, source }: Arrival): Path | null {
    for (const path of this.all) {
      if (!path.isProven || path.helo === null || path.carrier !== carrier) continue
      if (path.returnSession === null && isSame(path.tsession.source, source)) path.returnSession = tsession
      if (path.returnSession === tsession) return path
    }
    return null
  }

  #giveUp(path: Path): void {
    if (path.isProven) return
    this.close(path)
    this.#options.onUnanswered()
  }

  #again(path: Path, round: number): void {
    const timer = this.#options.clock.setTimer(() => {
      if (path.challenge === null || path.isClosed) return
      if (round === CHALLENGE_AGAIN_MS.length - 1) return this.#giveUp(path)
      this.#options.sendChallenge(path, path.challenge)
      this.#again(path, round + 1)
    }, CHALLENGE_AGAIN_MS[round]!)
    this.#timers.set(path, timer)
  }
}

/** Does the peer speak from there now, and no longer from here? Of two ways by one transport. */
function hasMovedTo(path: Path, other: Path): boolean {
  return path.carrier === other.carrier && other.lastHeardMs - path.lastHeardMs > MOVED_AFTER_MS
}

function isHeld({ transport }: Carrier, tsession: TSession): boolean {
  try {
    return transport.associate(tsession)
  } catch {
    return false // its contract forbids it
  }
}
