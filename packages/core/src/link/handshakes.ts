/** The handshakes of one link, on either side: those we began, and our answers to the peer's (PROTOCOL.md section 10). */
import type { OpenedHandshake, PendingHandshake } from '@postern/crypto'
import {
  encodeBatch,
  FIRST_APPLICATION_TYPE,
  FIRST_MESSAGE_DATAGRAM_OCTETS,
  FIRST_NOISE_OCTETS,
  type FirstMessage,
  type Helo,
  heloCodec,
  MAC_OCTETS,
  MAX_HELOS_IN_HANDSHAKE,
  MESSAGE_HEADER_OCTETS,
  MESSAGE_TYPE,
  type Ping,
  type PlainMessage,
  pingCodec,
  pongCodec,
  SECOND_NOISE_OCTETS,
  type SecondMessage,
  secondMessageCodec,
} from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { clearMessage } from '../messages/clear-message.js'
import { isSame } from '../same-octets.js'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import { candidatesOf } from './candidates.js'
import { type Candidate, Courier } from './courier.js'
import { Epoch } from './epoch.js'
import { makeFirstMessage, type OpenedBatch, readHandshakeBatch, withCookie } from './first-message.js'
import { fitting, octetsOf } from './fitting.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'
import { Path } from './path.js'

export interface Initiation {
  readonly ownIndex: number
  readonly pending: PendingHandshake
  readonly peerLinkKey: Uint8Array
  readonly courier: Courier
  /** Of the first message, with mac2 zero. */
  readonly body: Uint8Array
  readonly begunMs: number
  isCrossed: boolean
  /** Messages of the queue that are inside. */
  readonly early: readonly PlainMessage[]
  /** Answered with; a responder asks for one, whoever floods us for many. */
  cookies: number
  /** Only mail may still bring an answer: another one may be begun by faster ways. */
  isQuiet: boolean
}

interface Answer {
  readonly epoch: Epoch
  readonly body: Uint8Array
  /** The sessions it went back over: whoever uses it proves that he is there, if there is only one. */
  readonly paths: Set<Path>
  courier: Courier | null
  expiry: Timer | null
}

/** DESIGN section 4. */
const MAX_INITIATIONS = 4
const MAX_ANSWERS = 2
const INDEX_OCTETS = 4
/** A first message without its batch. */
const FIRST_OVERHEAD_OCTETS: number = MESSAGE_HEADER_OCTETS + 2 * INDEX_OCTETS + FIRST_NOISE_OCTETS + 2 * MAC_OCTETS
const SECOND_OVERHEAD_OCTETS: number = MESSAGE_HEADER_OCTETS + 2 * INDEX_OCTETS + SECOND_NOISE_OCTETS
const BACK_OFF_MS = 1_000
const MOST_BACK_OFF_MS = 60_000
/** Of one handshake: a cookie may change under way. */
const MAX_COOKIES = 2
/** After that a fast peer has not got our answer, or does not want it. */
const ANSWER_LIFE_MS = 60_000
/** How long a peer that was answered may take to say so. */
const ANSWER_GRACE_MS = 1_000
/** By mail at most one answer to a peer in an hour. */
const SLOW_ANSWER_MS = 3_600_000

export class Handshakes {
  readonly #context: LinkContext
  readonly #link: PeerLink
  readonly #initiations = new Set<Initiation>()
  /** By the ephemeral of the first message: the same one gets the same answer. */
  readonly #answers = new Map<string, Answer>()
  #failures = 0
  #waiting: Timer | null = null
  #lastSlowAnswerMs = Number.NEGATIVE_INFINITY
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

  /** `wanted`: something waits; `old`: the epoch is; `lost`: the peer has forgotten us, `lost-fast`: or so a datagram says. Nothing happens while one is under way. */
  begin(why: 'wanted' | 'old' | 'lost' | 'lost-fast'): void {
    if (this.#isClosed || this.#waiting !== null) return
    // Nobody will ever answer: each first message carries what it can, and the next need not wait for it.
    const isOneWay = why === 'wanted' && this.#context.validator.isPinned(this.#link.peer)
    if (isOneWay) this.#dropOldest()
    if ((this.#isBusy && !isOneWay) || this.#initiations.size >= MAX_INITIATIONS) return
    const { book, ring, nodeId, clock, indexes, validator } = this.#context
    const { peer } = this.#link
    const graceMs = this.#graceMs()
    if (why === 'wanted' && graceMs > 0) return this.#again(graceMs)
    const peerLinkKey = book.linkKeyOf(peer)
    // One by mail is enough until it was answered, or can be answered no more.
    const maySlow = (this.#initiations.size === 0 || isOneWay) && why !== 'lost-fast'
    const isAllowed = (carrier: Carrier): boolean => maySlow || !isSlowCarrier(carrier)
    const sessions = this.#link.paths.all.filter(({ isProven, carrier }) => isProven && isAllowed(carrier))
    const candidates = candidatesOf(this.#context, this.#link.peer).filter(({ helo, carrier }) => {
      const isOpen = sessions.some((path) => path.helo !== null && isSame(path.helo.senderAddress, helo.senderAddress))
      return isAllowed(carrier) && !isOpen
    })
    if (peerLinkKey === null || (candidates.length === 0 && sessions.length === 0)) return // it may come to us
    const asked = this.#askFirst(candidates)
    if (asked === null && sessions.length === 0) return this.#failed(null)
    const carried = [...candidates.map(({ mtu }) => mtu), ...sessions.map(({ mtu }) => mtu)]
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
      dial: (candidate) => this.#dial(candidate, candidate === asked?.candidate || this.#mayTry(candidate.helo)),
      mayRepeat: (helo) => this.#mayTry(helo),
      onSpread: () => {
        if (asked !== null) validator.voidChallenge(asked.candidate.helo)
      },
      onQuiet: () => this.#quiet(initiation.current),
      onOver: () => this.#failed(initiation.current),
    })
    // Answers that are on their way: both may complete.
    for (const { epoch } of this.#answers.values()) epoch.isCrossed = true
    const isCrossed = this.#answers.size > 0
    initiation.current = {
      ownIndex,
      pending,
      peerLinkKey,
      courier,
      body,
      begunMs: clock.now(),
      isCrossed,
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
    const { ownIndex, begunMs } = initiation
    const epoch = new Epoch({
      aead,
      secrets: done.secrets,
      ownIndex,
      peerIndex: second.senderIndex,
      isOurs: true,
      begunMs,
    })
    epoch.isCrossed = initiation.isCrossed
    indexes.give(ownIndex, { at: 'epoch', link, epoch })
    this.#learn(batch.helos)
    this.#initiations.delete(initiation)
    initiation.pending.erase()
    this.#failures = 0
    const { paths } = initiation.courier
    for (const path of paths) link.paths.add(path)
    initiation.courier.end(new Set(paths))
    link.epochs.add(epoch)
    void link.save(epoch)
    link.epochs.use(epoch)
    for (const { type, body } of batch.rest) {
      const pong = type === MESSAGE_TYPE.PONG ? pongCodec.decode(body) : null
      if (pong?.ok !== true || validator.receivedPong(pong.value) !== null) continue
      const asked = paths.find(({ helo }) => helo !== null && isSame(helo.senderAddress, pong.value.address))
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

  /** The peer's first message opened. `octets`: of the transport message that brought it. */
  answer(opened: OpenedHandshake, first: FirstMessage, batch: OpenedBatch, arrival: Arrival, octets: number): void {
    const { aead, indexes, clock } = this.#context
    const link = this.#link
    this.#learn(batch.helos)
    const isProvenSource = arrival.carrier.transport.traits.sourceProven
    const room =
      (isProvenSource || arrival.tsession === null ? FIRST_MESSAGE_DATAGRAM_OCTETS : octets) - SECOND_OVERHEAD_OCTETS
    const ownIndex = indexes.reserve()
    const { message, secrets } = opened.answer(encodeBatch(this.#secondInside(room, batch, arrival)))
    opened.erase()
    const epoch = new Epoch({
      aead,
      secrets,
      ownIndex,
      peerIndex: first.senderIndex,
      isOurs: false,
      begunMs: clock.now(),
    })
    for (const initiation of this.#initiations) {
      initiation.isCrossed = true
      epoch.isCrossed = true
    }
    indexes.give(ownIndex, { at: 'epoch', link, epoch })
    link.epochs.add(epoch)
    void link.save(epoch)
    const body = secondMessageCodec.encode({ senderIndex: ownIndex, receiverIndex: first.senderIndex, noise: message })
    const answer: Answer = { epoch, body, paths: new Set(), courier: null, expiry: null }
    this.#remember(nameOf(first), answer)
    this.#expireLater(nameOf(first), answer, arrival)
    this.#send(answer, arrival)
    link.inbound.take(batch.rest, arrival, { early: true })
  }

  /** The same first message once more gets the same answer. False: it was not answered, or long ago. */
  repeat(first: FirstMessage, arrival: Arrival): boolean {
    const answer = this.#answers.get(nameOf(first))
    if (answer === undefined) return false
    this.#send(answer, arrival)
    return true
  }

  /** The first frame under an epoch of the peer's has opened: it got our answer. */
  confirmed(epoch: Epoch, arrival: Arrival): void {
    const link = this.#link
    for (const [name, answer] of this.#answers) {
      if (answer.epoch !== epoch) continue
      this.#answers.delete(name)
      answer.expiry?.[Symbol.dispose]()
      const dialled = answer.courier?.paths ?? []
      for (const path of dialled) link.paths.add(path)
      answer.courier?.end(new Set(dialled))
      // The answer went there and nowhere else, and whoever is there used it.
      const [path] = answer.paths
      if (answer.paths.size === 1 && answer.courier === null && path?.tsession === arrival.tsession)
        link.paths.prove(path)
    }
    link.epochs.use(epoch)
    link.heardFrom(arrival)
    link.greet()
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
    for (const { courier, expiry } of this.#answers.values()) {
      courier?.end()
      expiry?.[Symbol.dispose]()
    }
    this.#answers.clear()
  }

  #dropOldest(): void {
    const [oldest] = this.#initiations.size >= MAX_INITIATIONS ? this.#initiations : []
    if (oldest !== undefined) this.#drop(oldest)
  }

  #drop(initiation: Initiation): void {
    this.#initiations.delete(initiation)
    // What never left waits again; what left may have arrived.
    if (!initiation.courier.hasLeft && !this.#isClosed) this.#link.giveBack(initiation.early)
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

  /** The peer began and has our answer, or will have soon: no need for a handshake of our own. */
  #graceMs(): number {
    const nowMs = this.#context.clock.now()
    const sinceMs = [...this.#answers.values()].map(({ epoch }) => nowMs - epoch.begunMs)
    return Math.max(0, ...sinceMs.map((ms) => ANSWER_GRACE_MS - ms))
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

  async #dial({ helo, carrier }: Candidate, isAllowed: boolean): Promise<Path | null> {
    if (!isAllowed) return null
    try {
      const tsession = await carrier.transport.connect(helo)
      return new Path({ carrier, tsession, helo })
    } catch (error) {
      this.#context.log.debug('link.dial-failed', {
        peer: this.#link.peer,
        transport: carrier.name,
        error: String(error),
      })
      return null
    }
  }

  /** HELOs first, then a PING of the address that is tried first, then what waits and fits. */
  #firstInside(
    room: number,
    ping: Ping | null,
    why: 'wanted' | 'old' | 'lost' | 'lost-fast',
  ): readonly PlainMessage[] | null {
    // Without a HELO nobody could answer; without the PING it takes a round trip more.
    const helos = fitting(this.#ownHelos(), room)
    if (helos.length === 0) return null
    const left = room - octetsOf(helos)
    const asked = fitting(ping === null ? [] : [{ type: MESSAGE_TYPE.PING, body: pingCodec.encode(ping) }], left)
    const early = why === 'wanted' ? this.#link.takeEarly(left - octetsOf(asked)) : []
    return [...helos, ...asked, ...early]
  }

  /** The PONG is what the initiator waits for; HELOs come first in a batch and second in importance. */
  #secondInside(room: number, { rest }: OpenedBatch, arrival: Arrival): readonly PlainMessage[] {
    const { validator } = this.#context
    // At most one PING, and so at most one signature.
    const asked = rest.filter(({ type }) => type === MESSAGE_TYPE.PING).slice(0, 1)
    const pongs = asked.flatMap(({ body }): PlainMessage[] => {
      const ping = pingCodec.decode(body)
      if (!ping.ok || ping.value.asker !== this.#link.peer) return []
      const pong = validator.received(ping.value, arrival.source, false)
      return typeof pong === 'string' ? [] : [{ type: MESSAGE_TYPE.PONG, body: pong }]
    })
    const answers = fitting(pongs.slice(0, 1), room)
    return [...fitting(this.#ownHelos(), room - octetsOf(answers)), ...answers]
  }

  #ownHelos(): readonly PlainMessage[] {
    const helos = this.#context.ownHelos().slice(0, MAX_HELOS_IN_HANDSHAKE)
    return helos.map((helo) => ({ type: MESSAGE_TYPE.HELO, body: heloCodec.encode(helo) }))
  }

  #send(answer: Answer, arrival: Arrival): void {
    const { clock, validator } = this.#context
    if (arrival.tsession !== null) {
      const path = this.#link.pathOf(arrival)
      if (path !== null) {
        answer.paths.add(path)
        path.send(clearMessage(MESSAGE_TYPE.HANDSHAKE_SECOND, answer.body))
        return
      }
    }
    if (answer.courier !== null) return // it is on its way, by whatever there is
    const maySlow = clock.monotonic() - this.#lastSlowAnswerMs >= SLOW_ANSWER_MS
    const candidates = candidatesOf(this.#context, this.#link.peer).filter(
      ({ carrier }) => maySlow || !isSlowCarrier(carrier),
    )
    if (candidates.some(({ carrier }) => isSlowCarrier(carrier))) this.#lastSlowAnswerMs = clock.monotonic()
    answer.courier = new Courier({
      clock,
      type: MESSAGE_TYPE.HANDSHAKE_SECOND,
      body: answer.body,
      candidates,
      dial: (candidate) => this.#dial(candidate, validator.payForAnswer(candidate.helo) === null),
      mayRepeat: (helo) => validator.payForAnswer(helo) === null,
      onSpread: () => {},
      onQuiet: () => {},
      onOver: () => {
        answer.courier = null
      },
    })
    answer.courier.start(this.#link.paths.all.filter(({ isProven }) => isProven))
  }

  /** Whoever does not confirm is forgotten; over mail that takes as long as mail does. */
  #expireLater(name: string, answer: Answer, { carrier }: Arrival): void {
    const slowMs = this.#context.carriers.maxLatencyMs
    const lifeMs = isSlowCarrier(carrier) ? ANSWER_LIFE_MS + 3 * slowMs : ANSWER_LIFE_MS
    answer.expiry = this.#context.clock.setTimer(() => {
      if (this.#answers.get(name) !== answer) return
      this.#forget(name, answer)
      for (const path of answer.paths) if (!path.isProven) this.#link.paths.close(path)
    }, lifeMs)
  }

  #forget(name: string, answer: Answer): void {
    this.#answers.delete(name)
    answer.expiry?.[Symbol.dispose]()
    answer.courier?.end()
    if (!answer.epoch.isConfirmed) this.#link.epochs.erase(answer.epoch)
  }

  /** At most two that are not confirmed: whoever begins again and again pushes out what it began before. */
  #remember(name: string, answer: Answer): void {
    const unconfirmed = [...this.#answers]
    if (unconfirmed.length >= MAX_ANSWERS) {
      this.#forget(...unconfirmed[0]!)
    }
    this.#answers.set(name, answer)
  }

  #learn(helos: readonly Helo[]): void {
    for (const helo of helos) this.#context.book.add(helo, 'owner', this.#context.clock.now())
  }
}

function nameOf({ noise }: FirstMessage): string {
  return Buffer.from(noise.subarray(0, 32)).toString('latin1')
}
