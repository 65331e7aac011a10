/**
 * What waits to be mailed. One mail at a time is under way to each recipient; what is offered meanwhile gathers for the next one.
 * Bounded in messages, octets, recipients and time; whatever it took ends as accepted by the server or as dropped, by reason.
 * Knows neither mail nor SMTP: `compose` and `sender` do. Never sends, and never calls back, from inside `offer`.
 */
import { type Clock, type Logger, type Message, type RandomSource, TransportError } from '@postern/transport-api'
import { backOffMs } from './back-off.js'
import type { MailSender, OutgoingMail, SendOutcome } from './mail-sender.js'
import { type Batch, entryOctets, fits, type OutboxRecipient, RecipientQueue } from './recipient-queue.js'
import { isServerFault, ServerState } from './server-state.js'

export interface OutboxLimits {
  readonly messagesPerRecipient: number
  /** With 9 octets for each message, here and below. A single message is taken by an empty queue whatever its size. */
  readonly octetsPerRecipient: number
  /** Of all recipients. */
  readonly octets: number
  /** For whom something waits. */
  readonly recipients: number
  /** Mails under way at once; the connections of the sender, or little more. */
  readonly parallel: number
  /** From the offer of a message until it is dropped with those in its mail, if no server takes it. Looked at when a try has failed. */
  readonly giveUpMs: number
}

const DEFAULT_OUTBOX_LIMITS: OutboxLimits = {
  messagesPerRecipient: 1_024,
  octetsPerRecipient: 4 * 1024 * 1024, // the largest mail four times
  octets: 16 * 1024 * 1024, // and a third more while they are under way, as base64
  recipients: 1_024,
  parallel: 8,
  giveUpMs: 3_600_000,
}

export const OUTBOX_DROP_REASONS = [
  'gave-up',
  'mail-refused',
  'recipient-refused',
  'compose-failed',
  'stopped',
] as const
export type OutboxDropReason = (typeof OUTBOX_DROP_REASONS)[number]

export interface OutboxOptions<R extends OutboxRecipient> {
  /** The outbox's own from now on: closed with it. */
  readonly sender: MailSender
  readonly compose: (recipient: R, messages: readonly Message[]) => OutgoingMail
  /** Those not given are DEFAULT_OUTBOX_LIMITS. */
  readonly limits?: Partial<OutboxLimits>
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
  /** The server took responsibility for so many messages, and their octets. */
  readonly onAccepted: (messages: number, octets: number) => void
  readonly onDropped: (reason: OutboxDropReason, messages: number) => void
  readonly onAddressFailed: (recipient: R, lasts: 'now' | 'for-good', reason: string) => void
}

export class Outbox<R extends OutboxRecipient> {
  readonly #options: OutboxOptions<R>
  readonly #limits: OutboxLimits
  readonly #server: ServerState
  readonly #queues = new Map<string, RecipientQueue<R>>()
  /** Something waits and nothing is under way, in the order in which it became so. */
  readonly #ready = new Set<RecipientQueue<R>>()
  readonly #underWay = new Set<Promise<void>>()
  #octets = 0
  #messages = 0
  #isDue = false
  #isClosed = false
  #closed: Promise<void> = Promise.resolve()

  constructor(options: OutboxOptions<R>) {
    this.#options = options
    this.#limits = { ...DEFAULT_OUTBOX_LIMITS, ...options.limits }
    this.#server = new ServerState({ clock: options.clock, random: options.random, onDue: () => this.#pump() })
  }

  /** Messages that are neither accepted by the server nor dropped. */
  get waiting(): number {
    return this.#messages
  }

  /** Theirs, with 9 octets for each. */
  get waitingOctets(): number {
    return this.#octets
  }

  /**
   * False: closed, or full. `message.msg` is borrowed. It leaves with what else is offered in this tick.
   * Throws TransportError ERR_MESSAGE_TOO_LARGE: no container of this recipient holds it.
   */
  offer(recipient: R, message: Message): boolean {
    if (!fits(message, recipient)) {
      throw new TransportError(
        'ERR_MESSAGE_TOO_LARGE',
        `size ${message.size} does not fit a container of ${recipient.capacityOctets}`,
      )
    }
    if (this.#isClosed) return false
    const known = this.#queues.get(recipient.key)
    if (!this.#hasRoom(known, entryOctets(message))) return false
    const queue = known ?? this.#open(recipient)
    queue.add(message, this.#options.clock.monotonic())
    this.#messages += 1
    this.#octets += entryOctets(message)
    return true
  }

  /** What waits is dropped as `stopped`; the sender is closed. Afterwards nothing is called back and no timer remains. Idempotent. */
  close(): Promise<void> {
    if (this.#isClosed) return this.#closed
    this.#isClosed = true
    this.#closed = this.#end()
    return this.#closed
  }

  #hasRoom(queue: RecipientQueue<R> | undefined, octets: number): boolean {
    const { messagesPerRecipient, octetsPerRecipient, octets: octetsInAll, recipients } = this.#limits
    if (this.#octets > 0 && this.#octets + octets > octetsInAll) return false
    if (queue === undefined) return this.#queues.size < recipients
    return queue.messages < messagesPerRecipient && queue.entryOctets + octets <= octetsPerRecipient
  }

  #open(recipient: R): RecipientQueue<R> {
    const queue = new RecipientQueue(recipient)
    this.#queues.set(recipient.key, queue)
    this.#ready.add(queue)
    if (!this.#isDue) {
      this.#isDue = true
      process.nextTick(() => {
        this.#isDue = false
        this.#pump()
      })
    }
    return queue
  }

  #pump(): void {
    for (const queue of this.#ready) {
      if (this.#isClosed || this.#underWay.size >= this.#limits.parallel || !this.#server.isOpen) return
      this.#ready.delete(queue)
      this.#launch(queue)
    }
  }

  #launch(queue: RecipientQueue<R>): void {
    queue.state = 'under-way'
    const batch = queue.nextBatch((recipient, messages) => this.#composed(recipient, messages))
    const { mail } = batch
    if (mail !== null) this.#server.leaves(queue)
    const work = (mail === null ? Promise.resolve<null>(null) : this.#send(mail)).then((outcome) => {
      this.#underWay.delete(work)
      this.#settle(queue, batch, outcome)
      this.#pump()
    })
    this.#underWay.add(work)
  }

  /** null: our own mistake, and no reason to take the rest of the program down. */
  #composed(recipient: R, messages: readonly Message[]): OutgoingMail | null {
    try {
      return this.#options.compose(recipient, messages)
    } catch (error) {
      this.#options.log.error('smtp.compose-failed', { messages: messages.length, error: String(error) })
      return null
    }
  }

  /** Never rejects, whatever a sender of somebody else's making does. */
  async #send(mail: OutgoingMail): Promise<SendOutcome> {
    try {
      return await this.#options.sender.send(mail)
    } catch (error) {
      this.#options.log.error('smtp.sender-failed', { error: String(error) })
      return { at: 'later', reason: 'sender-failed' }
    }
  }

  /** `outcome` null: there was no mail to send. What changes is changed before anybody is told of it. */
  #settle(queue: RecipientQueue<R>, batch: Batch, outcome: SendOutcome | null): void {
    if (this.#isClosed) return this.#settleLast(queue, batch, outcome)
    if (outcome?.at === 'later') return this.#retry(queue, outcome.reason)
    if (outcome !== null) this.#server.answered()
    const isForGood = outcome?.at === 'refused' && outcome.what === 'recipient'
    const count = this.#shrink(queue, () => {
      queue.clearBatch()
      if (isForGood) queue.expire(Number.POSITIVE_INFINITY)
    })
    this.#release(queue)
    const { onAccepted, onDropped } = this.#options
    if (outcome === null) return onDropped('compose-failed', count)
    if (outcome.at === 'accepted') return onAccepted(batch.messages, batch.octets)
    onDropped(isForGood ? 'recipient-refused' : 'mail-refused', count)
    this.#fail(queue.recipient, isForGood ? 'for-good' : 'now', outcome.reason)
  }

  /** After `close`: the server may have taken the mail just in time. */
  #settleLast(queue: RecipientQueue<R>, batch: Batch, outcome: SendOutcome | null): void {
    this.#shrink(queue, () => queue.clearBatch())
    if (outcome?.at === 'accepted') this.#options.onAccepted(batch.messages, batch.octets)
    else this.#options.onDropped('stopped', batch.messages)
  }

  #retry(queue: RecipientQueue<R>, reason: string): void {
    const isServers = isServerFault(reason)
    // A server that fails while it seemed up may have failed because of this very mail: others go first.
    const rests = !isServers || this.#server.isUp
    if (isServers) this.#server.failed(queue)
    else this.#server.answered()
    if (rests) this.#rest(queue)
    else this.#makeReady(queue)
    this.#options.log.debug('smtp.later', { reason, failures: queue.failures, waiting: this.#messages })
    this.#giveUp(isServers ? [...this.#queues.values()] : [queue])
  }

  #rest(queue: RecipientQueue<R>): void {
    const { clock, random } = this.#options
    queue.failures += 1
    queue.state = 'resting'
    const due = (): void => {
      this.#makeReady(queue)
      this.#pump()
    }
    queue.timer = clock.setTimer(due, backOffMs(queue.failures, random))
  }

  #makeReady(queue: RecipientQueue<R>): void {
    queue.state = 'ready'
    queue.timer = null
    this.#ready.add(queue)
  }

  #giveUp(queues: readonly RecipientQueue<R>[]): void {
    const untilMs = this.#options.clock.monotonic() - this.#limits.giveUpMs
    const given: R[] = []
    let count = 0
    for (const queue of queues) {
      if (queue.state === 'under-way') continue
      const dropped = this.#shrink(queue, () => queue.expire(untilMs))
      if (dropped > 0) given.push(queue.recipient)
      if (queue.messages === 0) this.#remove(queue)
      count += dropped
    }
    if (count > 0) this.#options.onDropped('gave-up', count)
    for (const recipient of given) this.#fail(recipient, 'now', 'gave-up')
  }

  /** Nothing is under way to it any more. */
  #release(queue: RecipientQueue<R>): void {
    if (queue.messages === 0) this.#remove(queue)
    else this.#makeReady(queue)
  }

  #remove(queue: RecipientQueue<R>): void {
    queue.timer?.[Symbol.dispose]()
    this.#ready.delete(queue)
    this.#queues.delete(queue.recipient.key)
  }

  /** Keeps the sums; gives the number of messages that `change` took out. */
  #shrink(queue: RecipientQueue<R>, change: () => void): number {
    const { messages, entryOctets: octets } = queue
    change()
    this.#messages -= messages - queue.messages
    this.#octets -= octets - queue.entryOctets
    return messages - queue.messages
  }

  #fail(recipient: R, lasts: 'now' | 'for-good', reason: string): void {
    if (!this.#isClosed) this.#options.onAddressFailed(recipient, lasts, reason)
  }

  async #end(): Promise<void> {
    this.#server.stop()
    this.#ready.clear()
    let count = 0
    for (const queue of this.#queues.values()) {
      queue.timer?.[Symbol.dispose]()
      count += this.#shrink(queue, () => {
        if (queue.state === 'under-way') queue.expireWaiting(Number.POSITIVE_INFINITY)
        else queue.expire(Number.POSITIVE_INFINITY)
      })
    }
    this.#queues.clear()
    if (count > 0) this.#options.onDropped('stopped', count)
    await this.#options.sender.close()
    await Promise.all(this.#underWay)
  }
}
