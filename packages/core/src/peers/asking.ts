/**
 * One PING after another to one address: how many it may get, when the next one follows, and who pays. Keeps no list of addresses
 * and believes no answer: validator.ts does. DESIGN section 4.
 */
import type { NodeId } from '@postern/crypto'
import { CHALLENGE_OCTETS, encodeMessage, type Helo, MESSAGE_TYPE, type Ping, pingCodec } from '@postern/helo'
import { isRumour, type Teller } from './known-address.js'
import {
  BUDGET_BACK_OFF_MS,
  CARD_ROUND_MS,
  DATAGRAM_BACK_OFF_MS,
  DIAL_TIMEOUT_MS,
  MAX_BUDGET_BACK_OFF_MS,
  MAX_CARD_ROUND_MS,
  MAX_CHALLENGE_MS,
  MAX_SENDS_UNDER_WAY,
  MAX_UNCONFIRMED_DATAGRAMS,
  MIN_CHALLENGE_MS,
  RUMOUR_DIAL_TIMEOUT_MS,
  SLOW_BUDGET_BACK_OFF_MS,
  SLOW_CARD_ROUND_MS,
  type ValidationBudgetLimits,
} from './limits.js'
import { Payment } from './payment.js'
import type { Trial } from './trials.js'
import type { AskRefusal } from './validation-reasons.js'
import type { ValidatorOptions } from './validator-options.js'

type AskingOptions = Pick<
  ValidatorOptions,
  'identity' | 'clock' | 'random' | 'sendTo' | 'destinationsOf' | 'isSlow' | 'isReliable' | 'onDropped'
>

/** What passes by itself. */
const PASSING: ReadonlySet<AskRefusal> = new Set(['busy', 'destination-budget', 'daily-budget', 'global-budget'])

export class Asking {
  readonly #options: AskingOptions
  readonly #payment: Payment
  #underWay = 0
  #isClosed = false

  constructor(options: AskingOptions, limits: ValidationBudgetLimits) {
    this.#options = options
    const { clock, destinationsOf, isSlow, onDropped } = options
    const onCreditEvicted = () => onDropped('credit-evicted', 1)
    this.#payment = new Payment({ clock, limits, destinationsOf, isSlow, onCreditEvicted })
  }

  get underWay(): number {
    return this.#underWay
  }

  get tellers(): number {
    return this.#payment.tellers
  }

  credit(teller: NodeId, octets: number): void {
    this.#payment.credit(teller, octets)
  }

  pay(helo: Helo, from: Teller): AskRefusal | null {
    return this.#payment.pay(helo, from)
  }

  /** Sends one PING. null: on its way. Otherwise `trial` is as before. */
  ask(trial: Trial, helo: Helo, from: Teller): AskRefusal | null {
    const refusal = this.#underWay >= MAX_SENDS_UNDER_WAY ? 'busy' : this.spend(trial, helo, from)
    if (refusal !== null) return refusal
    const message = encodeMessage(MESSAGE_TYPE.PING, pingCodec.encode(this.pingOf(trial, helo)))
    void this.#send(helo, message, isRumour(from) ? RUMOUR_DIAL_TIMEOUT_MS : DIAL_TIMEOUT_MS)
    return null
  }

  /** null: one more message may be sent there, and is paid for. */
  spend(trial: Trial, helo: Helo, from: Teller): AskRefusal | null {
    const now = this.#options.clock.monotonic()
    const most = this.#mostMessages(helo, from)
    const isNewRound = trial.sent >= most && from === 'card' && now >= trial.nextRoundAt
    if (trial.sent >= most && !isNewRound) return 'spent'
    const refusal = this.#payment.pay(helo, from)
    if (refusal !== null) return refusal
    trial.sent = isNewRound ? 1 : trial.sent + 1
    trial.refusals = 0
    if (trial.sent === most) {
      const roundMs = this.#options.isSlow(helo) ? SLOW_CARD_ROUND_MS : CARD_ROUND_MS
      trial.nextRoundAt = now + doubled(roundMs, trial.rounds, MAX_CARD_ROUND_MS)
      trial.rounds += 1
    }
    return null
  }

  /** When one more message may be paid for, as far as this address goes; monotonic ms. */
  askableFromMs(trial: Trial, helo: Helo, from: Teller): number {
    if (isRumour(from)) return Number.POSITIVE_INFINITY
    if (trial.sent < this.#mostMessages(helo, from)) return 0
    return from === 'card' ? trial.nextRoundAt : Number.POSITIVE_INFINITY
  }

  /** When to ask again, after `ask` said `refusal`; null: not by itself. */
  delayAfter(trial: Trial, helo: Helo, from: Teller, refusal: AskRefusal | null): number | null {
    if (refusal === null) {
      const isLast = trial.sent >= this.#mostMessages(helo, from)
      return isLast ? null : doubled(DATAGRAM_BACK_OFF_MS, trial.sent - 1, MAX_BUDGET_BACK_OFF_MS)
    }
    if (isRumour(from) || !PASSING.has(refusal)) return null
    trial.refusals += 1
    const firstMs = this.#options.isSlow(helo) ? SLOW_BUDGET_BACK_OFF_MS : BUDGET_BACK_OFF_MS
    return doubled(firstMs, trial.refusals - 1, MAX_BUDGET_BACK_OFF_MS)
  }

  /** The open one, while it has half of its life before it: the same octets in every repetition. */
  pingOf(trial: Trial, helo: Helo): Ping {
    const now = this.#options.clock.monotonic()
    const open = trial.challenge
    if (open !== null && now < (open.openedAt + open.expiresAt) / 2) return open.ping
    const { identity, random } = this.#options
    const ping: Ping = {
      challenge: random.bytes(CHALLENGE_OCTETS),
      target: helo.senderIdentity,
      asker: identity.nodeId,
      protocol: helo.protocol,
      address: helo.senderAddress,
    }
    const lifeMs = Math.min(Math.max(2 * helo.maxLatencyMs, MIN_CHALLENGE_MS), MAX_CHALLENGE_MS)
    trial.challenge = { ping, openedAt: now, expiresAt: now + lifeMs }
    return ping
  }

  close(): void {
    this.#isClosed = true
    this.#payment.clear()
  }

  #mostMessages(helo: Helo, from: Teller): number {
    const { isSlow, isReliable } = this.#options
    const isOne = isRumour(from) || isSlow(helo) || (isReliable?.(helo) ?? false)
    return isOne ? 1 : MAX_UNCONFIRMED_DATAGRAMS
  }

  async #send(helo: Helo, message: Uint8Array, dialTimeoutMs: number): Promise<void> {
    this.#underWay += 1
    let isSent = false
    try {
      isSent = await this.#options.sendTo(helo, message, { dialTimeoutMs })
    } catch {
      // as good as not sent; whoever dialled has told why
    }
    this.#underWay -= 1
    if (!isSent && !this.#isClosed) this.#options.onDropped('send-failed', 1)
  }
}

/** `firstMs`, twice as much, four times as much, … up to `mostMs`. */
function doubled(firstMs: number, times: number, mostMs: number): number {
  return Math.min(firstMs * 2 ** times, mostMs)
}
