/**
 * The encrypted channel to one peer, over whatever paths there are (DESIGN section 4). This file decides when a handshake is begun,
 * what goes into a frame and over which path it leaves; initiations.ts, answers.ts and inbound.ts do the rest.
 */
import type { NodeId } from '@postern/crypto'
import {
  batchedOctets,
  encodeBatch,
  FIRST_APPLICATION_TYPE,
  MAX_APPLICATION_BODY_OCTETS,
  MAX_PATHS_IN_EPOCH,
  MESSAGE_TYPE,
  type MessageType,
  type PlainMessage,
  reportCodec,
} from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { CoreError } from '../errors.js'
import { isSlowCarrier } from '../transports/carriers.js'
import { Answers } from './answers.js'
import type { Arrival } from './arrival.js'
import type { Epoch } from './epoch.js'
import { encodeEpochRecord } from './epoch-record.js'
import { EpochSet, SLOW_RETENTION_EXTRA_MS } from './epoch-set.js'
import { InboundMessages } from './inbound.js'
import { Initiations } from './initiations.js'
import type { LinkContext } from './link-context.js'
import type { Path } from './path.js'
import { PathSet } from './path-set.js'
import { SendQueue } from './send-queue.js'
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

const QUEUE_OCTETS = 4 * 1024 * 1024
const QUEUE_MESSAGES = 4_096
/** What arrived is told soon, unless it can ride along. */
const REPORT_AFTER_MS = 25
/** The frame that confirms an epoch may be lost like any other. */
const GREET_AGAIN_MS: readonly number[] = [500, 1_000, 2_000]
/** A transport that takes nothing now is asked again. */
const RETRY_AFTER_MS = 5
/** Epochs change by time and count (DESIGN section 4): a slow path keeps one for an hour. */
const FAST_EPOCH_MS = 10 * 60_000
const SLOW_EPOCH_MS = 3_600_000
const MOST_FRAMES_IN_EPOCH = 2 ** 32
/** A peer that answers nothing for so long, not even by a report, may have forgotten us. */
const SILENT_MS = 15_000
const SLOW_ECHO_MS = 3_600_000
/** Of core's own that wait for a way out: an authentic peer may ask much. */
const MAX_CONTROLS = 64
const LAST_TYPE = 0xffff

export class PeerLink implements Link {
  readonly peer: NodeId
  readonly paths: PathSet
  readonly epochs: EpochSet
  readonly initiations: Initiations
  readonly answers: Answers
  readonly inbound: InboundMessages
  /** An application has it. */
  isAsked = false
  readonly #context: LinkContext
  readonly #queue: SendQueue
  readonly #waiters = new Waiters()
  /** Core's own messages, ahead of all others. */
  #controls: PlainMessage[] = []
  #owesReport: Epoch | null = null
  #reporting: Timer | null = null
  #retrying: Timer | null = null
  #greeting: Timer | null = null
  /** Since when what we send has not been answered by anything; null: it has. */
  #unansweredMs: number | null = null
  #lastSlowEchoMs = Number.NEGATIVE_INFINITY
  #isFlushDue = false
  #wasUp = false
  #isClosing = false

  constructor(context: LinkContext, peer: NodeId) {
    this.#context = context
    this.peer = peer
    const { clock, random } = context
    this.#queue = new SendQueue({
      clock,
      maxOctets: QUEUE_OCTETS,
      maxMessages: QUEUE_MESSAGES,
      firstMessageId: new DataView(random.bytes(4).buffer).getUint32(0),
      onDropped: (reason, count) => context.dropped('out', reason, count),
    })
    this.paths = new PathSet({
      clock,
      random,
      onUnanswered: () => this.greet(),
      sendChallenge: (path, challenge) => this.#sendChallenge(path, challenge),
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
    return this.epochs.current !== null && this.paths.best !== null
  }

  ready({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#isClosing) return Promise.reject(new CoreError('ERR_LINK_CLOSED', 'the link was closed'))
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (this.isUp) return Promise.resolve()
    this.#flushSoon() // what is sent in the same tick rides along as early data
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
    const taken = this.#queue.offer({ type, body, priority, deadlineMs: deadline })
    if (taken) this.#flushSoon()
    return taken
  }

  /** Core's own: it leaves before anything else. */
  sendControl(type: MessageType, body: Uint8Array): void {
    if (this.#controls.length >= MAX_CONTROLS) this.#context.dropped('out', 'too-many-controls', 1)
    else this.#controls.push({ type, body })
    this.#flushSoon()
  }

  /** Is there a reason to have a link? */
  get isWanted(): boolean {
    return this.#waiters.size > 0 || !this.#queue.isEmpty || this.#controls.length > 0
  }

  /** What fits whole into `room` octets of a first message, taken from the queue. */
  takeEarly(room: number): readonly PlainMessage[] {
    const early = this.#queue.peekWhole(room)
    this.#queue.takePeeked(early)
    return early
  }

  /** They could not leave after all. */
  giveBack(messages: readonly PlainMessage[]): void {
    this.#queue.putBack(messages)
  }

  /** Answers a CHALLENGE: by the best way, else back to where it came from, else where the peer says it can be reached. */
  echo(body: Uint8Array, { tsession, carrier }: Arrival): void {
    const epoch = this.epochs.current
    const { best } = this.paths
    const isFast = best !== null && (!isSlowCarrier(best.carrier) || isSlowCarrier(carrier))
    if (epoch === null || isFast) return this.sendControl(MESSAGE_TYPE.ECHO, body)
    const session = this.paths.all.filter((path) => path.tsession === tsession)
    const back = session.length > 0 ? session : this.paths.all.filter((path) => this.#mayEcho(path))
    for (const path of back) this.#put(epoch, path, [{ type: MESSAGE_TYPE.ECHO, body }])
  }

  /** The peer advertised the address itself; nobody has proven it. A mail an hour, as for second messages. */
  #mayEcho({ helo, carrier }: Path): boolean {
    if (helo === null) return false
    if (!isSlowCarrier(carrier)) return this.#context.validator.payForAnswer(helo) === null
    const now = this.#context.clock.monotonic()
    if (now - this.#lastSlowEchoMs < SLOW_ECHO_MS) return false
    this.#lastSlowEchoMs = now
    return true
  }

  /** Something changed that may let messages leave, or waiters go on. */
  progressed(): void {
    if (this.isUp) this.#waiters.resolve()
    this.#tellChange()
    this.#flushSoon()
  }

  /** Whoever watches hears of every change once. */
  #tellChange(): void {
    const isUp = this.isUp && !this.#isClosing
    if (isUp === this.#wasUp) return
    this.#wasUp = isUp
    this.#context.changed(this, isUp)
  }

  /** Something authentic came from there. It may be a better way back, once it is proven. */
  heardFrom(arrival: Arrival): void {
    this.#unansweredMs = null
    this.paths.heard(arrival)
  }

  /** Frames of this epoch arrived: the peer is told what it may count on. */
  owesReport(epoch: Epoch): void {
    this.#owesReport = epoch
    const best = this.paths.best
    // Mail is too dear for a report of its own: it rides along.
    if (best === null || isSlowCarrier(best.carrier)) return
    this.#reporting ??= this.#context.clock.setTimer(() => {
      this.#reporting = null
      this.#flush()
    }, REPORT_AFTER_MS)
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
    const { best } = this.paths
    if (waitMs === undefined || (best !== null && isSlowCarrier(best.carrier))) return
    this.#greeting = this.#context.clock.setTimer(() => {
      this.#greeting = null
      if (!epoch.isHeard && this.epochs.current === epoch) this.greetUntilHeard(epoch, round + 1)
    }, waitMs)
  }

  /** An empty frame, or one with what waits, over every path that is open: it confirms the epoch and asks who is there. */
  greet(): void {
    const epoch = this.epochs.current
    if (epoch === null) return
    for (const path of this.paths.all) if (path.isProven) this.#put(epoch, path, [])
    this.paths.challengeAll()
    this.progressed()
  }

  close(): Promise<void> {
    if (!this.#isClosing) {
      const { current } = this.epochs
      const { best } = this.paths
      this.#flush()
      if (current !== null && best !== null)
        this.#put(current, best, [{ type: MESSAGE_TYPE.CLOSE, body: new Uint8Array(0) }])
      this.end()
    }
    return Promise.resolve()
  }

  /** Without a word to the peer. `suspended`: what was kept of it stays, for a restart. Idempotent. */
  end(how: 'forgotten' | 'suspended' = 'forgotten'): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#queue.clear('link-closed')
    this.#controls = []
    this.#reporting?.[Symbol.dispose]()
    this.#retrying?.[Symbol.dispose]()
    this.#greeting?.[Symbol.dispose]()
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

  /** At the end of the tick: what is sent together travels together. */
  #flushSoon(): void {
    if (this.#isFlushDue || this.#isClosing) return
    this.#isFlushDue = true
    queueMicrotask(() => {
      this.#isFlushDue = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#isClosing) return
    const epoch = this.epochs.current
    const path = this.paths.best
    if (epoch === null || path === null) {
      // A path that is being asked may be all it takes; without an epoch, or without any path, only a handshake helps.
      if (this.isWanted && (epoch === null || !this.paths.hasUnproven)) this.initiations.begin('wanted')
      return
    }
    for (let inside = this.#next(epoch, path); inside !== null; inside = this.#next(epoch, path)) {
      if (this.#put(epoch, path, inside)) {
        if (inside.some(({ type }) => type !== MESSAGE_TYPE.REPORT))
          this.#unansweredMs ??= this.#context.clock.monotonic()
        continue
      }
      this.#context.dropped('out', 'path-refused', inside.length)
      this.#afterRefusal(path)
      break
    }
    if (this.#isOld(epoch)) this.initiations.begin('old')
    else if (this.#isSilent(path)) this.initiations.begin('lost-fast')
  }

  /** At most an epoch an hour where mail may bring frames of many (DESIGN section 4). */
  #isOld(epoch: Epoch): boolean {
    const lifeMs = this.#context.slow().protocols.length > 0 ? SLOW_EPOCH_MS : FAST_EPOCH_MS
    const isFull = epoch.sealed >= MOST_FRAMES_IN_EPOCH || epoch.paths >= MAX_PATHS_IN_EPOCH
    return isFull || this.#context.clock.now() - epoch.begunMs >= lifeMs
  }

  /** Whatever we send, nothing comes back, not even a report. */
  #isSilent(path: Path): boolean {
    const now = this.#context.clock.monotonic()
    if (isSlowCarrier(path.carrier) || this.#unansweredMs === null || now - this.#unansweredMs < SILENT_MS) return false
    this.#unansweredMs = now
    return true
  }

  /** The inside of the next frame; null: nothing waits. */
  #next(epoch: Epoch, path: Path): readonly PlainMessage[] | null {
    const inside: PlainMessage[] = []
    let room = path.maxBatchOctets
    const report = this.#owesReport === epoch ? this.#report(epoch) : null
    for (const control of [...this.#controls, ...(report === null ? [] : [report])]) {
      const octets = batchedOctets(control)
      if (octets > room) continue
      inside.push(control)
      room -= octets
    }
    this.#controls = this.#controls.filter((control) => !inside.includes(control))
    if (report !== null && inside.includes(report)) this.#owesReport = null
    inside.push(...(this.#queue.takeBatch(room) ?? []))
    return inside.length === 0 ? null : inside
  }

  #report(epoch: Epoch): PlainMessage | null {
    const received = epoch.received()
    return received.length === 0 ? null : { type: MESSAGE_TYPE.REPORT, body: reportCodec.encode(received) }
  }

  #put(epoch: Epoch, path: Path, inside: readonly PlainMessage[]): boolean {
    const frame = epoch.seal(path, path.carrier.transport.protocolNumber, encodeBatch(inside))
    return frame !== null && path.send({ msg: frame, size: frame.byteLength, isEncrypted: true, crc: 0 })
  }

  #sendChallenge(path: Path, challenge: Uint8Array): void {
    const epoch = this.epochs.current
    if (epoch !== null) this.#put(epoch, path, [{ type: MESSAGE_TYPE.CHALLENGE, body: challenge }])
  }

  /** Slow, or gone? A session that is gone cannot be held once more. */
  #afterRefusal(path: Path): void {
    const isGone = !isSlowCarrier(path.carrier) && !path.isAlive
    if (isGone) this.paths.close(path)
    this.#retrying ??= this.#context.clock.setTimer(() => {
      this.#retrying = null
      this.#flush()
    }, RETRY_AFTER_MS)
  }
}

function epochKey({ ownIndex }: Epoch): string {
  return `epoch/${ownIndex.toString(16)}`
}
