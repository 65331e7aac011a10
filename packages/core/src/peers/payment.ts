/** Who pays for a message to an address that is not confirmed: the budgets of its destination, and a rumour's teller. DESIGN section 4. */
import type { NodeId } from '@postern/crypto'
import { type Helo, MESSAGE_HEADER_OCTETS, type Ping, pingCodec } from '@postern/helo'
import type { Clock } from '@postern/transport-api'
import { addressKey } from './address-key.js'
import { isRumour, type Teller } from './known-address.js'
import { MAX_RUMOUR_PING_OCTETS, RUMOUR_MAIL_OCTETS, type ValidationBudgetLimits } from './limits.js'
import { TellerCredit } from './teller-credit.js'
import { ValidationBudgets } from './validation-budgets.js'
import type { AskRefusal } from './validation-reasons.js'

export interface PaymentOptions {
  readonly clock: Clock
  readonly limits: ValidationBudgetLimits
  readonly destinationsOf: (helo: Helo) => readonly string[]
  readonly isSlow: (helo: Helo) => boolean
  readonly onCreditEvicted: () => void
}

export class Payment {
  readonly #options: PaymentOptions
  readonly #budgets: ValidationBudgets
  readonly #credit: TellerCredit

  constructor(options: PaymentOptions) {
    this.#options = options
    this.#budgets = new ValidationBudgets(options.clock, options.limits)
    this.#credit = new TellerCredit(options.onCreditEvicted)
  }

  get tellers(): number {
    return this.#credit.size
  }

  credit(teller: NodeId, octets: number): void {
    this.#credit.add(teller, octets)
  }

  /** null: paid for one message. Otherwise nothing was taken. */
  pay(helo: Helo, from: Teller): AskRefusal | null {
    const isSlow = this.#options.isSlow(helo)
    if (!isRumour(from)) return this.#budgets.take(this.#destinations(helo), { isSlow, isRumour: false })
    if (pingOctets(helo) > MAX_RUMOUR_PING_OCTETS) return 'ping-too-large'
    // Charged by the most it may be: a dial is more on the wire than the PING it carries.
    const octets = isSlow ? RUMOUR_MAIL_OCTETS : MAX_RUMOUR_PING_OCTETS
    if (this.#credit.of(from.teller) < octets) return 'no-credit'
    const refusal = this.#budgets.take(this.#destinations(helo), { isSlow, isRumour: true })
    if (refusal === null) this.#credit.spend(from.teller, octets)
    return refusal
  }

  clear(): void {
    this.#budgets.clear()
    this.#credit.clear()
  }

  /** A transport that names none has its address counted by itself. */
  #destinations(helo: Helo): readonly string[] {
    const destinations = this.#options.destinationsOf(helo)
    return destinations.length === 0 ? [addressKey(helo)] : destinations
  }
}

/** With its header; of a PING only the address varies. */
function pingOctets({ senderIdentity, protocol, senderAddress: address }: Helo): number {
  const ping: Ping = { challenge: NONE, target: senderIdentity, asker: senderIdentity, protocol, address }
  return MESSAGE_HEADER_OCTETS + pingCodec.sizeOf(ping)
}

const NONE = new Uint8Array(0)
