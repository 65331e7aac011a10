/**
 * What leaves a link: core's own messages first, then reports, then what applications sent, packed into frames for the path that
 * carries data (DESIGN section 4, "Packing"). Chooses no path and begins no handshake.
 */
import {
  batchedOctets,
  encodeBatch,
  FIRST_APPLICATION_TYPE,
  MESSAGE_HEADER_OCTETS,
  MESSAGE_TYPE,
  type MessageType,
  type PlainMessage,
  reportCodec,
} from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import type { Epoch } from './epoch.js'
import type { PeerLink } from './link.js'
import type { LinkContext } from './link-context.js'
import { MailAllowance } from './mail-allowance.js'
import type { Path } from './path.js'
import { SendQueue } from './send-queue.js'
import type { QueuedMessage } from './waiting-message.js'

const QUEUE_OCTETS = 4 * 1024 * 1024
const QUEUE_MESSAGES = 4_096
/** What arrived is told soon, unless it can ride along. */
const REPORT_AFTER_MS = 25
/** A transport that takes nothing now is asked again. */
const RETRY_AFTER_MS = 5
/** A quota, or a server that is away. */
const RETRY_SLOW_AFTER_MS = 60_000
/** Of core's own that wait for a way out: an authentic peer may ask much. */
const MAX_CONTROLS = 64

export class Outbound {
  readonly #context: LinkContext
  readonly #link: PeerLink
  readonly #queue: SendQueue
  /** Core's own messages, ahead of all others. */
  #controls: PlainMessage[] = []
  #owesReport: Epoch | null = null
  #reporting: Timer | null = null
  #isReportDue = false
  readonly #reportMail: MailAllowance
  readonly #controlMail: MailAllowance
  #retrying: Timer | null = null
  /** Controls for the hour of the next mail. */
  #waiting: Timer | null = null
  #isFlushDue = false
  #isClosed = false

  constructor(context: LinkContext, link: PeerLink) {
    this.#context = context
    this.#link = link
    this.#reportMail = new MailAllowance(context.clock)
    this.#controlMail = new MailAllowance(context.clock)
    this.#queue = new SendQueue({
      clock: context.clock,
      maxOctets: QUEUE_OCTETS,
      maxMessages: QUEUE_MESSAGES,
      firstMessageId: new DataView(context.random.bytes(4).buffer).getUint32(0),
      onDropped: (reason, count) => context.dropped('out', reason, count),
    })
  }

  /** Of applications. */
  get hasMessages(): boolean {
    return !this.#queue.isEmpty
  }

  /** False: dropped, and counted. */
  offer(message: QueuedMessage): boolean {
    const taken = this.#queue.offer(message)
    if (taken) this.flushSoon()
    return taken
  }

  control(type: MessageType, body: Uint8Array): void {
    if (this.#controls.length >= MAX_CONTROLS) this.#context.dropped('out', 'too-many-controls', 1)
    else this.#controls.push({ type, body })
    this.flushSoon()
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

  /**
   * Frames of this epoch arrived: the peer is told what it may count on, by a fast way if there is any, or none would ever be trusted
   * by whoever has only mail. By mail it rides along; about a fast path, which would be given up without it, it leaves once an hour.
   */
  owesReport(epoch: Epoch, { carrier }: Pick<Arrival, 'carrier'>): void {
    this.#owesReport = epoch
    if (this.#reporting !== null || this.#link.paths.chosen === null) return
    const hasFast = this.#link.paths.fastestBack !== null
    if (!hasFast && isSlowCarrier(carrier)) return
    const now = this.#context.clock.monotonic()
    const waitMs = hasFast ? REPORT_AFTER_MS : Math.max(REPORT_AFTER_MS, this.#reportMail.fromMs - now)
    this.#reporting = this.#context.clock.setTimer(() => this.#report(), waitMs)
  }

  /** At the end of the tick: what is sent together travels together. */
  flushSoon(): void {
    if (this.#isFlushDue || this.#isClosed) return
    this.#isFlushDue = true
    queueMicrotask(() => {
      this.#isFlushDue = false
      if (!this.#isClosed) this.#link.flush()
    })
  }

  /** Everything that waits, over `path`, as far as its transport takes it. Frames that were made. */
  flush(epoch: Epoch, path: Path): number {
    let frames = 0
    if (this.#retrying !== null && isSlowCarrier(path.carrier)) return frames
    for (let inside = this.#next(epoch, path); inside !== null; inside = this.#next(epoch, path)) {
      frames += 1
      if (this.put(epoch, path, inside)) continue
      this.#context.dropped('out', 'path-refused', inside.length)
      this.#afterRefusal(path)
      break // the rest waits
    }
    return frames
  }

  /** One frame. False: it did not leave. `isProbe`: it may be too large for the path. */
  put(epoch: Epoch, path: Path, inside: readonly PlainMessage[], isProbe = false): boolean {
    const counter = epoch.sentOver(path.lane)?.frames ?? 0
    const frame = epoch.seal(path.lane, path.carrier.transport.protocolNumber, encodeBatch(inside))
    if (frame === null) return false
    const hasLeft = path.send({ msg: frame, size: frame.byteLength, isEncrypted: true, crc: 0 })
    const asks = inside.length === 0 || inside.some(({ type }) => type !== MESSAGE_TYPE.REPORT)
    const messages = inside.filter(
      ({ type }) => type >= FIRST_APPLICATION_TYPE || type === MESSAGE_TYPE.FRAGMENT,
    ).length
    // What goes to a source that nobody has proven says nothing of a path.
    if (path.isProven || path.helo !== null)
      path.measure.sent(epoch, { counter, hasLeft, asks, messages, isProbe }, this.#context.clock.monotonic())
    this.#link.paths.sent(path)
    return hasLeft
  }

  /** As `put`, filled up to `octets` of a batch. */
  putPadded(epoch: Epoch, path: Path, message: PlainMessage, octets: number): boolean {
    const left = octets - batchedOctets(message) - MESSAGE_HEADER_OCTETS
    const padding = { type: MESSAGE_TYPE.PADDING, body: new Uint8Array(Math.max(0, left)) }
    return this.put(epoch, path, left < 0 ? [message] : [message, padding], true)
  }

  clear(): void {
    this.#isClosed = true
    this.#queue.clear('link-closed')
    this.#controls = []
    this.#reporting?.[Symbol.dispose]()
    this.#retrying?.[Symbol.dispose]()
    this.#waiting?.[Symbol.dispose]()
  }

  #report(): void {
    this.#reporting = null
    const [path, { current: epoch }] = [this.#link.paths.fastestBack, this.#link.epochs]
    if (path !== null && path !== this.#link.paths.chosen && epoch !== null && epoch === this.#owesReport) {
      const report = this.#reportOf(epoch)
      if (report !== null && this.put(epoch, path, [report])) this.#reported()
      return
    }
    this.#isReportDue = true
    this.#link.flush()
    this.#isReportDue = false
  }

  /** By mail: with something else, or when its hour has come. */
  #mayReport({ carrier }: Path, rides: boolean): boolean {
    if (!isSlowCarrier(carrier) || rides) return true
    return this.#isReportDue && this.#reportMail.take()
  }

  /** The inside of the next frame; null: nothing waits. */
  #next(epoch: Epoch, path: Path): readonly PlainMessage[] | null {
    const inside: PlainMessage[] = []
    let room = path.maxBatchOctets
    const controls = this.#mayControl(path) ? this.#controls : []
    const rides = controls.length > 0 || this.hasMessages
    const report = this.#owesReport === epoch && this.#mayReport(path, rides) ? this.#reportOf(epoch) : null
    for (const control of [...controls, ...(report === null ? [] : [report])]) {
      const octets = batchedOctets(control)
      if (octets > room) continue
      inside.push(control)
      room -= octets
    }
    this.#controls = this.#controls.filter((control) => !inside.includes(control))
    if (report !== null && inside.includes(report)) this.#reported()
    inside.push(...(this.#queue.takeBatch(room) ?? []))
    return inside.length === 0 ? null : inside
  }

  /** By mail they ride along with messages, or leave once an hour. */
  #mayControl({ carrier }: Path): boolean {
    if (!isSlowCarrier(carrier) || this.hasMessages || this.#controls.length === 0) return true
    if (this.#controlMail.take()) return true
    this.#waiting ??= this.#context.clock.setTimer(() => {
      this.#waiting = null
      this.#link.flush()
    }, this.#controlMail.fromMs - this.#context.clock.monotonic())
    return false
  }

  #reported(): void {
    this.#owesReport = null
    this.#reporting?.[Symbol.dispose]()
    this.#reporting = null
  }

  #reportOf(epoch: Epoch): PlainMessage | null {
    const received = epoch.received(this.#context.clock.monotonic())
    return received.length === 0 ? null : { type: MESSAGE_TYPE.REPORT, body: reportCodec.encode(received) }
  }

  /** Slow, or gone? A session that is gone cannot be held once more. */
  #afterRefusal(path: Path): void {
    const isGone = !isSlowCarrier(path.carrier) && !path.isAlive
    if (isGone) this.#link.paths.close(path, 'refused')
    this.#retrying ??= this.#context.clock.setTimer(
      () => {
        this.#retrying = null
        this.#link.flush()
      },
      isSlowCarrier(path.carrier) ? RETRY_SLOW_AFTER_MS : RETRY_AFTER_MS,
    )
  }
}
