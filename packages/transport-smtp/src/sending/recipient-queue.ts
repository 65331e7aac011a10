/** What waits for one recipient: messages in order, and at most one mail made of the first of them. Knows no time and no server. */
import type { Message, Timer } from '@postern/transport-api'
import { CONTAINER_HEADER_OCTETS, ENTRY_HEADER_OCTETS } from '../constants.js'
import type { OutgoingMail } from './mail-sender.js'

/** What an outbox must know of a recipient. */
export interface OutboxRecipient {
  /** Recipients of one key share a queue. */
  readonly key: string
  /** Octets of a container that it takes. */
  readonly capacityOctets: number
}

/** Messages that leave together; repeated octet for octet until their fate is known, so that the receiver knows a repeat. */
export interface Batch {
  /** null: nothing could be made of them. */
  readonly mail: OutgoingMail | null
  readonly messages: number
  /** Of the messages alone. */
  readonly octets: number
  /** With their entry headers. */
  readonly entryOctets: number
  /** When the first of them was offered, ms, monotonic. */
  readonly sinceMs: number
}

interface Waiting {
  readonly message: Message
  readonly sinceMs: number
}

export function entryOctets(message: Message): number {
  return ENTRY_HEADER_OCTETS + message.size
}

export function fits(message: Message, { capacityOctets }: OutboxRecipient): boolean {
  return CONTAINER_HEADER_OCTETS + entryOctets(message) <= capacityOctets
}

export class RecipientQueue<R extends OutboxRecipient> {
  readonly recipient: R
  /** `resting`: until `timer` fires. */
  state: 'ready' | 'under-way' | 'resting' = 'ready'
  timer: Timer | null = null
  /** Of its own, in a row; those of the server are not counted here. */
  failures = 0
  #batch: Batch | null = null
  #waiting: Waiting[] = []
  #waitingOctets = 0

  constructor(recipient: R) {
    this.recipient = recipient
  }

  /** Messages that are neither accepted by the server nor dropped. */
  get messages(): number {
    return this.#waiting.length + (this.#batch?.messages ?? 0)
  }

  /** Theirs, with entry headers. */
  get entryOctets(): number {
    return this.#waitingOctets + (this.#batch?.entryOctets ?? 0)
  }

  /** `message.msg` is borrowed: copied here because it outlives the call. */
  add(message: Message, nowMs: number): void {
    this.#waiting.push({ message: { ...message, msg: new Uint8Array(message.msg) }, sinceMs: nowMs })
    this.#waitingOctets += entryOctets(message)
  }

  /** The mail to send next: the same as last time while its fate is open. At least one message must wait. */
  nextBatch(compose: (recipient: R, messages: readonly Message[]) => OutgoingMail | null): Batch {
    if (this.#batch !== null) return this.#batch
    const first = this.#take(this.#fitting())
    const messages = first.map(({ message }) => message)
    this.#batch = {
      mail: compose(this.recipient, messages),
      messages: messages.length,
      octets: messages.reduce((sum, { size }) => sum + size, 0),
      entryOctets: messages.reduce((sum, message) => sum + entryOctets(message), 0),
      sinceMs: first[0]!.sinceMs,
    }
    return this.#batch
  }

  /** The fate of the mail is known. */
  clearBatch(): void {
    this.#batch = null
    this.failures = 0
  }

  /** Drops the messages offered at `untilMs` or before; the mail is left alone. */
  expireWaiting(untilMs: number): void {
    const kept = this.#waiting.findIndex(({ sinceMs }) => sinceMs > untilMs)
    this.#take(kept === -1 ? this.#waiting.length : kept)
  }

  /** The same, and the mail with them if its first message was among them. */
  expire(untilMs: number): void {
    if (this.#batch !== null && this.#batch.sinceMs <= untilMs) this.clearBatch()
    this.expireWaiting(untilMs)
  }

  /** How many of the first messages one container holds. */
  #fitting(): number {
    let octets = CONTAINER_HEADER_OCTETS
    for (const [index, { message }] of this.#waiting.entries()) {
      octets += entryOctets(message)
      if (octets > this.recipient.capacityOctets) return index
    }
    return this.#waiting.length
  }

  #take(count: number): readonly Waiting[] {
    const taken = this.#waiting.splice(0, count)
    for (const { message } of taken) this.#waitingOctets -= entryOctets(message)
    return taken
  }
}
