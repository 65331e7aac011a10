/**
 * Address validation (paper section 2.3; DESIGN section 4, "What an address may be used for"): asks by PING whether an address
 * belongs to its node, believes only signed PONGs to its own challenges, and asks anew when nothing confirmed an address for a
 * quarter of its life. What a stranger can make us send is bounded by destination, by teller and in all.
 *
 * Knows no transport and no link: `sendTo` dials, `received…` and `confirmed` are told. Addresses must be in the peer book before
 * they are tested, and HELOs checked before that.
 */
import type { NodeId } from '@postern/crypto'
import { checkPong, type Helo, type Ping, type Pong, PROTOCOL } from '@postern/helo'
import { addressKey, keyOf } from './address-key.js'
import { Answerer } from './answerer.js'
import { Asking } from './asking.js'
import { isExpired, isRumour, type KnownAddress, type Teller } from './known-address.js'
import {
  CONFIRMED_AGAIN_MS,
  MAX_PIN_RATE,
  MIN_RENEWAL_MS,
  SLOW_VALIDATED_MS,
  VALIDATED_MS,
  VALIDATION_BUDGETS,
} from './limits.js'
import { Observations, type Observed } from './observations.js'
import { TokenBuckets } from './token-buckets.js'
import { newTrial, type Trial, Trials } from './trials.js'
import type { AskRefusal, PingRefusal, PongRefusal, ValidationDrop } from './validation-reasons.js'
import type { ValidatorOptions } from './validator-options.js'

/** Part of its life for which an address needs no confirmation. */
const QUIET_PART = 1 / 4

export class Validator {
  readonly #options: ValidatorOptions
  readonly #trials: Trials
  readonly #asking: Asking
  readonly #answerer: Answerer
  readonly #observations: Observations
  /** Each by a call of the operator's own. */
  readonly #pins = new Map<NodeId, { readonly messagesPerMinute: number; readonly buckets: TokenBuckets }>()
  #isClosed = false

  constructor(options: ValidatorOptions) {
    const limits = { ...VALIDATION_BUDGETS, ...options.limits }
    this.#options = options
    this.#trials = new Trials(({ challenge }) => {
      const isOpen = challenge !== null && options.clock.monotonic() < challenge.expiresAt
      if (isOpen) options.onDropped('challenge-evicted', 1)
    }, options.maxTrials)
    this.#asking = new Asking(options, limits)
    this.#answerer = new Answerer({ ...options, limits })
    this.#observations = new Observations(options.clock)
  }

  /** Sizes, now. */
  counters(): Readonly<Record<'trials' | 'sendsUnderWay' | 'tellers', number>> {
    return { trials: this.#trials.size, sendsUnderWay: this.#asking.underWay, tellers: this.#asking.tellers }
  }

  /**
   * PINGs what is not valid yet; null: it is, or was asked, or will be when the budgets allow. Otherwise why not, counted already.
   * The word of the book counts where it is better than `from`.
   */
  validate(helo: Helo, from: Teller): AskRefusal | null {
    const known = this.#subjectOf(helo)
    if (typeof known === 'string') return this.#refuse(known)
    if (this.#isValid(known)) {
      this.#watch(known)
      return null
    }
    if (this.#trialOf(known).timer !== null) return null // under way
    const refusal = this.#ask(known, isRumour(known.from) ? from : known.from)
    return refusal === null ? null : this.#refuse(refusal)
  }

  /**
   * The PING of a first message; null: this address may not have one now, and the reason was counted. To be called before each
   * transmission, a repetition as well: each counts, and as long as its challenge is young the PING is the same. Free of charge
   * for what is valid.
   */
  challengeFor(helo: Helo): Ping | null {
    const known = this.#subjectOf(helo)
    if (typeof known === 'string') return this.#refuseNull(known)
    const trial = this.#trialOf(known)
    if (!this.#isValid(known)) {
      const pin = this.#pins.get(helo.senderIdentity)?.buckets
      const paid = (): AskRefusal | null => this.#asking.spend(trial, known.helo, known.from)
      const pinned = (pin: TokenBuckets): AskRefusal | null => (pin.take('') ? null : 'pin-rate')
      const refusal = isRumour(known.from) ? 'rumour' : pin === undefined ? paid() : pinned(pin)
      if (refusal !== null) return this.#refuseNull(refusal)
    }
    this.#trials.keep(trial, { isRumour: false })
    return this.#asking.pingOf(trial, known.helo)
  }

  /** Its owner confirmed it, and that still holds. */
  isValidated(helo: Helo): boolean {
    const known = this.#subjectOf(helo)
    return typeof known !== 'string' && this.#isValid(known)
  }

  /** When `challengeFor` may be asked again, as far as the address itself goes: monotonic ms; Infinity: not before somebody tells it anew. */
  askableFromMs(helo: Helo): number {
    const known = this.#subjectOf(helo)
    if (typeof known === 'string') return Number.POSITIVE_INFINITY
    if (this.#isValid(known) || this.#pins.has(helo.senderIdentity)) return 0
    return this.#asking.askableFromMs(this.#trialOf(known), known.helo, known.from)
  }

  /**
   * The operator answers for this peer: first messages may go to its addresses for ever, so many a minute, although nobody confirms
   * them (DESIGN section 4). RangeError for a rate that is not above 0 and at most 600.
   */
  pin(peer: NodeId, messagesPerMinute: number): void {
    if (!(messagesPerMinute > 0 && messagesPerMinute <= MAX_PIN_RATE))
      throw new RangeError(`${messagesPerMinute} messages a minute, not above 0 and at most ${MAX_PIN_RATE}`)
    const { clock } = this.#options
    const buckets = new TokenBuckets({ clock, perSecond: messagesPerMinute / 60, burst: 1, maxKeys: 1 })
    this.#pins.set(peer, { messagesPerMinute, buckets })
  }

  isPinned(peer: NodeId): boolean {
    return this.#pins.has(peer)
  }

  /** Messages a minute; 0: it is not pinned. */
  pinRateOf(peer: NodeId): number {
    return this.#pins.get(peer)?.messagesPerMinute ?? 0
  }

  /**
   * The PING of a first message went somewhere else, too: whoever answers it now has not shown that this address is his. No PONG
   * counts for it any more.
   */
  voidChallenge(helo: Helo): void {
    const trial = this.#trials.find(helo.senderIdentity, addressKey(helo))
    if (trial !== undefined) trial.challenge = null
  }

  /** May one message be sent to `helo`, which nobody proved, in answer to something that came without a session? null: paid for. A refusal is counted. */
  payForAnswer(helo: Helo): AskRefusal | null {
    const known = this.#subjectOf(helo)
    if (typeof known === 'string') return this.#refuse(known)
    const refusal = this.#isValid(known) ? null : this.#asking.pay(known.helo, known.from)
    return refusal === null ? null : this.#refuse(refusal)
  }

  /** May a source that claims to be a linked peer be asked who is there? It costs as an answer to it does. Borrowed. */
  mayAsk(source: Uint8Array): boolean {
    return !this.#isClosed && this.#answerer.mayAnswer(source, { unproven: true })
  }

  /** The body of a PONG, for where the PING came from; or why there is none, for the caller to count. `fromSource` is borrowed. */
  received(ping: Ping, fromSource: Uint8Array, unprovenSource: boolean): Uint8Array | PingRefusal {
    return this.#isClosed ? 'closed' : this.#answerer.answer(ping, fromSource, { unproven: unprovenSource })
  }

  /**
   * null: believed; the address is valid, if its HELO is. Otherwise why not, for the caller to count. It may have come over any
   * transport. Octets are borrowed.
   */
  receivedPong(pong: Pong): PongRefusal | null {
    const { identity, book, clock } = this.#options
    if (this.#isClosed) return 'closed'
    if (pong.asker !== identity.nodeId) return 'not-for-us'
    const key = keyOf(pong.protocol, pong.address)
    const trial = this.#trials.find(pong.target, key)
    const known = book.find(pong.target, key)
    if (trial === undefined || trial.challenge === null || known === undefined) return 'unknown-challenge'
    if (clock.monotonic() >= trial.challenge.expiresAt) return 'expired-challenge'
    const fault = checkPong(pong, trial.challenge.ping, known.helo.publicKey)
    if (fault !== null) return fault
    trial.challenge = null // answered: a replay finds nothing
    this.#observations.add(pong.protocol, pong.target, pong.observed)
    this.#confirm(known, trial)
    return null
  }

  /** The link saw, authenticated, that something of ours arrived at this address: as good as a PONG. Cheap. */
  confirmed(helo: Helo): void {
    const known = this.#subjectOf(helo)
    if (typeof known === 'string') return
    const trial = this.#trialOf(known)
    const lastAt = this.#isValid(known) ? trial.confirmed?.at : undefined
    const isNews = lastAt === undefined || this.#options.clock.monotonic() - lastAt >= CONFIRMED_AGAIN_MS
    if (isNews) this.#confirm(known, trial)
  }

  /** `teller` sent us `octets`: its rumours may cost others as much. */
  credit(teller: NodeId, octets: number): void {
    if (!this.#isClosed) this.#asking.credit(teller, octets)
  }

  /** An address was withdrawn or is gone: nothing more is sent there, and no PONG counts. */
  forget(peer: NodeId, key: string): void {
    const trial = this.#trials.find(peer, key)
    if (trial !== undefined) this.#trials.remove(trial)
  }

  /** How at least `peers` different peers see us, the most agreed upon first. */
  observedBy(peers: number): readonly Observed[] {
    return this.#observations.agreedBy(peers)
  }

  /** No timer remains; what is asked from now on is refused. */
  close(): void {
    this.#isClosed = true
    this.#trials.clear()
    this.#asking.close()
    this.#answerer.clear()
    this.#observations.clear()
  }

  #subjectOf(helo: Helo): KnownAddress | AskRefusal {
    const { identity, book, clock } = this.#options
    if (this.#isClosed) return 'closed'
    if (helo.senderIdentity === identity.nodeId) return 'ours'
    if (helo.protocol === PROTOCOL.NONE) return 'no-address'
    const known = book.find(helo.senderIdentity, addressKey(helo))
    if (known === undefined) return 'unknown-address'
    const mayBeAsked = !isExpired(known.helo, clock.now()) || book.isLinked(helo.senderIdentity)
    return mayBeAsked ? known : 'expired'
  }

  /** A new one is not kept yet. */
  #trialOf({ helo, key }: KnownAddress): Trial {
    return this.#trials.find(helo.senderIdentity, key) ?? newTrial(helo.senderIdentity, key)
  }

  /** null: asked, or to be asked later. */
  #ask(known: KnownAddress, from: Teller): AskRefusal | null {
    const trial = this.#trialOf(known)
    const rank = { isRumour: isRumour(from) }
    const refusal = this.#trials.hasRoom(rank) ? this.#asking.ask(trial, known.helo, from) : 'busy'
    const delayMs = this.#asking.delayAfter(trial, known.helo, from, refusal)
    if (refusal !== null && delayMs === null) return refusal
    if (refusal !== null) this.#refuse(refusal)
    this.#trials.keep(trial, rank)
    if (delayMs !== null) this.#arm(trial, delayMs)
    else if (trial.confirmed !== null) {
      trial.sent = 0
      this.#arm(trial, quietMs(trial.confirmed.lifeMs))
    }
    return null
  }

  #confirm(known: KnownAddress, trial: Trial): void {
    const { book, clock, isSlow, onValidated } = this.#options
    const { helo, key } = known
    const now = clock.now()
    const wasValid = this.#isValid(known)
    const until = Math.min(helo.expiration, now + (isSlow(helo) ? SLOW_VALIDATED_MS : VALIDATED_MS))
    Object.assign(trial, { sent: 0, rounds: 0, nextRoundAt: 0, refusals: 0 })
    this.#trials.keep(trial, { isRumour: false })
    if (until <= now) return this.#disarm(trial) // of a peer once linked: it lives, but its HELO is not to be used
    const lifeMs = Math.max(until - now, trial.confirmed?.lifeMs ?? 0) // or PINGs would come faster towards the end
    trial.confirmed = { at: clock.monotonic(), lifeMs }
    book.markValidated(helo.senderIdentity, key, until)
    if (!wasValid || trial.timer === null) this.#arm(trial, quietMs(lifeMs))
    if (!wasValid) onValidated(helo.senderIdentity, helo)
  }

  /** What was valid when the book was loaded is renewed like the rest. */
  #watch(known: KnownAddress): void {
    const trial = this.#trialOf(known)
    if (trial.timer !== null) return
    const lifeMs = known.validatedUntil - this.#options.clock.now()
    trial.confirmed = { at: this.#options.clock.monotonic(), lifeMs }
    this.#trials.keep(trial, { isRumour: false })
    this.#arm(trial, quietMs(lifeMs))
  }

  #fired(trial: Trial): void {
    const known = this.#options.book.find(trial.peer, trial.key)
    if (known === undefined) return this.#trials.remove(trial)
    if (trial.confirmed !== null && !this.#isValid(known)) {
      trial.confirmed = null // nobody confirmed it in time: it begins anew when somebody asks for it
      trial.sent = 0
      return
    }
    if (trial.confirmed !== null) {
      const leftMs = quietMs(trial.confirmed.lifeMs) - (this.#options.clock.monotonic() - trial.confirmed.at)
      if (leftMs > 0) return this.#arm(trial, leftMs)
    }
    const refusal = this.#ask(known, trial.confirmed === null ? known.from : 'owner')
    if (refusal !== null) this.#refuse(refusal)
  }

  #arm(trial: Trial, delayMs: number): void {
    this.#disarm(trial)
    trial.timer = this.#options.clock.setTimer(() => {
      trial.timer = null
      this.#fired(trial)
    }, delayMs)
  }

  #disarm(trial: Trial): void {
    trial.timer?.[Symbol.dispose]()
    trial.timer = null
  }

  #isValid({ validatedUntil }: KnownAddress): boolean {
    return validatedUntil > this.#options.clock.now()
  }

  #refuseNull(reason: AskRefusal): null {
    this.#refuse(reason)
    return null
  }

  #refuse<R extends ValidationDrop>(reason: R): R {
    this.#options.onDropped(reason, 1)
    return reason
  }
}

function quietMs(lifeMs: number): number {
  return Math.max(lifeMs * QUIET_PART, MIN_RENEWAL_MS)
}
