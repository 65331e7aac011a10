/**
 * The contract over mail (paper section 3): no sessions on receive, no answer on the spot, hours of delay, and a server in
 * between that nobody here controls. Sending and receiving each stand behind a seam of their own.
 */
import { type Helo, type HeloDraft, PROTOCOL, type ProtocolNumber } from '@postern/helo'
import {
  type ConnectOptions,
  type CoreAPIForTransport,
  checkMessage,
  type Message,
  type Provenance,
  SessionOwner,
  type SessionRemote,
  SessionTable,
  TrafficCounters,
  type Transport,
  type TransportEnv,
  TransportError,
  type TransportTraits,
  type TSession,
  Turns,
} from '@postern/transport-api'
import { IDLE_MS, MAIL_ID_OCTETS } from './constants.js'
import { composeMail, mtuOf } from './mail/compose-mail.js'
import { encodeContainer } from './mail/container.js'
import { domainOf, mailboxBudgetKey } from './mail/mail-address.js'
import { readMail } from './mail/read-mail.js'
import { SeenSet } from './mail/seen-set.js'
import { decodeSmtpAddress, encodeSmtpAddress } from './mail/smtp-address.js'
import type { Inbox, Verdict } from './receiving/inbox.js'
import type { MailSender, OutgoingMail } from './sending/mail-sender.js'
import { Outbox } from './sending/outbox.js'
import { recipientOf, type SmtpRecipient } from './smtp-recipient.js'
import type { SmtpSettings } from './smtp-settings.js'

export interface SmtpParts {
  /** null: we receive only. Called at every start. */
  readonly createSender: (() => MailSender) | null
  /** null: we send only. Called once; `refused` hears of what never reached `deliver`, by reason. */
  readonly createInbox: ((refused: (reason: string) => void) => Inbox) | null
}

/** What stands behind a session: a mailbox that was dialled. Mail has no conversations. */
interface SmtpRemote extends SessionRemote {
  readonly recipient: SmtpRecipient
}

/** Nothing arrives over a session of ours. */
const NO_SOURCE: Uint8Array = new Uint8Array(0)

export class SmtpTransport implements Transport {
  readonly protocolNumber: ProtocolNumber = PROTOCOL.SMTP
  readonly mtu: number
  readonly cost: number
  readonly traits: TransportTraits
  readonly #core: CoreAPIForTransport
  readonly #env: TransportEnv
  readonly #settings: SmtpSettings
  readonly #createSender: (() => MailSender) | null
  readonly #inbox: Inbox | null
  readonly #counters: TrafficCounters
  readonly #owner: SessionOwner<SmtpRemote> = new SessionOwner()
  readonly #table: SessionTable<TSession>
  /** By recipient key; the sessions that have not ended. */
  readonly #sessions = new Map<string, SmtpRemote>()
  readonly #seen = new SeenSet()
  readonly #turns = new Turns()
  #running = false
  #outbox: Outbox<SmtpRecipient> | null = null

  constructor(core: CoreAPIForTransport, env: TransportEnv, settings: SmtpSettings, parts: SmtpParts) {
    this.#core = core
    this.#env = env
    this.#settings = settings
    this.mtu = mtuOf(settings.maxMailOctets)
    this.cost = settings.cost
    this.traits = {
      directions: { in: parts.createInbox !== null, out: parts.createSender !== null },
      reliable: false,
      ordered: false,
      maxLatencyMs: settings.maxLatencyMs,
      idleMs: IDLE_MS,
      sourceProven: false,
    }
    this.#counters = new TrafficCounters(env.clock, (event) => core.event(event))
    this.#createSender = parts.createSender
    this.#inbox = parts.createInbox?.((reason) => this.#counters.drop('in', reason)) ?? null
    this.#table = new SessionTable({
      clock: env.clock,
      idleMs: IDLE_MS,
      maxUnheld: 1, // there are no inbound sessions
      onOver: (session) => this.#forget(session),
    })
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters.snapshot(), sessions: this.#table.size }
  }

  /** Provenance is of no matter: a mailbox means the same to everybody. */
  verifyHelo(helo: Helo, _provenance?: Provenance): boolean {
    if (helo.protocol !== this.protocolNumber) return false
    const decoded = decodeSmtpAddress(helo.senderAddress)
    return decoded.ok && this.#settings.policy.allows(decoded.value.mailbox)
  }

  destinations(helo: Helo): readonly string[] {
    const decoded = decodeSmtpAddress(helo.senderAddress)
    return decoded.ok ? [mailboxBudgetKey(decoded.value.mailbox), domainOf(decoded.value.mailbox)] : []
  }

  createHELO(): readonly HeloDraft[] | null {
    if (this.#inbox === null || !this.#running) return null
    const senderAddress = encodeSmtpAddress(this.#settings.address, this.#settings.filterLine)
    return [
      { protocol: this.protocolNumber, mtu: this.mtu, senderAddressSize: senderAddress.byteLength, senderAddress },
    ]
  }

  /** Nothing is sent: a mailbox cannot be asked whether it is there. */
  async connect(helo: Helo, { signal }: ConnectOptions = {}): Promise<TSession> {
    if (signal?.aborted) throw new TransportError('ERR_ABORTED', 'connect was aborted', { cause: signal.reason })
    const recipient = this.#dialable(helo)
    const known = this.#sessions.get(recipient.key)
    if (known?.life.associate()) return known.session
    const face = { ttype: this.protocolNumber, mtu: Math.min(this.mtu, helo.mtu), source: NO_SOURCE }
    const opened = this.#owner.create(face, (session) => {
      return { session, life: this.#table.open(session, 'dialled'), recipient }
    })
    this.#sessions.set(recipient.key, opened)
    return opened.session
  }

  send(tsession: TSession, message: Message): boolean {
    const { recipient, life } = this.#owner.remoteOf(tsession)
    checkMessage(message, tsession.mtu ?? this.mtu)
    if (life.ended || this.#outbox === null) return this.#refuse('session-ended')
    if (!this.#outbox.offer(recipient, message)) return this.#refuse('outbox-full')
    this.#counters.accepted += 1
    return true
  }

  /** No session of ours came from outside, and a mailbox we write to does not write back over it. */
  associate(tsession: TSession): boolean {
    this.#owner.remoteOf(tsession)
    return false
  }

  async disconnect(tsession: TSession): Promise<void> {
    this.#owner.release(tsession)
  }

  startTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#running) return
      this.#counters.open()
      const sender = this.#createSender?.() ?? null
      try {
        await this.#inbox?.start((mail) => this.#receive(mail))
      } catch (error) {
        await sender?.close()
        throw error
      }
      if (sender !== null) this.#outbox = this.#createOutbox(sender)
      this.#running = true
    })
  }

  stopTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      this.#running = false
      const outbox = this.#outbox
      this.#outbox = null
      await Promise.all([this.#inbox?.stop(), outbox?.close()])
      for (const session of this.#table.sessions()) {
        this.#forget(session)
        this.#core.event({ kind: 'session-ended', tsession: session, reason: 'stopped' })
      }
      this.#counters.close()
    })
  }

  #createOutbox(sender: MailSender): Outbox<SmtpRecipient> {
    const { clock, random, log } = this.#env
    return new Outbox({
      sender,
      compose: (recipient, messages) => this.#compose(recipient, messages),
      limits: { parallel: this.#settings.submit?.connections ?? 1 },
      clock,
      random,
      log,
      onAccepted: (messages, octets) => {
        this.#counters.sent += messages
        this.#counters.sentOctets += octets
      },
      onDropped: (reason, count) => this.#counters.drop('out', reason, count),
      onAddressFailed: ({ senderAddress }, lasts, reason) =>
        this.#core.event({ kind: 'address-failed', senderAddress, lasts, reason }),
    })
  }

  #compose({ mailbox, filterLine }: SmtpRecipient, messages: readonly Message[]): OutgoingMail {
    const { address, envelope } = this.#settings
    const { clock, random } = this.#env
    const raw = composeMail({
      from: address,
      filterLine,
      container: encodeContainer(this.#core.myIdentity, random.bytes(MAIL_ID_OCTETS), messages),
      dateMs: clock.now(),
      messageId: Buffer.from(random.bytes(MAIL_ID_OCTETS)).toString('hex'),
    })
    return { envelopeFrom: envelope === 'null' ? '' : address, to: mailbox, raw }
  }

  #receive(mail: Buffer): Verdict {
    const { acceptedFilterLines: filterLines, maxMailOctets } = this.#settings
    const read = readMail(mail, { filterLines, maxMailOctets, mtu: this.mtu, newline: 'crlf' })
    if (!read.ok) {
      this.#counters.drop('in', read.fault)
      return read.verdict
    }
    const { sender, mailId, messages, isFromList } = read.value
    if (!this.#seen.firstTime(mailId)) {
      this.#counters.drop('in', 'repeated', messages.length)
      return 'taken'
    }
    if (isFromList) this.#core.event({ kind: 'came-through-list', sender })
    for (const message of messages) {
      this.#counters.received += 1
      this.#counters.receivedOctets += message.size
      this.#core.receive({ tsession: null, sender, ...message })
    }
    return 'taken'
  }

  #dialable(helo: Helo): SmtpRecipient {
    if (!this.#running) throw new TransportError('ERR_NOT_STARTED', 'the transport is not started')
    const section = this.#env.config.name
    if (this.#outbox === null) {
      throw new TransportError(
        'ERR_ADDRESS_UNAVAILABLE',
        `nothing can be sent without a \`submit\` server in [${section}]`,
      )
    }
    if (helo.protocol !== this.protocolNumber) {
      const text = `an address of protocol ${helo.protocol}, and this transport's is ${this.protocolNumber}`
      throw new TransportError('ERR_ADDRESS_MALFORMED', text)
    }
    const recipient = recipientOf(helo, this.mtu)
    if (recipient === null) {
      throw new TransportError('ERR_ADDRESS_MALFORMED', 'not a mailbox and a filter line that may be written to')
    }
    if (!this.#settings.policy.allows(recipient.mailbox)) {
      throw new TransportError(
        'ERR_ADDRESS_FORBIDDEN',
        `${recipient.mailbox}: see \`allow\` and \`deny\` of [${section}]`,
      )
    }
    return recipient
  }

  #forget(session: TSession): void {
    const { recipient, life } = this.#owner.remoteOf(session)
    life.end()
    this.#sessions.delete(recipient.key)
  }

  #refuse(reason: 'session-ended' | 'outbox-full'): false {
    this.#counters.refuse(reason)
    return false
  }
}
