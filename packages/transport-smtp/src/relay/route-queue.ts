/**
 * The mails for one server, and when each is tried: several at once while the server takes them; one at a time, with growing
 * pauses, while it does not. No more than `connections` mails are in memory for it, whatever waits on the disk.
 */
import type { Clock, Logger, RandomSource, Timer } from '@postern/transport-api'
import { backOffMs } from '../sending/back-off.js'
import type { MailSender, SendOutcome } from '../sending/mail-sender.js'
import { isServerFault } from '../sending/server-state.js'
import type { SpooledMail } from './spool.js'

export type MailFate =
  | { readonly at: 'delivered' }
  | { readonly at: 'given-up'; readonly reason: string }
  /** What was kept of it is not what was accepted. */
  | { readonly at: 'damaged' }

export interface RouteQueueOptions {
  /** For the log. */
  readonly route: string
  readonly sender: MailSender
  readonly connections: number
  readonly expiryMs: number
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
  /** null: damaged. */
  readonly read: (mail: SpooledMail) => Promise<Buffer | null>
  /** Never rejects. */
  readonly settle: (mail: SpooledMail, fate: MailFate) => Promise<void>
  readonly onRetry: () => void
}

interface Job {
  readonly mail: SpooledMail
  attempts: number
}

export class RouteQueue {
  readonly #options: RouteQueueOptions
  /** To be tried as soon as a connection is free, oldest first. */
  readonly #ready = new Set<Job>()
  readonly #resting = new Map<Job, Timer>()
  readonly #active = new Set<Promise<void>>()
  /** Of different mails in a row: one mail that is refused again and again must not hold the others up. */
  #failures = 0
  #lastFailed: Job | null = null
  #pause: Timer | null = null
  #isHalted = false

  constructor(options: RouteQueueOptions) {
    this.#options = options
  }

  /** Mails whose fate is open. */
  get size(): number {
    return this.#ready.size + this.#resting.size + this.#active.size
  }

  add(mail: SpooledMail): void {
    this.#ready.add({ mail, attempts: 0 })
    this.#pump()
  }

  /** Nothing is begun any more, no timer remains; what is under way goes on. */
  halt(): void {
    this.#isHalted = true
    this.#pause?.[Symbol.dispose]()
    this.#pause = null
    for (const [job, timer] of this.#resting) {
      timer[Symbol.dispose]()
      this.#ready.add(job)
    }
    this.#resting.clear()
  }

  /** Resolves when nothing is under way. */
  async finished(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active)
  }

  async close(): Promise<void> {
    this.halt()
    await this.#options.sender.close()
    await this.finished()
  }

  #pump(): void {
    const width = this.#failures > 0 ? 1 : this.#options.connections
    while (!this.#isHalted && this.#pause === null && this.#active.size < width && this.#ready.size > 0) {
      const job: Job = this.#ready.values().next().value!
      this.#ready.delete(job)
      const attempt = this.#attempt(job).finally(() => {
        this.#active.delete(attempt)
        this.#pump()
      })
      this.#active.add(attempt)
    }
  }

  async #attempt(job: Job): Promise<void> {
    const { settle, log, route } = this.#options
    const outcome = await this.#send(job)
    if (outcome === null) return settle(job.mail, { at: 'damaged' })
    if (outcome.at === 'later') return this.#failed(job, outcome.reason)
    this.#failures = 0
    this.#lastFailed = null
    if (outcome.at === 'accepted') return settle(job.mail, { at: 'delivered' })
    log.warn('relay.refused-by-route', { route, id: job.mail.id, what: outcome.what, reason: outcome.reason })
    return settle(job.mail, { at: 'given-up', reason: 'refused' })
  }

  async #send({ mail }: Job): Promise<SendOutcome | null> {
    const { read, sender } = this.#options
    try {
      const raw = await read(mail)
      return raw === null ? null : await sender.send({ envelopeFrom: mail.from, to: mail.to, raw })
    } catch (error) {
      return { at: 'later', reason: (error as Error).message }
    }
  }

  async #failed(job: Job, reason: string): Promise<void> {
    if (this.#isHalted) return void this.#ready.add(job)
    const { clock, random, log, route, onRetry, settle } = this.#options
    job.attempts += 1
    log.info('relay.retry', { route, id: job.mail.id, attempts: job.attempts, reason })
    if (this.#isExpired(job)) return settle(job.mail, { at: 'given-up', reason: 'expired' })
    onRetry()
    const rest = (): void => {
      this.#resting.delete(job)
      this.#ready.add(job)
      this.#pump()
    }
    this.#resting.set(job, clock.setTimer(rest, backOffMs(job.attempts, random)))
    if (isServerFault(reason)) return this.#slowDown(job)
    // It answered: a full mailbox says nothing about the others.
    this.#failures = 0
    this.#lastFailed = null
  }

  /** Two different mails in a row: it is the server. Those that waited too long for it are given up. */
  async #slowDown(job: Job): Promise<void> {
    if (this.#pause !== null || job === this.#lastFailed) return
    this.#lastFailed = job
    this.#failures += 1
    if (this.#failures < 2) return
    const { clock, random, settle } = this.#options
    const resume = (): void => {
      this.#pause = null
      this.#pump()
    }
    this.#pause = clock.setTimer(resume, backOffMs(this.#failures - 1, random))
    for (const waiting of this.#ready) {
      if (!this.#isExpired(waiting)) continue
      this.#ready.delete(waiting)
      await settle(waiting.mail, { at: 'given-up', reason: 'expired' })
    }
  }

  #isExpired({ mail }: Job): boolean {
    return this.#options.clock.now() - mail.acceptedAt >= this.#options.expiryMs
  }
}
