/** Between submission and delivery: room for a mail is taken before it is stored, and given back when its fate is known. */
import type { Clock, Logger, RandomSource } from '@postern/transport-api'
import type { Envelope, Reply } from '../receiving/mail-server.js'
import type { MailSender } from '../sending/mail-sender.js'
import { Deliveries, within } from './deliveries.js'
import type { RelayCounters } from './relay-counters.js'
import type { RelayLimits } from './relay-options.js'
import type { MailFate } from './route-queue.js'
import type { FindRoute, RouteTarget } from './routes.js'
import type { Spool, SpooledMail } from './spool.js'
import { FULL } from './submission.js'

export interface StoreAndForwardOptions {
  readonly spool: Spool
  readonly findRoute: FindRoute
  readonly limits: RelayLimits
  readonly counters: RelayCounters
  readonly connections: number
  readonly expiryMs: number
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
  readonly createSender: (target: RouteTarget, connections: number) => MailSender
}

const NOT_STORED: Reply = { code: 452, text: '4.3.1 cannot store mail now, try again later' }
const ID_OCTETS = 8
/** Milliseconds of the next 30 000 years: names sort by time. */
const STAMP_DIGITS = 15

export class StoreAndForward {
  readonly #options: StoreAndForwardOptions
  readonly #deliveries: Deliveries
  #recovered: readonly SpooledMail[] = []
  #mails = 0
  #octets = 0
  /** Accepting and settling: their counts are not final. */
  readonly #pending = new Set<Promise<unknown>>()
  /** Of them, mails that nobody was told are accepted. */
  #storing = 0
  #isForgetful = false
  #closed: Promise<void> | null = null

  constructor(options: StoreAndForwardOptions) {
    const { connections, expiryMs, clock, random, log, limits, counters, spool } = options
    this.#options = options
    this.#deliveries = new Deliveries({
      connections,
      expiryMs,
      clock,
      random,
      log,
      maxRoutes: limits.routes,
      maxMailsPerRoute: limits.mailsPerRoute,
      createSender: (target) => options.createSender(target, connections),
      read: (mail) => spool.read(mail),
      settle: (mail, fate) => this.#settle(mail, fate),
      onRetry: () => counters.add('retried'),
    })
  }

  get size(): number {
    return this.#mails
  }

  hasRoom(target: RouteTarget): boolean {
    return this.#mails < this.#options.limits.mails && this.#deliveries.hasRoom(target)
  }

  /** Takes stock of the spool; sends nothing yet. */
  async open(): Promise<void> {
    const { spool, counters } = this.#options
    this.#recovered = await spool.open()
    for (const { octets } of this.#recovered) this.#take(octets)
    counters.add('recovered', this.#recovered.length)
  }

  start(): void {
    for (const mail of this.#recovered) {
      const target = this.#options.findRoute(mail.to)
      if (target !== null) this.#deliveries.add(mail, target)
      else void this.#track(this.#settle(mail, { at: 'given-up', reason: 'no-route' }))
    }
    this.#recovered = []
  }

  /** Stored when it says 250, once for each recipient. */
  accept(raw: Buffer, envelope: Envelope): Promise<Reply> {
    return this.#track(this.#accept(raw, envelope))
  }

  /** `drain`: what was not delivered is lost, otherwise the spool has it. Bounded in time, idempotent. */
  close(options: { readonly drain: boolean; readonly limitMs: number }): Promise<void> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  async #accept(raw: Buffer, { from, to }: Envelope): Promise<Reply> {
    const { findRoute, limits, counters, clock } = this.#options
    const jobs = to.map((mailbox) => ({
      mail: { id: this.#newId(), from, to: mailbox, acceptedAt: clock.now(), octets: raw.length },
      target: findRoute(mailbox),
    }))
    if (this.#mails + jobs.length > limits.mails || this.#octets + jobs.length * raw.length > limits.spoolOctets) {
      counters.refused('spool-full')
      return FULL
    }
    for (const { mail } of jobs) this.#take(mail.octets)
    const mails = jobs.map(({ mail }) => mail)
    this.#storing += jobs.length
    const isStored = await this.#store(mails, raw)
    this.#storing -= jobs.length
    if (!isStored) {
      for (const { mail } of jobs) this.#giveBack(mail.octets)
      counters.refused('not-stored')
      return NOT_STORED
    }
    counters.add('received', jobs.length)
    for (const { mail, target } of jobs) {
      if (target !== null) this.#deliveries.add(mail, target)
      else void this.#track(this.#settle(mail, { at: 'given-up', reason: 'no-route' }))
    }
    return { code: 250, text: `2.0.0 kept as ${jobs[0]?.mail.id}` }
  }

  async #close({ drain, limitMs }: { readonly drain: boolean; readonly limitMs: number }): Promise<void> {
    const { clock, counters, spool } = this.#options
    const end = clock.monotonic() + limitMs
    const left = (): number => Math.max(0, end - clock.monotonic())
    // Nothing is begun meanwhile that is not waited for: a drain takes what these hand on.
    const deliveries = drain ? null : this.#deliveries.close(drain, limitMs, clock)
    await within(Promise.allSettled(this.#pending), left(), clock)
    await (deliveries ?? this.#deliveries.close(drain, left(), clock))
    await within(Promise.allSettled(this.#pending), left(), clock)
    if (drain) {
      counters.add('lost', this.#mails - this.#storing)
      this.#mails = this.#storing
      this.#isForgetful = true
    }
    await spool.close()
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work)
    try {
      return await work
    } finally {
      this.#pending.delete(work)
    }
  }

  /** All or none, as far as the spool can tell; a crash in between leaves some, which is no harm: nobody was told. */
  async #store(mails: readonly SpooledMail[], raw: Buffer): Promise<boolean> {
    const { spool, log } = this.#options
    const stored: SpooledMail[] = []
    try {
      for (const mail of mails) {
        await spool.store(mail, raw)
        stored.push(mail)
      }
      // Nobody is left to deliver it.
      if (this.#isForgetful) throw new Error('closed')
      return true
    } catch (error) {
      log.error('relay.not-stored', { reason: (error as Error).message })
      for (const mail of stored) await spool.remove(mail).catch(() => {})
      return false
    }
  }

  async #settle(mail: SpooledMail, fate: MailFate): Promise<void> {
    const { spool, counters, log } = this.#options
    if (fate.at === 'delivered') counters.add('delivered')
    if (fate.at === 'given-up') {
      counters.add('givenUp')
      log.warn('relay.given-up', { id: mail.id, to: mail.to, reason: fate.reason })
    }
    try {
      if (fate.at === 'delivered') await spool.remove(mail)
      if (fate.at === 'given-up') await spool.giveUp(mail)
    } catch (error) {
      // It will come back after a restart: better twice than never.
      log.error('relay.spool-error', { id: mail.id, reason: (error as Error).message })
    }
    this.#giveBack(mail.octets)
  }

  #take(octets: number): void {
    this.#mails += 1
    this.#octets += octets
  }

  #giveBack(octets: number): void {
    this.#mails -= 1
    this.#octets -= octets
  }

  #newId(): string {
    const { clock, random } = this.#options
    const chance = Buffer.from(random.bytes(ID_OCTETS)).toString('hex')
    return `${String(clock.now()).padStart(STAMP_DIGITS, '0')}-${chance}`
  }
}
