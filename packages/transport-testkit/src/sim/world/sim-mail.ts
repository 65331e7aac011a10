/**
 * The mail system of a world: takes letters, has quotas, loses some, is down for a while, keeps what cannot be delivered yet, and
 * expands mailing lists. Never answers and bounces nothing: what it refuses or loses stands in the trace only.
 */
import type { Clock, TransportTraits } from '@postern/transport-api'
import type { SeededRandom } from '../../seeded-random.js'
import { CLEAR_LANE, type LaneConditions } from '../lane-conditions.js'
import { DIRECT, type SimDelivery, type SimPacket } from '../sim-packet.js'
import type { SimLoss, SimPassage } from '../sim-ways.js'

type MailQuota = NonNullable<TransportTraits['quota']>

const DEFAULT_DELAY_MS = 10_000
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** Beyond it letters to that mailbox are lost. */
export const MAX_LETTERS_IN_MAILBOX = 10_000

export interface MailRoad {
  readonly clock: Clock
  readonly random: SeededRandom
  /** From the sender's machine to its server. */
  depart(packet: SimPacket): SimPassage | SimLoss
  conditionsOf(packet: SimPacket): LaneConditions
  /** Calls `act` once the machine of a mailbox is there; at once when it is. False: there is no such mailbox. */
  whenThere(mailbox: string, act: () => void): boolean
  /** False: nobody fetches it now. */
  hand(mailbox: string, from: string, bytes: Uint8Array, how: SimDelivery): boolean
  tell(packet: SimPacket, fate: string): void
}

interface Letter {
  readonly packet: SimPacket
  readonly bytes: Uint8Array
  readonly how: SimDelivery
}

/** What one sender has sent in this minute and on this day. */
interface Spent {
  minute: number
  inMinute: number
  day: number
  inDay: number
}

export class SimMail {
  /** From the sender to the mailbox. */
  delayMs: number = DEFAULT_DELAY_MS
  /** Up to so many ms more. */
  jitterMs = 0
  lossChance = 0
  /** Of each sender; what is beyond it is refused. null: none. */
  quota: MailQuota | null = null
  readonly #road: MailRoad
  readonly #lists = new Map<string, readonly string[]>()
  readonly #spent = new Map<string, Spent>()
  /** By mailbox: nobody has fetched them yet. */
  readonly #mailboxes = new Map<string, Letter[]>()
  /** Due, but the system is down. */
  #stored: Letter[] = []
  /** Not on their way yet: their lane is held. */
  #queued: Letter[] = []
  #isDown = false

  /** @internal Made by `SimWorld`. */
  constructor(road: MailRoad) {
    this.#road = road
  }

  get isDown(): boolean {
    return this.#isDown
  }

  /** While it is down letters are kept; they are delivered when it is up again. */
  set isDown(isDown: boolean) {
    this.#isDown = isDown
    if (isDown) return
    const stored = this.#stored
    this.#stored = []
    for (const letter of stored) this.#arrive(letter)
  }

  /** From now on whatever is sent to `list` goes to each member, marked as coming through a list. */
  expand(list: string, members: readonly string[]): Disposable {
    this.#lists.set(list, members)
    return { [Symbol.dispose]: () => void this.#lists.delete(list) }
  }

  /** @internal What conditions a letter has without any rule. */
  get base(): LaneConditions {
    const { delayMs, jitterMs, lossChance } = this
    return { ...CLEAR_LANE, delayMs, jitterMs, lossChance }
  }

  /** @internal A machine sends a letter. */
  post(packet: SimPacket): void {
    const isThere = this.#road.whenThere(packet.from, () => this.#submit(packet))
    if (!isThere) this.#submit(packet) // a sender that the world does not know is always there
  }

  /** @internal Rules have changed: what was held may go on. */
  release(): void {
    const queued = this.#queued
    this.#queued = []
    for (const letter of queued) this.#travel(letter, 0)
  }

  /** @internal Somebody begins to fetch mail from this mailbox: not before it has begun. */
  fetch(mailbox: string): void {
    if (!this.#mailboxes.has(mailbox)) return
    this.#road.clock.setTimer(() => {
      const letters = this.#mailboxes.get(mailbox) ?? []
      this.#mailboxes.delete(mailbox)
      for (const letter of letters) this.#deliver(letter, mailbox)
    }, 0)
  }

  /** @internal Forged or sent again by somebody else: no quota counts it. */
  inject(packet: SimPacket): void {
    this.#road.tell(packet, 'injected')
    this.#travel({ packet, bytes: packet.bytes, how: DIRECT }, 0)
  }

  #submit(packet: SimPacket): void {
    if (!this.#isWithinQuota(packet.from)) return this.#road.tell(packet, 'refused')
    const passage = this.#road.depart(packet)
    if ('lost' in passage) return this.#road.tell(packet, passage.lost)
    const { isBlocked, lossChance } = passage.conditions
    if (isBlocked) return this.#road.tell(packet, 'blocked')
    if (this.#road.random.chance(lossChance)) return this.#road.tell(packet, 'lost')
    this.#road.tell(packet, 'sent')
    this.#travel({ packet, bytes: passage.bytes, how: DIRECT }, passage.lateMs)
  }

  #travel(letter: Letter, lateMs: number): void {
    const { clock, random } = this.#road
    const { isHeld, delayMs, jitterMs } = this.#road.conditionsOf(letter.packet)
    if (isHeld) return void this.#queued.push(letter)
    const afterMs = delayMs + lateMs + (jitterMs > 0 ? random.uniform() * jitterMs : 0)
    clock.setTimer(() => this.#arrive(letter), afterMs)
  }

  #arrive(letter: Letter): void {
    if (this.#isDown) return void this.#stored.push(letter)
    const { to } = letter.packet
    const members = this.#lists.get(to)
    if (members === undefined) return this.#deliver(letter, to)
    for (const member of members) this.#deliver({ ...letter, how: { throughList: true } }, member)
  }

  #deliver(letter: Letter, mailbox: string): void {
    const isKnown = this.#road.whenThere(mailbox, () => this.#put(letter, mailbox))
    if (!isKnown && !this.#hand(letter, mailbox)) this.#road.tell(letter.packet, 'unreachable')
  }

  #put(letter: Letter, mailbox: string): void {
    if (this.#hand(letter, mailbox)) return
    const letters = this.#mailboxes.get(mailbox) ?? []
    this.#mailboxes.set(mailbox, letters)
    if (letters.length < MAX_LETTERS_IN_MAILBOX) letters.push(letter)
    else this.#road.tell(letter.packet, 'mailbox-full')
  }

  #hand({ packet, bytes, how }: Letter, mailbox: string): boolean {
    const isHanded = this.#road.hand(mailbox, packet.from, bytes, how)
    if (isHanded) this.#road.tell(packet, how.throughList ? `arrived at ${mailbox}` : 'arrived')
    return isHanded
  }

  #isWithinQuota(sender: string): boolean {
    const { quota } = this
    if (quota === null) return true
    const now = this.#road.clock.monotonic()
    const spent = this.#spent.get(sender) ?? { minute: 0, inMinute: 0, day: 0, inDay: 0 }
    this.#spent.set(sender, spent)
    const [minute, day] = [Math.floor(now / MINUTE_MS), Math.floor(now / DAY_MS)]
    if (spent.minute !== minute) Object.assign(spent, { minute, inMinute: 0 })
    if (spent.day !== day) Object.assign(spent, { day, inDay: 0 })
    if (spent.inMinute >= quota.messagesPerMinute || spent.inDay >= quota.messagesPerDay) return false
    spent.inMinute += 1
    spent.inDay += 1
    return true
  }
}
