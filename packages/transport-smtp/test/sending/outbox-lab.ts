/** An outbox with a sender whose answers a test gives one by one, and virtual time. */
import { type Message, silentLog } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import type { MailSender, OutgoingMail, SendOutcome } from '../../src/sending/mail-sender.js'
import { Outbox, type OutboxLimits } from '../../src/sending/outbox.js'
import type { OutboxRecipient } from '../../src/sending/recipient-queue.js'

/** Microtasks and the ticks between them: whatever is due at once has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export function recipient(key: string, capacityOctets = 1_000): OutboxRecipient {
  return { key, capacityOctets }
}

export function message(size: number, fill = 0): Message {
  return { msg: new Uint8Array(size).fill(fill), size, isEncrypted: false, crc: fill }
}

export interface Flight {
  readonly mail: OutgoingMail
  readonly answer: (outcome: SendOutcome) => void
}

export class FakeSender implements MailSender {
  readonly flights: Flight[] = []
  closed = 0

  send(mail: OutgoingMail): Promise<SendOutcome> {
    if (this.closed > 0) throw new Error('sent after close')
    return new Promise((resolve) => {
      const flight: Flight = {
        mail,
        answer: (outcome) => {
          this.flights.splice(this.flights.indexOf(flight), 1)
          resolve(outcome)
        },
      }
      this.flights.push(flight)
    })
  }

  async close(): Promise<void> {
    this.closed += 1
    for (const flight of [...this.flights]) flight.answer({ at: 'later', reason: 'closed' })
  }
}

export class OutboxLab {
  readonly clock: VirtualClock = new VirtualClock()
  readonly sender: FakeSender = new FakeSender()
  readonly outbox: Outbox<OutboxRecipient>
  readonly sums = { accepted: 0, octets: 0 }
  readonly dropped = new Map<string, number>()
  readonly failed: string[] = []
  /** What each mail was made of: keys and fill octets, in the order of composing. */
  readonly composed: { readonly key: string; readonly fills: readonly number[] }[] = []
  /** Within a call of `offer`, where nothing may be called back. */
  isOffering = false
  jitter: readonly [number, number] = [0x7f, 0xff]
  compose: (to: OutboxRecipient, messages: readonly Message[]) => OutgoingMail

  constructor(limits: Partial<OutboxLimits> = {}) {
    this.compose = (to, messages) => {
      this.composed.push({ key: to.key, fills: messages.map(({ crc }) => crc) })
      return { envelopeFrom: '', to: to.key, raw: Buffer.concat(messages.map(({ msg }) => msg)) }
    }
    this.outbox = new Outbox({
      sender: this.sender,
      compose: (to, messages) => {
        this.#outside()
        return this.compose(to, messages)
      },
      limits,
      clock: this.clock,
      random: { bytes: () => Uint8Array.from(this.jitter) },
      log: silentLog,
      onAccepted: (messages, octets) => {
        this.#outside()
        this.sums.accepted += messages
        this.sums.octets += octets
      },
      onDropped: (reason, count) => {
        this.#outside()
        this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count)
      },
      onAddressFailed: ({ key }, lasts, reason) => {
        this.#outside()
        this.failed.push(`${key} ${lasts} ${reason}`)
      },
    })
  }

  get droppedInAll(): number {
    return [...this.dropped.values()].reduce((sum, count) => sum + count, 0)
  }

  offer(to: OutboxRecipient, what: Message): boolean {
    this.isOffering = true
    try {
      return this.outbox.offer(to, what)
    } finally {
      this.isOffering = false
    }
  }

  /** Answers the oldest mail under way, or the one to `key`, and lets what follows happen. */
  async answer(outcome: SendOutcome, key?: string): Promise<void> {
    const flight = this.sender.flights.find(({ mail }) => key === undefined || mail.to === key)
    if (flight === undefined) throw new Error('nothing is under way')
    flight.answer(outcome)
    await settled()
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms)
    await settled()
  }

  #outside(): void {
    if (this.isOffering) throw new Error('called back from inside offer')
  }
}
