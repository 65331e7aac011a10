/** All routes of a relay: a queue and a sender for each server that mail waits for, made when the first mail does. */
import type { Clock } from '@postern/transport-api'
import type { MailSender } from '../sending/mail-sender.js'
import { RouteQueue, type RouteQueueOptions } from './route-queue.js'
import type { RouteTarget } from './routes.js'
import type { SpooledMail } from './spool.js'

export interface DeliveriesOptions extends Omit<RouteQueueOptions, 'route' | 'sender'> {
  readonly maxRoutes: number
  readonly maxMailsPerRoute: number
  readonly createSender: (target: RouteTarget) => MailSender
}

/** How often a relay that is being closed looks whether its queues are empty. */
const LOOK_MS = 20

export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #queues = new Map<string, RouteQueue>()
  readonly #closing = new Set<Promise<void>>()
  /** Of a mail that comes now: is it left to the spool? */
  #isClosed = false

  constructor(options: DeliveriesOptions) {
    this.#options = options
  }

  /** Mails whose fate is open. */
  get size(): number {
    let size = 0
    for (const queue of this.#queues.values()) size += queue.size
    return size
  }

  /** Would `add` keep to the limits? */
  hasRoom({ key }: RouteTarget): boolean {
    const queue = this.#queues.get(key)
    if (queue !== undefined) return queue.size < this.#options.maxMailsPerRoute
    return this.#queues.size < this.#options.maxRoutes || this.#findIdle() !== null
  }

  add(mail: SpooledMail, target: RouteTarget): void {
    // Stored while the relay was being closed: the spool has it.
    if (!this.#isClosed) this.#queueFor(target).add(mail)
  }

  /** `drain`: waits for all mails, otherwise for those under way; then cuts off what is left. */
  async close(drain: boolean, limitMs: number, clock: Clock): Promise<void> {
    this.#isClosed = !drain
    const queues = [...this.#queues.values()]
    if (!drain) for (const queue of queues) queue.halt()
    const finished = drain ? this.#drained(limitMs, clock) : Promise.all(queues.map((queue) => queue.finished()))
    await within(finished, limitMs, clock)
    this.#isClosed = true
    // Read again: what was accepted while they drained may have opened others.
    await Promise.all([...[...this.#queues.values()].map((queue) => queue.close()), ...this.#closing])
  }

  async #drained(limitMs: number, clock: Clock): Promise<void> {
    const end = clock.monotonic() + limitMs
    while (this.size > 0 && clock.monotonic() < end)
      await new Promise<void>((resolve) => clock.setTimer(resolve, LOOK_MS))
  }

  #queueFor(target: RouteTarget): RouteQueue {
    const known = this.#queues.get(target.key)
    if (known !== undefined) return known
    if (this.#queues.size >= this.#options.maxRoutes) this.#dropIdle()
    const { createSender, ...options } = this.#options
    const queue = new RouteQueue({ ...options, route: target.key, sender: createSender(target) })
    this.#queues.set(target.key, queue)
    return queue
  }

  #dropIdle(): void {
    const key = this.#findIdle()
    if (key === null) return
    const gone = this.#queues
      .get(key)!
      .close()
      .finally(() => this.#closing.delete(gone))
    this.#closing.add(gone)
    this.#queues.delete(key)
  }

  #findIdle(): string | null {
    for (const [key, queue] of this.#queues) if (queue.size === 0) return key
    return null
  }
}

/** Resolves when `work` is done, however it went, or the time is over. */
export async function within(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.setTimer(resolve, limitMs)
    void work.finally(() => {
      timer[Symbol.dispose]()
      resolve()
    })
  })
}
