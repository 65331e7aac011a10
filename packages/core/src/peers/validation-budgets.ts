/**
 * What addresses that are not confirmed may cost others (DESIGN section 4): per host, network, mailbox and mail domain, and in all.
 * Half of everything is kept for cards and owners, so that no rumour keeps a friend's address from being tested.
 */
import type { Clock } from '@postern/transport-api'
import { DailyCounts } from './daily-counts.js'
import { MAX_BUDGET_KEYS, type Rate, type ValidationBudgetLimits } from './limits.js'
import { TokenBuckets } from './token-buckets.js'
import type { AskRefusal } from './validation-reasons.js'

/** One entry of a bill: all of them are there, or none is taken. */
interface Item {
  readonly budget: { canTake(key: string): boolean; take(key: string): void }
  readonly key: string
  readonly refusal: AskRefusal
}

const ALL = ''

export class ValidationBudgets {
  readonly #limits: ValidationBudgetLimits
  readonly #global: TokenBuckets
  readonly #host: TokenBuckets
  readonly #network: TokenBuckets
  readonly #mailbox: DailyCounts
  readonly #domain: DailyCounts
  readonly #slow: DailyCounts

  constructor(clock: Clock, limits: ValidationBudgetLimits) {
    const bucketsOf = (rate: Rate) => new TokenBuckets({ clock, ...rate, maxKeys: MAX_BUDGET_KEYS })
    const daily = (perDay: number) => new DailyCounts({ clock, perDay, maxKeys: MAX_BUDGET_KEYS })
    this.#limits = limits
    this.#global = bucketsOf(limits.global)
    this.#host = bucketsOf(limits.host)
    this.#network = bucketsOf(limits.network)
    this.#mailbox = daily(limits.mailboxPerDay)
    this.#domain = daily(limits.domainPerDay)
    this.#slow = daily(limits.slowPerDay)
  }

  /** One message to what `destinations` names, the narrowest first. null: paid for. Otherwise nothing was taken. */
  take(
    destinations: readonly string[],
    { isSlow, isRumour }: { readonly isSlow: boolean; readonly isRumour: boolean },
  ): AskRefusal | null {
    const bill = isSlow ? this.#slowBill(destinations, isRumour) : this.#fastBill(destinations, isRumour)
    const short = bill.find(({ budget, key }) => !budget.canTake(key))
    if (short !== undefined) return short.refusal
    for (const { budget, key } of bill) budget.take(key)
    return null
  }

  clear(): void {
    for (const budget of [this.#global, this.#host, this.#network, this.#mailbox, this.#domain, this.#slow])
      budget.clear()
  }

  #fastBill(destinations: readonly string[], isRumour: boolean): Item[] {
    const { global, host, network } = this.#limits
    const hosts = rated(this.#host, host, isRumour)
    const networks = rated(this.#network, network, isRumour)
    return [
      ...destinations.map(
        (key, at): Item => ({ budget: at === 0 ? hosts : networks, key, refusal: 'destination-budget' }),
      ),
      { budget: rated(this.#global, global, isRumour), key: ALL, refusal: 'global-budget' },
    ]
  }

  #slowBill(destinations: readonly string[], isRumour: boolean): Item[] {
    const { domainPerDay, slowPerDay } = this.#limits
    const mailboxes = counted(this.#mailbox, 0)
    const domains = counted(this.#domain, isRumour ? Math.ceil(domainPerDay / 2) : 0)
    return [
      ...destinations.map(
        (key, at): Item => ({ budget: at === 0 ? mailboxes : domains, key, refusal: 'daily-budget' }),
      ),
      { budget: counted(this.#slow, isRumour ? Math.ceil(slowPerDay / 2) : 0), key: ALL, refusal: 'global-budget' },
    ]
  }
}

function rated(buckets: TokenBuckets, { burst }: Rate, isRumour: boolean): Item['budget'] {
  const keep = isRumour ? burst / 2 : 0
  return { canTake: (key) => buckets.canTake(key, 1, keep), take: (key) => void buckets.take(key, 1, keep) }
}

function counted(counts: DailyCounts, keep: number): Item['budget'] {
  return { canTake: (key) => counts.canTake(key, keep), take: (key) => void counts.take(key, keep) }
}
