/**
 * The paths of a link: who is at their far end, whether they live, which one carries data. A path whose far end is not proven
 * carries challenges and nothing else: what a session or a HELO claims must not turn us into somebody's flood (DESIGN sections 4
 * and 8). Dials nothing and seals nothing.
 */
import type { Clock, RandomSource, Timer, TSession } from '@postern/transport-api'
import { addressKey } from '../peers/address-key.js'
import { TokenBuckets } from '../peers/token-buckets.js'
import { isSame } from '../same-octets.js'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import { Path } from './path.js'
import { PathAsking } from './path-asking.js'
import { PathChoice, type PathSwitch, type RankedPath, rank } from './path-choice.js'
import { PathLanes } from './path-lanes.js'
import { PathMtu } from './path-mtu.js'
import { mayUse, type PathPolicy } from './path-policy.js'
import { PathTrial } from './path-trial.js'
import { PathWatch } from './path-watch.js'

/** A path beyond these pushes out an unproven one, else the worst. */
const MAX_PATHS = 8

/** A path that is not in use is asked now and then: it may be needed, or have become the better one. */
const STANDBY_EVERY_MS = 60_000
/** A source that speaks again and again is looked at so often. */
const HEARD_EVERY_MS = 100

/** Sources of one link that are asked: a peer that moves has one, whoever names others has many. */
const SOURCES = { perSecond: 2, burst: 16, maxKeys: 1 }

/** `silent`: three keep-alives were not answered, `unproven`: nobody there echoed; else as its transport says. */
export type PathEnd = 'silent' | 'unproven' | 'session-ended' | 'refused' | 'pushed-out' | 'denied' | 'link-closed'

export interface PathSetOptions {
  readonly clock: Clock
  readonly random: RandomSource
  readonly policy: () => PathPolicy
  /** How much longer the peer's answers may take than the trip there, ms: they may come by mail. */
  readonly returnMs: () => number
  /** Is there traffic, or would it be welcome at any moment? */
  readonly isInUse: () => boolean
  /** Was the address that it leads to confirmed by its owner lately? */
  readonly isValidated: (path: Path) => boolean
  /** May a place that nobody confirmed be asked (once more)? Each time has a price (DESIGN section 4). */
  readonly mayAskAgain: (path: Path) => boolean
  /** Seals `challenge` and sends it over `path`, in a frame that fills `octets` of a transport message where they are given. */
  readonly sendChallenge: (path: Path, challenge: Uint8Array, octets?: number) => void
  /** Sends an empty frame. */
  readonly keepAlive: (path: Path) => void
  /** Keep-alives were not answered: the best path may be going. */
  readonly onMissed: (path: Path) => void
  /** Nothing fast answers there. */
  readonly onQuiet: (path: Path) => void
  /** It is closed, by us or not. */
  readonly onEnded: (path: Path, why: PathEnd) => void
  /** Data leaves by another path, or by none. */
  readonly onSwitch: (change: PathSwitch) => void
}

/** What goes with a path while it is open. */
interface Attendance {
  readonly watch: PathWatch
  readonly mtu: PathMtu
  readonly trial: PathTrial
  readonly asking: PathAsking
}

export class PathSet {
  readonly #options: PathSetOptions
  readonly #paths = new Map<Path, Attendance>()
  readonly #choice = new PathChoice()
  readonly #lanes = new PathLanes()
  readonly #sources: TokenBuckets
  #ranked: readonly RankedPath[] = []
  #recheck: Timer | null = null
  #opened = 0

  constructor(options: PathSetOptions) {
    this.#options = options
    this.#sources = new TokenBuckets({ clock: options.clock, ...SOURCES })
  }

  /** All that are open: those that may carry data first, the best of them first. */
  get all(): readonly Path[] {
    const ranked = this.ranked.map(({ path }) => path)
    return [...ranked, ...[...this.#paths.keys()].filter((path) => !path.isClosed && !ranked.includes(path))]
  }

  /** Those that may carry data, the best first, with what they are ranked by. */
  get ranked(): readonly RankedPath[] {
    return this.#ranked
  }

  /** What data goes over; null: there is none yet. */
  get chosen(): Path | null {
    return this.#choice.current
  }

  get choice(): Pick<PathChoice, 'rule' | 'held' | 'switches' | 'count'> {
    return this.#choice
  }

  /** Are there any that may turn out to be good any moment? */
  get hasUnproven(): boolean {
    const isAsked = (path: Path): boolean => path.challenge !== null && this.#paths.get(path)?.asking.isQuiet === false
    return this.all.some((path) => !path.isProven && isAsked(path) && !isSlowCarrier(path.carrier))
  }

  /**
   * By which core's own answers leave: what carries data, unless that is slow or has missed keep-alives; then what the peer was last
   * heard by, or nothing new would ever be confirmed. null: there is nothing fast.
   */
  get fastestBack(): Path | null {
    const { chosen } = this
    const isFast = (path: Path): boolean => !isSlowCarrier(path.carrier)
    if (chosen !== null && isFast(chosen) && this.missesOf(chosen) === 0) return chosen
    const fast = this.#ranked.map(({ path }) => path).filter(isFast)
    const sure = fast.filter((path) => this.missesOf(path) === 0 && path.lastHeardMs !== null)
    sure.sort((a, b) => b.lastHeardMs! - a.lastHeardMs!)
    return sure[0] ?? fast[0] ?? null
  }

  missesOf(path: Path): number {
    return this.#paths.get(path)?.watch.misses ?? 0
  }

  of(tsession: TSession): Path | null {
    return this.all.find((path) => path.tsession === tsession) ?? null
  }

  /** The path back to where something came from; held from now on. null: there is none. */
  backTo({ carrier, tsession }: Arrival): Path | null {
    if (tsession === null) return null
    const known = this.of(tsession)
    if (known !== null) return known
    if (!mayUse(this.#options.policy(), { carrier }) || !isHeld(carrier, tsession)) return null
    const path = new Path({ carrier, tsession, helo: null })
    this.add(path)
    return path
  }

  /** Something authentic came from there. Where it is not known who that is, it is asked. */
  heard(arrival: Arrival): void {
    const { carrier, tsession } = arrival
    if (tsession === null) return
    const dialled = this.#dialledTo(arrival)
    const path = this.of(tsession) ?? dialled ?? this.backTo(arrival)
    if (path === null) return
    const now = this.#options.clock.monotonic()
    const isNews = now - (path.lastHeardMs ?? 0) >= HEARD_EVERY_MS
    path.lastHeardMs = now
    if (dialled !== null) dialled.lastHeardMs = now // two ways to one place
    if (path.isProven) {
      if (isNews && this.#paths.size > 1) this.reconsider() // it may have moved
      return
    }
    if (carrier.transport.traits.sourceProven) this.prove(path)
    else this.challenge(path)
  }

  /** The path that stands from now on: this one, or, where there was one to the same mailbox, that. */
  add(path: Path): Path {
    if (this.#paths.has(path) || path.isClosed) return path
    if (!mayUse(this.#options.policy(), path)) {
      path.close() // the operator said so meanwhile
      return path
    }
    const known = this.#sameMailbox(path)
    if (known !== null) {
      path.close()
      return known
    }
    const { clock, random, sendChallenge, keepAlive } = this.#options
    for (const gone of this.#paths.keys()) if (gone.isClosed) this.close(gone, 'session-ended')
    // The worst of the others: what comes now is what the peer uses now.
    const worst = this.#paths.size < MAX_PATHS ? undefined : this.all.findLast((one) => one !== this.chosen)
    if (worst !== undefined) this.close(worst, 'pushed-out')
    this.#opened += 1
    path.order = this.#opened
    path.openedMs = clock.monotonic()
    path.lane = path.helo === null ? this.#lanes.asking(path) : this.#lanes.take(path)
    const watch = new PathWatch({
      clock,
      path,
      everyMs: () => this.#keptAliveEveryMs(path),
      keepAlive: () => keepAlive(path),
      onMissed: () => this.#missed(path),
      onDead: () => this.close(path, 'silent'),
    })
    const mtu = new PathMtu({
      clock,
      random,
      path,
      send: (challenge, octets) => sendChallenge(path, challenge, octets),
      onRaised: () => this.reconsider(),
    })
    const trial = new PathTrial({
      clock,
      beginTrain: () => path.measure.beginTrain(clock.monotonic()),
      probe: () => keepAlive(path),
    })
    this.#paths.set(path, { watch, mtu, trial, asking: this.#askingOf(path) })
    // A validated mailbox may be used for everything at once: an ECHO takes hours (DESIGN section 4).
    if (isSlowCarrier(path.carrier) && this.#options.isValidated(path)) this.prove(path)
    else this.reconsider()
    return path
  }

  /** The far end is the peer. */
  prove(path: Path): void {
    const attendance = this.#paths.get(path)
    if (attendance === undefined) return
    if (path.helo === null && !path.isProven) {
      path.lane = this.#lanes.take(path)
      path.measure.changeLane()
    }
    path.isProven = true
    if (path.isConfirmed) attendance.mtu.ask()
    attendance.asking.end()
    // Its REPORT confirms the path: it may be needed any moment.
    if (!path.isConfirmed) this.#options.keepAlive(path)
    this.reconsider()
    if (isSlowCarrier(path.carrier)) return
    // Mail that nobody was asked by: it can be dialled again.
    for (const other of this.all) {
      const isIdleMail = !other.isProven && other.challenge === null && isSlowCarrier(other.carrier)
      if (isIdleMail) this.close(other, 'unproven')
    }
  }

  /** null: no path was asked this. */
  echoed(answer: Uint8Array, { carrier }: Arrival): Path | null {
    for (const [path, { mtu, asking }] of this.#paths) {
      const isProof = asking.isAnswer(answer)
      if (!isProof && !mtu.echoed(answer) && !asking.isRepeatedAnswer(answer)) continue
      path.answeredBy = carrier
      if (isProof) this.prove(path)
      return path
    }
    return null
  }

  /** A REPORT named frames of this path that had not been named. */
  confirmed(path: Path, by: Carrier): void {
    const attendance = this.#paths.get(path)
    if (attendance === undefined) return
    path.answeredBy = by
    path.lastNamedMs = this.#options.clock.monotonic()
    if (!path.isConfirmed && path.isProven) attendance.mtu.ask() // not sooner: the first message shall not wait for a probe
    path.confirmedSinceMs ??= path.lastNamedMs
    attendance.watch.answered(path.measure.namedSentMs)
    if (path.measure.isLossy) attendance.mtu.fallBack()
    this.reconsider()
  }

  /** A frame left by this path. */
  sent(path: Path): void {
    if (path.isProven) this.#paths.get(path)?.watch.look()
  }

  /** When a path that is passed over is tried again; monotonic ms, null: it is not. */
  triedAgainMs(path: Path): number | null {
    return this.#paths.get(path)?.trial.nextMs ?? null
  }

  /** Asks wherever it is not known who is there; by mail only when nothing faster is left. */
  challengeAll(): void {
    const { all } = this
    const hasFast = all.some(({ carrier }) => !isSlowCarrier(carrier))
    for (const path of all) if (!hasFast || !isSlowCarrier(path.carrier)) this.challenge(path)
  }

  /** Begins to ask, unless it is asked or proven already. */
  challenge(path: Path): void {
    if (!path.isProven && !path.isClosed) this.#paths.get(path)?.asking.ask()
  }

  /** Nothing fast has answered there; an answer by mail would still be taken. */
  isQuiet(path: Path): boolean {
    return this.#paths.get(path)?.asking.isQuiet === true
  }

  /** A quiet one is asked once more. */
  askAgain(path: Path): void {
    this.#paths.get(path)?.asking.askAgain()
  }

  /** Its far end may be somebody else after all: it is asked anew, and carries nothing until it has answered. */
  doubt(path: Path): void {
    if (!this.#paths.has(path)) return
    path.isProven = false
    path.confirmedSinceMs = null
    this.challenge(path)
    this.reconsider()
  }

  /** What is ranked by may have changed. Cheap: a handful of paths. */
  reconsider(): void {
    const { clock, policy, onSwitch } = this.#options
    const now = clock.monotonic()
    this.#ranked = rank([...this.#paths.keys()], policy(), (path) => this.missesOf(path), now)
    const change = this.#choice.choose(this.#ranked, now)
    const { held } = this.#choice
    if (held !== null) this.#recheckIn(held.untilMs - now)
    for (const { path, health, isPassedOver } of this.#ranked) {
      this.#paths.get(path)?.trial.needed(isPassedOver && (health === 'lossy' || health === 'late')) // never by mail: it is healthy
    }
    if (change === null) return
    if (change.to !== null) this.#paths.get(change.to)?.watch.look()
    onSwitch(change)
  }

  /** Those that the operator does not want any more are closed. */
  obeyPolicy(): void {
    for (const path of this.all) if (!mayUse(this.#options.policy(), path)) this.close(path, 'denied')
    this.reconsider()
  }

  close(path: Path, why: PathEnd): void {
    const attendance = this.#paths.get(path)
    path.close()
    if (attendance === undefined) return
    attendance.asking.end()
    attendance.watch.end()
    attendance.mtu.end()
    attendance.trial.end()
    this.#paths.delete(path)
    path.measure.end()
    this.reconsider()
    this.#options.onEnded(path, why)
  }

  closeAll(): void {
    for (const path of [...this.#paths.keys()]) this.close(path, 'link-closed')
    this.#recheck?.[Symbol.dispose]()
    this.#recheck = null
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

  /** The one in use every half of its idle time, the others now and then. */
  #keptAliveEveryMs(path: Path): number | null {
    const { chosen } = this
    if (chosen === null || !this.#options.isInUse()) return null
    if (path === chosen) return path.carrier.transport.traits.idleMs / 2
    return path.isConfirmed ? STANDBY_EVERY_MS : null
  }

  /** A mailbox that is dialled again is the same place, and nothing is won by a second session. */
  #sameMailbox({ helo, carrier }: Path): Path | null {
    if (helo === null || !isSlowCarrier(carrier)) return null
    const key = addressKey(helo)
    const isSame = (one: Path): boolean => one.carrier === carrier && one.helo !== null && addressKey(one.helo) === key
    return this.all.find(isSame) ?? null
  }

  #missed(path: Path): void {
    this.#paths.get(path)?.mtu.fallBack()
    this.#options.onMissed(path)
    this.reconsider()
  }

  #askingOf(path: Path): PathAsking {
    const { clock, random, returnMs, mayAskAgain, sendChallenge } = this.#options
    return new PathAsking({
      clock,
      random,
      path,
      sources: this.#sources,
      returnMs,
      mayAsk: () => mayAskAgain(path),
      send: (challenge) => sendChallenge(path, challenge),
      onQuiet: () => {
        for (const other of this.all) if (isSlowCarrier(other.carrier)) this.challenge(other)
        this.#options.onQuiet(path)
      },
      onGaveUp: () => this.close(path, 'unproven'),
    })
  }

  #recheckIn(ms: number): void {
    const delayMs = Math.max(1, ms)
    if (this.#recheck !== null) return this.#recheck.reset(delayMs)
    this.#recheck = this.#options.clock.setTimer(() => this.reconsider(), delayMs)
  }
}

function isHeld({ transport }: Carrier, tsession: TSession): boolean {
  try {
    return transport.associate(tsession)
  } catch {
    return false // its contract forbids it
  }
}
