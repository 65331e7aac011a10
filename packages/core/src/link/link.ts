/**
 * The encrypted channel to one peer, over whatever paths there are (DESIGN section 4). This file decides when a handshake is begun,
 * what goes into a frame and over which path it leaves; initiations.ts, answers.ts and inbound.ts do the rest.
 */
import type { NodeId } from '@postern/crypto'
import {
  FIRST_APPLICATION_TYPE,
  type Helo,
  LINK_FRAME_OVERHEAD_OCTETS,
  MAX_APPLICATION_BODY_OCTETS,
  MAX_PATHS_IN_EPOCH,
  MESSAGE_TYPE,
  type MessageType,
} from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { CoreError } from '../errors.js'
import { isSlowCarrier } from '../transports/carriers.js'
import { Announcements } from './announcements.js'
import { Answering } from './answering.js'
import { Answers } from './answers.js'
import type { Arrival } from './arrival.js'
import type { Epoch } from './epoch.js'
import { encodeEpochRecord } from './epoch-record.js'
import { EpochSet, SLOW_RETENTION_EXTRA_MS } from './epoch-set.js'
import { InboundMessages } from './inbound.js'
import { Initiations } from './initiations.js'
import type { LinkContext } from './link-context.js'
import { MAIL_EVERY_MS, MailAllowance } from './mail-allowance.js'
import { Outbound } from './outbound.js'
import type { Path } from './path.js'
import { type PathEnd, PathSet } from './path-set.js'
import { Prober } from './prober.js'
import { Waiters } from './waiters.js'

export type LinkState = 'idle' | 'handshaking' | 'up' | 'closing'

export interface SendOptions {
  /** -128 to 127; higher leaves first. 0 when left out. */
  readonly priority?: number
  /** Dropped when it has not left within so many ms. */
  readonly deadlineMs?: number
}

/** As STYLE section 5 has it. */
export interface Link extends AsyncDisposable {
  readonly peer: NodeId
  readonly state: LinkState
  /** Resolves when the link is up; dials if it must. Rejects with ERR_LINK_CLOSED, or with the signal's reason. */
  ready(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** False: dropped here, and counted. True: it will leave when it can; nothing is promised. Throws ERR_TYPE_INVALID, ERR_BODY_TOO_LARGE. */
  send(type: MessageType, body: Uint8Array, options?: SendOptions): boolean
  /** The keys are forgotten and the peer is told. Idempotent; a new `core.link(peer)` begins anew. */
  close(): Promise<void>
}

/** The frame that confirms an epoch may be lost like any other. */
const GREET_AGAIN_MS: readonly number[] = [500, 1_000, 2_000]
/** Epochs change by time and count (DESIGN section 4): a slow path keeps one for an hour. */
const FAST_EPOCH_MS = 10 * 60_000
const SLOW_EPOCH_MS = 3_600_000
const MOST_FRAMES_IN_EPOCH = 2 ** 32
/** A peer that comes by ever new ways shall not make us begin ever new ones. */
const LEAST_EPOCH_MS = 60_000
/** Whoever was heard by a fast transport so lately will answer by one. */
const FAST_RETURN_MS = 60_000
/** A link that nobody here asked for is worth its paths for so long after it carried something. */
const WORTH_KEEPING_MS = 120_000
const LAST_TYPE = 0xffff

export class PeerLink implements Link {
  readonly peer: NodeId
  readonly paths: PathSet
  readonly epochs: EpochSet
  readonly initiations: Initiations
  readonly answers: Answers
  readonly inbound: InboundMessages
  readonly outbound: Outbound
  readonly prober: Prober
  readonly answering: Answering
  readonly announcements: Announcements
  /** When something authentic of the peer last came, by whatever way; monotonic. */
  lastHeardMs: number = Number.NEGATIVE_INFINITY
  #lastHeardFastMs = Number.NEGATIVE_INFINITY
  readonly #context: LinkContext
  readonly #waiters = new Waiters()
  #isAsked = false
  #greeting: Timer | null = null
  readonly #greetMail: MailAllowance
  /** When an application last sent or got something. */
  #lastUsedMs = Number.NEGATIVE_INFINITY
  /** Messages lost with paths that are over. */
  #lostBefore = 0
  #wasUp = false
  #isClosing = false

  constructor(context: LinkContext, peer: NodeId) {
    this.#context = context
    this.peer = peer
    const { clock, random } = context
    this.#greetMail = new MailAllowance(clock)
    this.outbound = new Outbound(context, this)
    this.prober = new Prober(context, this)
    this.answering = new Answering(context, this)
    this.announcements = new Announcements(context, this)
    this.paths = new PathSet({
      clock,
      random,
      policy: () => context.policyOf(peer),
      returnMs: () => this.#returnMs,
      isInUse: () => this.isWorthKeeping,
      isValidated: ({ helo }) => helo !== null && context.validator.isValidated(helo),
      mayAskAgain: ({ helo, tsession, carrier }) => {
        if (helo === null) return context.validator.mayAsk(tsession.source)
        // A stream was paid for when it was dialled: whoever accepted it can be asked.
        return carrier.transport.traits.reliable || context.validator.challengeFor(helo) !== null
      },
      sendChallenge: (path, challenge, octets) => this.#sendChallenge(path, challenge, octets),
      keepAlive: (path) => this.#keepAlive(path),
      onMissed: (path) => this.#missed(path),
      onQuiet: (path) => this.prober.quiet(path),
      onEnded: (path, why) => this.#pathEnded(path, why),
      onSwitch: (change) => {
        if (this.#isClosing) return
        context.switched(this, change)
        if (change.to !== null) this.announcements.tellAgain()
        this.progressed()
      },
    })
    this.epochs = new EpochSet({
      clock,
      isLower: context.nodeId < peer,
      slow: () => context.slow(),
      onErased: (epoch, isForGood) => {
        context.indexes.release(epoch.ownIndex)
        if (isForGood) context.saved.remove(epochKey(epoch))
      },
    })
    this.initiations = new Initiations(context, this)
    this.answers = new Answers(context, this)
    this.inbound = new InboundMessages(context, this)
  }

  get state(): LinkState {
    if (this.#isClosing) return 'closing'
    if (this.isUp) return 'up'
    return this.initiations.isUnderWay ? 'handshaking' : 'idle'
  }

  get isUp(): boolean {
    return this.epochs.current !== null && this.paths.chosen !== null
  }

  /** An application has it. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  set isAsked(isAsked: boolean) {
    this.#isAsked = isAsked
    this.prober.look()
  }

  /** Is it to be kept alive, and made better where that is possible? */
  get isWorthKeeping(): boolean {
    if (this.#isClosing) return false
    return this.#isAsked || this.#context.clock.monotonic() - this.#lastUsedMs < WORTH_KEEPING_MS
  }

  /** Messages that left and may not have arrived: a REPORT showed them missing, or nobody named them before their path ended. */
  get lostMessages(): number {
    return this.paths.all.reduce((sum, { measure }) => sum + measure.lost.messages, this.#lostBefore)
  }

  ready({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#isClosing) return Promise.reject(new CoreError('ERR_LINK_CLOSED', 'the link was closed'))
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (this.isUp) return Promise.resolve()
    this.outbound.flushSoon() // what is sent in the same tick rides along as early data
    return this.#waiters.wait(signal)
  }

  send(type: MessageType, body: Uint8Array, { priority = 0, deadlineMs }: SendOptions = {}): boolean {
    if (!Number.isInteger(type) || type < FIRST_APPLICATION_TYPE || type > LAST_TYPE)
      throw new CoreError(
        'ERR_TYPE_INVALID',
        `message type ${type} is not from ${FIRST_APPLICATION_TYPE} to ${LAST_TYPE}`,
      )
    if (body.byteLength > MAX_APPLICATION_BODY_OCTETS)
      throw new CoreError(
        'ERR_BODY_TOO_LARGE',
        `a body of ${body.byteLength} octets exceeds ${MAX_APPLICATION_BODY_OCTETS}`,
      )
    if (this.#isClosing) {
      this.#context.dropped('out', 'link-closed', 1)
      return false
    }
    const deadline = deadlineMs === undefined ? null : this.#context.clock.monotonic() + deadlineMs
    this.used()
    return this.outbound.offer({ type, body, priority, deadlineMs: deadline })
  }

  /** An application sends or gets something. */
  used(): void {
    const wasWorth = this.isWorthKeeping
    this.#lastUsedMs = this.#context.clock.monotonic()
    if (!wasWorth) this.prober.look()
  }

  /** Core's own: it leaves before anything else. */
  sendControl(type: MessageType, body: Uint8Array): void {
    this.outbound.control(type, body)
  }

  /** Our addresses are others now. */
  tell(helos: readonly Helo[]): void {
    this.announcements.tell(helos)
    this.prober.encourage()
  }

  /** Is there a reason to have a link? */
  get isWanted(): boolean {
    return this.#waiters.size > 0 || this.outbound.hasMessages
  }

  /** Something changed that may let messages leave, or waiters go on. */
  progressed(): void {
    if (this.isUp) this.#waiters.resolve()
    this.#tellChange()
    this.outbound.flushSoon()
    this.prober.look()
  }

  /** Whoever watches hears of every change once. */
  #tellChange(): void {
    const isUp = this.isUp && !this.#isClosing
    if (isUp === this.#wasUp) return
    this.#wasUp = isUp
    if (isUp) this.announcements.tellRest()
    this.#context.changed(this, isUp)
  }

  /** Something authentic came from there. It may be a better way back, once it is proven. */
  heardFrom(arrival: Arrival): void {
    this.lastHeardMs = this.#context.clock.monotonic()
    if (!isSlowCarrier(arrival.carrier)) this.#lastHeardFastMs = this.lastHeardMs
    this.paths.heard(arrival)
  }

  /** Nothing fast of the peer came lately: what it answers comes by mail, an ECHO an hour. */
  get #returnMs(): number {
    const { protocols, maxLatencyMs } = this.#context.slow()
    const isFast = this.#context.clock.monotonic() - this.#lastHeardFastMs < FAST_RETURN_MS
    return isFast || protocols.length === 0 ? 0 : maxLatencyMs + MAIL_EVERY_MS
  }

  /** Makes what late mail needs safe. null: there is nothing to wait for. */
  save(epoch: Epoch): Promise<boolean> | null {
    const { protocols, maxLatencyMs } = this.#context.slow()
    if (protocols.length === 0 || epoch.isOver) return null
    const { ownIndex, peerIndex, isOurs, begunMs } = epoch
    const untilMs = this.#context.clock.now() + SLOW_EPOCH_MS + maxLatencyMs + SLOW_RETENTION_EXTRA_MS
    const record = { peer: this.peer, ownIndex, peerIndex, isOurs, begunMs, untilMs, ...epoch.snapshot(protocols) }
    return this.#context.saved.save({ key: epochKey(epoch), value: encodeEpochRecord(record) })
  }

  /** Until the peer is heard under the new epoch: it cannot send before it knows that we have the keys. */
  greetUntilHeard(epoch: Epoch, round = 0): void {
    this.greet()
    const waitMs = GREET_AGAIN_MS[round]
    this.#greeting?.[Symbol.dispose]()
    this.#greeting = null
    const { chosen } = this.paths
    if (waitMs === undefined || (chosen !== null && isSlowCarrier(chosen.carrier))) return
    this.#greeting = this.#context.clock.setTimer(() => {
      this.#greeting = null
      if (!epoch.isHeard && this.epochs.current === epoch) this.greetUntilHeard(epoch, round + 1)
    }, waitMs)
  }

  /** An empty frame over every path that is open: it confirms the epoch and asks who is there. */
  greet(): void {
    const epoch = this.epochs.current
    if (epoch === null) return
    for (const path of this.paths.all) if (path.isProven && this.#mayGreet(path)) this.outbound.put(epoch, path, [])
    this.paths.challengeAll()
    this.progressed()
  }

  /** By mail where there is nothing else. */
  #mayGreet(path: Path): boolean {
    return !isSlowCarrier(path.carrier) || (path === this.paths.chosen && this.#greetMail.take())
  }

  close(): Promise<void> {
    if (!this.#isClosing) {
      const { current } = this.epochs
      this.flush()
      const { chosen } = this.paths
      if (current !== null && chosen !== null)
        this.outbound.put(current, chosen, [{ type: MESSAGE_TYPE.CLOSE, body: new Uint8Array(0) }])
      this.end()
    }
    return Promise.resolve()
  }

  /** Without a word to the peer. `suspended`: what was kept of it stays, for a restart. Idempotent. */
  end(how: 'forgotten' | 'suspended' = 'forgotten'): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.outbound.clear()
    this.prober.close()
    this.#greeting?.[Symbol.dispose]()
    this.answering.close()
    this.initiations.close()
    this.answers.close()
    this.inbound.close()
    this.paths.closeAll()
    this.epochs.close(how === 'forgotten')
    this.#waiters.reject(new CoreError('ERR_LINK_CLOSED', 'the link was closed'))
    this.#context.ended(this)
    this.#tellChange()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** What waits leaves, or a handshake begins. */
  flush(): void {
    if (this.#isClosing) return
    const epoch = this.epochs.current
    const path = this.paths.chosen
    if (epoch !== null && path !== null) {
      const frames = this.outbound.flush(epoch, path)
      if (frames > 0 && this.#isOld(epoch)) this.initiations.begin('old')
      return
    }
    // A path that is being asked may be all it takes; without an epoch, or without any path, only a handshake helps.
    if (this.isWanted && (epoch === null || !this.paths.hasUnproven)) this.initiations.begin('wanted')
  }

  /** At most an epoch an hour where mail may bring frames of many (DESIGN section 4). */
  #isOld(epoch: Epoch): boolean {
    const lifeMs = this.#context.slow().protocols.length > 0 ? SLOW_EPOCH_MS : FAST_EPOCH_MS
    const ageMs = this.#context.clock.monotonic() - epoch.madeMs
    const isFull = epoch.sealed >= MOST_FRAMES_IN_EPOCH || epoch.paths >= MAX_PATHS_IN_EPOCH
    return ageMs >= lifeMs || (isFull && ageMs >= LEAST_EPOCH_MS) || this.#context.clock.now() - epoch.begunMs >= lifeMs
  }

  #sendChallenge(path: Path, challenge: Uint8Array, octets?: number): void {
    const epoch = this.epochs.current
    if (epoch === null) return
    const message = { type: MESSAGE_TYPE.CHALLENGE, body: challenge }
    if (octets === undefined) this.outbound.put(epoch, path, [message])
    else this.outbound.putPadded(epoch, path, message, octets - LINK_FRAME_OVERHEAD_OCTETS)
  }

  #keepAlive(path: Path): void {
    const epoch = this.epochs.current
    if (epoch !== null && !isSlowCarrier(path.carrier)) this.outbound.put(epoch, path, [])
  }

  /** The others are asked whether they could take over, and more are looked for. */
  #missed(path: Path): void {
    if (path !== this.paths.chosen) return
    for (const other of this.paths.all)
      if (other !== path && other.isProven && !isSlowCarrier(other.carrier)) this.#keepAlive(other)
    this.prober.look()
  }

  #pathEnded(path: Path, why: PathEnd): void {
    const { messages } = path.measure.lost
    this.#lostBefore += messages
    if (this.#isClosing) return
    if (path.isProven) this.#context.pathEnded(this, path, why, messages)
    this.prober.ended(path, why)
    // By mail is asked only when nothing faster is left.
    if (why === 'unproven' && this.epochs.current !== null) this.paths.challengeAll()
    this.progressed()
  }
}

function epochKey({ ownIndex }: Epoch): string {
  return `epoch/${ownIndex.toString(16)}`
}
