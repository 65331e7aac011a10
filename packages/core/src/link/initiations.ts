/** The handshakes of a link that we began, and when the next may be (PROTOCOL.md section 10). */
import type { PendingHandshake } from '@postern/crypto'
import {
  FIRST_APPLICATION_TYPE,
  FIRST_NOISE_OCTETS,
  type Helo,
  MAC_OCTETS,
  MESSAGE_HEADER_OCTETS,
  MESSAGE_TYPE,
  type Ping,
  type PlainMessage,
  pingCodec,
  pongCodec,
  type SecondMessage,
} from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { addressKey, keyOf } from '../peers/address-key.js'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import { candidatesOf, dialCandidate } from './candidates.js'
import { type Candidate, Courier } from './courier.js'
import { Epoch } from './epoch.js'
import { makeFirstMessage, readHandshakeBatch, withCookie } from './first-message.js'
import { fitting, octetsOf } from './fitting.js'
import { learn, ownHelos } from './handshake-helos.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'

export interface Initiation {
  readonly ownIndex: number
  readonly pending: PendingHandshake
  readonly peerLinkKey: Uint8Array
  readonly courier: Courier
  /** Of the first message, with mac2 zero. */
  readonly body: Uint8Array
  readonly begunMs: number
  readonly madeMs: number
  /** As of an epoch. */
  crossings: ReadonlySet<object>
  /** Messages of the queue that are inside. */
  readonly early: readonly PlainMessage[]
  /** Answered with; a responder asks for one, whoever floods us for many. */
  cookies: number
  /** Only mail may still bring an answer: another one may be begun by faster ways. */
  isQuiet: boolean
}

/** `wanted`: something waits; `old`: the epoch is; `lost`: the peer has forgotten us, `lost-fast`: or so a datagram says. */
export type BeginReason = 'wanted' | 'old' | 'lost' | 'lost-fast'

/** DESIGN section 4. */
const MAX_INITIATIONS = 4
const INDEX_OCTETS = 4
/** A first message without its batch. */
const FIRST_OVERHEAD_OCTETS: number = MESSAGE_HEADER_OCTETS + 2 * INDEX_OCTETS + FIRST_NOISE_OCTETS + 2 * MAC_OCTETS
const BACK_OFF_MS = 1_000
const MOST_BACK_OFF_MS = 60_000
/** Of one handshake: a cookie may change under way. */
const MAX_COOKIES = 2

export class Initiations {
  readonly #context: LinkContext
  readonly #link: PeerLink
  readonly #initiations = new Set<Initiation>()
  #failures = 0
  #waiting: Timer | null = null
  #isClosed = false

  constructor(context: LinkContext, link: PeerLink) {
    this.#context = context
    this.#link = link
  }

  get isUnderWay(): boolean {
    return this.#initiations.size > 0 || this.#waiting !== null
  }

  /** Is there one that may be answered any moment, or a time set for the next? */
  get #isBusy(): boolean {
    return this.#waiting !== null || [...this.#initiations].some(({ isQuiet }) => !isQuiet)
  }

  /** Nothing happens while one is under way. */
  begin(why: BeginReason): void {
    if (this.#isClosed || this.#waiting !== null) return
    // Nobody will ever answer: each first message carries what it can, and the next need not wait for it.
    const isOneWay = why === 'wanted' && this.#context.validator.isPinned(this.#link.peer)
    if (isOneWay) this.#dropOldest()
    if ((this.#isBusy && !isOneWay) || this.#initiations.size >= MAX_INITIATIONS) return
    const { book, ring, nodeId, clock, indexes, validator } = this.#context
    const { peer } = this.#link
    const { graceMs } = this.#link.answers
    if (why === 'wanted' && graceMs > 0) return this.#again(graceMs)
    const peerLinkKey = book.linkKeyOf(peer)
    // One by mail is enough until it was answered, or can be answered no more.
    const { chosen } = this.#link.paths
    const isFastUp = chosen !== null && !isSlowCarrier(chosen.carrier)
    const maySlow = (this.#initiations.size === 0 || isOneWay) && why !== 'lost-fast' && !isFastUp
    const isAllowed = (carrier: Carrier): boolean => maySlow || !isSlowCarrier(carrier)
    const sessions = this.#link.paths.all.filter(({ isProven, carrier }) => isProven && isAllowed(carrier))
    const candidates = candidatesOf(this.#context, this.#link.peer).filter(({ helo, carrier }) => {
      const isOpen = sessions.some((path) => path.helo !== null && addressKey(path.helo) === addressKey(helo))
      return isAllowed(carrier) && !isOpen
    })
    if (peerLinkKey === null || (candidates.length === 0 && sessions.length === 0)) return // it may come to us
    const asked = this.#askFirst(candidates)
    if (asked === null && sessions.length === 0) return this.#failed(null)
    const carried = [...candidates.map(({ mtu }) => mtu), ...sessions.map(({ provenMtu }) => provenMtu)]
    const room = Math.min(...carried) - FIRST_OVERHEAD_OCTETS
    const inside = this.#firstInside(room, asked?.ping ?? null, why)
    if (inside === null) return this.#failed(null)
    const early = inside.filter(({ type }) => type >= FIRST_APPLICATION_TYPE)
    const initiation = {} as { current: Initiation }
    const ownIndex = indexes.reserve()
    const made = makeFirstMessage({
      from: nodeId,
      to: peer,
      own: ring.current(),
      peerLinkKey,
      senderIndex: ownIndex,
      inside,
    })
    if (made === null) {
      if (early.length > 0) this.#context.dropped('out', 'bad-link-key', early.length)
      return
    }
    const { body, pending } = made
    const courier = new Courier({
      clock,
      type: MESSAGE_TYPE.HANDSHAKE_FIRST,
      body,
      candidates,
      // The first try was paid for with the PING that is inside.
      dial: (candidate) =>
        dialCandidate(this.#context, candidate, candidate === asked?.candidate || this.#mayTry(candidate.helo)),
      mayRepeat: (helo) => this.#mayTry(helo),
      onSpread: () => {
        if (asked !== null) validator.voidChallenge(asked.candidate.helo)
      },
      onQuiet: () => this.#quiet(initiation.current),
      onOver: () => this.#failed(initiation.current),
    })
    const crossings = this.#link.answers.cross()
    initiation.current = {
      ownIndex,
      pending,
      peerLinkKey,
      courier,
      body,
      begunMs: clock.now(),
      madeMs: clock.monotonic(),
      crossings,
      isQuiet: false,
      early,
      cookies: 0,
    }
    this.#initiations.add(initiation.current)
    indexes.give(ownIndex, { at: 'initiation', link: this.#link, initiation: initiation.current })
    courier.start(sessions)
  }

  /** Our first message was answered. null: it is complete; otherwise why not. */
  completed(initiation: Initiation, second: SecondMessage, arrival: Arrival): 'forged' | 'bad-handshake' | null {
    const { clock, indexes, aead, validator, book } = this.#context
    const link = this.#link
    const done = initiation.pending.complete(second.noise)
    if (done === null) return 'forged'
    const { peerLinkKey } = initiation
    const batch = readHandshakeBatch(done.payload, {
      peer: link.peer,
      peerLinkKey,
      nowMs: clock.now(),
      needsHelo: false,
      isKnown: (helo) => book.holds(helo, clock.now()),
    })
    if (batch === null) return 'bad-handshake'
    const { ownIndex, begunMs, madeMs } = initiation
    const epoch = new Epoch({
      aead,
      secrets: done.secrets,
      ownIndex,
      peerIndex: second.senderIndex,
      isOurs: true,
      begunMs,
      madeMs,
    })
    epoch.crossings = initiation.crossings
    indexes.give(ownIndex, { at: 'epoch', link, epoch })
    learn(this.#context, batch.helos)
    this.#initiations.delete(initiation)
    initiation.pending.erase()
    this.#failures = 0
    const { paths: tried } = initiation.courier
    const paths = tried.map((path) => link.paths.add(path))
    initiation.courier.end(new Set(tried))
    link.epochs.add(epoch)
    void link.save(epoch)
    link.epochs.use(epoch)
    for (const { type, body } of batch.rest) {
      const pong = type === MESSAGE_TYPE.PONG ? pongCodec.decode(body) : null
      if (pong?.ok !== true || validator.receivedPong(pong.value) !== null) continue
      const key = keyOf(pong.value.protocol, pong.value.address)
      const asked = paths.find(({ helo }) => helo !== null && addressKey(helo) === key)
      if (asked !== undefined) link.paths.prove(asked)
    }
    link.inbound.take(batch.rest, arrival, { early: false })
    link.heardFrom(arrival)
    link.greetUntilHeard(epoch)
    return null
  }

  /** A responder under load wants to see its cookie. */
  cookie(initiation: Initiation, cookie: Uint8Array, arrival: Arrival): void {
    const { paths } = initiation.courier
    const path = paths.find(({ tsession }) => tsession === arrival.tsession) ?? paths[0] ?? null
    initiation.cookies += 1
    const mayPut = path !== null && (path.helo === null || this.#mayTry(path.helo))
    if (initiation.cookies > MAX_COOKIES || !mayPut) return
    initiation.courier.replace(withCookie(initiation.body, cookie), path)
  }

  /** The peer began one, too, and both may complete: the mark that it shares with those of ours; none where there is none. */
  cross(): ReadonlySet<object> {
    const mark = {}
    for (const initiation of this.#initiations) initiation.crossings = new Set([...initiation.crossings, mark])
    return new Set(this.#initiations.size > 0 ? [mark] : [])
  }

  close(): void {
    this.#isClosed = true
    this.#waiting?.[Symbol.dispose]()
    this.#waiting = null
    for (const initiation of [...this.#initiations]) {
      const { courier, early } = initiation
      if (!courier.hasLeft && early.length > 0) this.#context.dropped('out', 'link-closed', early.length)
      this.#drop(initiation)
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#initiations.size >= MAX_INITIATIONS ? this.#initiations : []
    if (oldest !== undefined) this.#drop(oldest)
  }

  #drop(initiation: Initiation): void {
    this.#initiations.delete(initiation)
    // What never left waits again; what left may have arrived.
    if (!initiation.courier.hasLeft && !this.#isClosed) this.#link.outbound.giveBack(initiation.early)
    initiation.courier.end()
    initiation.pending.erase()
    this.#context.indexes.release(initiation.ownIndex)
  }

  /** Nobody answered at once; mail may take its time. */
  #quiet(initiation: Initiation): void {
    initiation.isQuiet = true
    this.#backOff()
  }

  /** Nobody answered, or nobody may be asked now (null). Again later, if there still is a reason. */
  #failed(initiation: Initiation | null): void {
    if (initiation !== null) this.#drop(initiation)
    this.#backOff()
  }

  #backOff(): void {
    const waitMs = Math.min(MOST_BACK_OFF_MS, BACK_OFF_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#context.log.debug('link.no-answer', { peer: this.#link.peer, againInMs: waitMs })
    this.#again(waitMs)
  }

  #again(waitMs: number): void {
    this.#waiting ??= this.#context.clock.setTimer(() => {
      this.#waiting = null
      if (this.#link.isWanted && !this.#link.isUp) this.begin('wanted')
    }, waitMs)
  }

  /** An unconfirmed address may be sent only so much (DESIGN section 4): the validator keeps the books. */
  #mayTry(helo: Helo): boolean {
    return this.#context.validator.challengeFor(helo) !== null
  }

  /** The first address that may be tried, with the PING for it. */
  #askFirst(candidates: readonly Candidate[]): { readonly candidate: Candidate; readonly ping: Ping } | null {
    for (const candidate of candidates) {
      const ping = this.#context.validator.challengeFor(candidate.helo)
      if (ping !== null) return { candidate, ping }
    }
    return null
  }

  /** HELOs first, then a PING of the address that is tried first, then what waits and fits. */
  #firstInside(room: number, ping: Ping | null, why: BeginReason): readonly PlainMessage[] | null {
    // Without a HELO nobody could answer; without the PING it takes a round trip more.
    const helos = fitting(ownHelos(this.#context), room)
    if (helos.length === 0) return null
    const left = room - octetsOf(helos)
    const asked = fitting(ping === null ? [] : [{ type: MESSAGE_TYPE.PING, body: pingCodec.encode(ping) }], left)
    const early = why === 'wanted' ? this.#link.outbound.takeEarly(left - octetsOf(asked)) : []
    return [...helos, ...asked, ...early]
  }
}
