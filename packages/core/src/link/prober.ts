/**
 * Looks for better ways to a peer while a link is worth it, and for any way when there is none: dials what is known and asks, inside
 * the link, who is there (DESIGN section 4, ADR 0004). What it costs an address that nobody validated is the validator's to say.
 */
import type { Helo } from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { addressKey } from '../peers/address-key.js'
import { isSlowCarrier } from '../transports/carriers.js'
import { candidatesOf, dialCandidate } from './candidates.js'
import type { Candidate } from './courier.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'
import type { Path } from './path.js'
import { tierOf } from './path-policy.js'
import type { PathEnd } from './path-set.js'

/** After a path died that had worked: DESIGN section 4. */
const WORKED_AGAIN_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]
/** Where nothing ever worked; the validator pays for less than that. */
const NEVER_WORKED_AGAIN_MS: readonly number[] = [30_000, 60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000]
const THEN_MS = 3_600_000
/** Of a link that carries something and has nothing fast: what worked once, or is validated, is tried no more rarely than this. */
const IN_NEED_MS = 60_000
/** It worked for so long: its next death is a new one. */
const GOOD_FOR_MS = 60_000
/** One mail a day is what a mailbox may be asked (DESIGN section 4). */
const SLOW_AGAIN_MS = 24 * 3_600_000
/** Dials and unanswered challenges of one link, at a time. */
const MOST_UNDER_WAY = 3
/** Beside the path in use, so many of the same price. */
const MOST_AS_DEAR = 2
/** A peer that is silent for so long may have forgotten us. */
const SILENT_MS = 5_000
/** Handshakes for that reason; where mail may bring frames of many epochs, fewer. */
const HANDSHAKE_EVERY_MS = 60_000
const HANDSHAKE_EVERY_SLOW_MS = 300_000

/** Ends that say nothing about the address. */
const HARMLESS: ReadonlySet<PathEnd> = new Set(['denied', 'link-closed', 'pushed-out'])

/** What is known of an address that no open path leads to. */
export interface Prospect {
  /** In a row. */
  readonly failures: number
  /** Monotonic; when it may be tried again. */
  readonly nextMs: number
  readonly hasWorked: boolean
  /** When the last try failed; monotonic. */
  readonly triedMs: number
  /** Why the last try, or the last path, ended. `atMs`: Unix ms. */
  readonly last: { readonly atMs: number; readonly reason: string } | null
}

const NEVER_MS = Number.NEGATIVE_INFINITY
const FRESH: Prospect = { failures: 0, nextMs: NEVER_MS, hasWorked: false, triedMs: NEVER_MS, last: null }

export class Prober {
  readonly #context: LinkContext
  readonly #link: PeerLink
  /** By addressKey. */
  readonly #prospects = new Map<string, Prospect>()
  readonly #dialling = new Set<string>()
  #timer: Timer | null = null
  #isDue = false
  #lastHandshakeMs = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(context: LinkContext, link: PeerLink) {
    this.#context = context
    this.#link = link
  }

  of(helo: Helo): Prospect {
    return this.#prospects.get(addressKey(helo)) ?? FRESH
  }

  /** Fast paths that we opened and whose far end has not answered. */
  get #asked(): number {
    const { paths } = this.#link
    const isOurs = (path: Path): boolean => path.helo !== null && !isSlowCarrier(path.carrier)
    return paths.all.filter((path) => isOurs(path) && !path.isProven && !paths.isQuiet(path)).length
  }

  /** Does a path that we opened lead there? */
  isOpen(helo: Helo): boolean {
    return this.#pathTo(helo) !== null
  }

  /** Nothing fast answers there; an answer by mail would still be taken. */
  quiet(path: Path): void {
    if (path.helo !== null) this.#failed(path.helo, 'unproven', null)
  }

  #pathTo(helo: Helo): Path | null {
    const key = addressKey(helo)
    return this.#link.paths.all.find((path) => path.helo !== null && addressKey(path.helo) === key) ?? null
  }

  /** Something changed. Looks at the end of the tick, for many things change together. */
  look(): void {
    if (this.#isDue || this.#isClosed) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      if (!this.#isClosed) this.#look()
    })
  }

  /** The peer, or our side of the network, says that things are different now: what failed may work. */
  encourage(isIt: (candidate: Candidate) => boolean = () => true): void {
    for (const candidate of this.#candidates()) {
      const { helo } = candidate
      const known = this.#prospects.get(addressKey(helo))
      if (known !== undefined && isIt(candidate)) this.#prospects.set(addressKey(helo), { ...known, nextMs: 0 })
    }
    this.look()
  }

  ended(path: Path, why: PathEnd): void {
    if (path.helo !== null && !HARMLESS.has(why)) this.#failed(path.helo, why, path)
    this.look()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }

  #candidates(): readonly Candidate[] {
    return candidatesOf(this.#context, this.#link.peer)
  }

  #look(): void {
    const link = this.#link
    if (link.epochs.current === null || !link.isWorthKeeping) return this.#arm(null)
    const now = this.#context.clock.monotonic()
    let next: number | null = null
    for (const candidate of this.#candidates().filter((one) => this.#isWanted(one))) {
      const key = addressKey(candidate.helo)
      const nextMs = Math.max(this.nextTryMs(candidate), this.#context.validator.askableFromMs(candidate.helo))
      if (nextMs === Number.POSITIVE_INFINITY) continue // until somebody tells it anew
      if (nextMs > now) next = Math.min(next ?? nextMs, nextMs)
      else if (this.#dialling.size + this.#asked < MOST_UNDER_WAY) void this.#try(candidate, key)
    }
    if (link.paths.chosen === null) this.#handshakeIfForgotten()
    this.#arm(next)
  }

  /** When it may be tried again; monotonic. Hourly is too rarely for a link that is on mail, or on nothing, and has something to say (ADR 0004). */
  nextTryMs({ helo, carrier }: Candidate): number {
    const { nextMs, hasWorked, triedMs } = this.of(helo)
    const { chosen } = this.#link.paths
    const isInNeed = !isSlowCarrier(carrier) && (chosen === null || isSlowCarrier(chosen.carrier))
    const isGood = hasWorked || this.#context.validator.isValidated(helo)
    return isInNeed && isGood ? Math.min(nextMs, triedMs + IN_NEED_MS) : nextMs
  }

  #isWanted({ helo, carrier }: Candidate): boolean {
    const { paths, isAsked } = this.#link
    const open = this.#pathTo(helo)
    if (this.#dialling.has(addressKey(helo)) || (open !== null && !paths.isQuiet(open))) return false
    const { chosen } = paths
    const isSlow = isSlowCarrier(carrier)
    const hasSlow = paths.all.some((path) => isSlowCarrier(path.carrier))
    if (chosen === null) return !isSlow || !hasSlow
    // To fall back on: one mailbox, proven before it is needed.
    if (isSlow) return !hasSlow && isAsked
    if (!isSlow && paths.missesOf(chosen) > 0) return true
    const policy = this.#context.policyOf(this.#link.peer)
    const [tier, chosenTier] = [tierOf(policy, carrier.name), tierOf(policy, chosen.carrier.name)]
    if (tier === null || chosenTier === null || tier !== chosenTier) return tier !== null && tier < (chosenTier ?? 0)
    const { cost } = carrier.transport
    if (cost !== chosen.carrier.transport.cost) return cost < chosen.carrier.transport.cost
    return paths.all.filter((path) => path.carrier.transport.cost === cost).length <= MOST_AS_DEAR
  }

  async #try(candidate: Candidate, key: string): Promise<void> {
    const { helo } = candidate
    const { validator } = this.#context
    const { paths } = this.#link
    if (validator.challengeFor(helo) === null) return this.#failed(helo, 'not-paid-for', null)
    const quiet = this.#pathTo(helo)
    if (quiet !== null && quiet.carrier === candidate.carrier) return paths.askAgain(quiet)
    this.#dialling.add(key)
    const dialled = await dialCandidate(this.#context, candidate, true)
    this.#dialling.delete(key)
    if (dialled === null) {
      if (!this.#isClosed) this.#failed(helo, 'dial-failed', null)
      return this.look()
    }
    if (this.#isClosed) return dialled.close()
    paths.challenge(paths.add(dialled))
    this.#link.progressed()
  }

  #failed(helo: Helo, reason: string, path: Path | null): void {
    const { clock } = this.#context
    const now = clock.monotonic()
    const key = addressKey(helo)
    const known = this.#prospects.get(key) ?? FRESH
    const workedMs = path?.confirmedSinceMs == null ? 0 : now - path.confirmedSinceMs
    const hasWorked = known.hasWorked || path?.confirmedSinceMs != null
    const before = workedMs >= GOOD_FOR_MS ? 0 : known.failures
    const isSlow = path !== null && isSlowCarrier(path.carrier)
    const waits = hasWorked ? WORKED_AGAIN_MS : NEVER_WORKED_AGAIN_MS
    const waitMs = isSlow ? SLOW_AGAIN_MS : (waits[before] ?? THEN_MS)
    this.#forgetOthers(key)
    const last = { atMs: clock.now(), reason }
    this.#prospects.set(key, { failures: before + 1, nextMs: now + waitMs, hasWorked, triedMs: now, last })
    const { peer } = this.#link
    this.#context.log.debug('path.failed', { peer, protocol: helo.protocol, reason, againInMs: waitMs })
    this.#handshakeIfForgotten()
    this.look()
  }

  /** What the book has no more needs no memory. */
  #forgetOthers(key: string): void {
    if (this.#prospects.size < 16 || this.#prospects.has(key)) return
    const known = new Set(this.#candidates().map(({ helo }) => addressKey(helo)))
    for (const one of this.#prospects.keys()) if (!known.has(one)) this.#prospects.delete(one)
  }

  /** Nothing of the peer comes any more, by whatever way: it may not know the epoch. Mail is too dear to ask by. */
  #handshakeIfForgotten(): void {
    const { clock, slow } = this.#context
    const now = clock.monotonic()
    const everyMs = slow().protocols.length > 0 ? HANDSHAKE_EVERY_SLOW_MS : HANDSHAKE_EVERY_MS
    if (now - this.#link.lastHeardMs < SILENT_MS || now - this.#lastHandshakeMs < everyMs) return
    const { paths, isWorthKeeping } = this.#link
    const isWell = paths.chosen !== null && !isSlowCarrier(paths.chosen.carrier) && paths.missesOf(paths.chosen) === 0
    if (isWell || !isWorthKeeping) return
    this.#lastHandshakeMs = now
    this.#link.initiations.begin('lost-fast')
  }

  #arm(atMs: number | null): void {
    if (atMs === null) {
      this.#timer?.[Symbol.dispose]()
      this.#timer = null
      return
    }
    const delayMs = Math.max(1, atMs - this.#context.clock.monotonic())
    if (this.#timer === null) this.#timer = this.#context.clock.setTimer(() => this.look(), delayMs)
    else this.#timer.reset(delayMs)
  }
}
