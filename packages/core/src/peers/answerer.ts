/**
 * Answers PINGs: only those for us, about an address that stands in one of our own HELOs, over whatever transport. Never more
 * octets than were asked with, and not without end to sources that anybody can claim (DESIGN section 4, PROTOCOL.md section 8).
 */
import type { Identity } from '@postern/crypto'
import { type Helo, MAX_OBSERVED_OCTETS, type Ping, pongCodec, signPong } from '@postern/helo'
import type { Clock } from '@postern/transport-api'
import { addressKey, keyOf } from './address-key.js'
import { isExpired } from './known-address.js'
import { MAX_BUDGET_KEYS, type ValidationBudgetLimits } from './limits.js'
import { TokenBuckets } from './token-buckets.js'
import type { PingRefusal } from './validation-reasons.js'

export interface AnswererOptions {
  readonly identity: Identity
  readonly clock: Clock
  readonly ownHelos: () => readonly Helo[]
  readonly limits: Pick<ValidationBudgetLimits, 'answers' | 'answersPerSource'>
}

const ALL = ''
const NOWHERE = new Uint8Array(0)

export class Answerer {
  readonly #options: AnswererOptions
  readonly #all: TokenBuckets
  readonly #bySource: TokenBuckets

  constructor(options: AnswererOptions) {
    const { clock, limits } = options
    this.#options = options
    this.#all = new TokenBuckets({ clock, ...limits.answers, maxKeys: 1 })
    this.#bySource = new TokenBuckets({ clock, ...limits.answersPerSource, maxKeys: MAX_BUDGET_KEYS })
  }

  /** The body of a PONG, never larger than that of the PING, or why there is none. `source` is borrowed. */
  answer(ping: Ping, source: Uint8Array, { unproven }: { readonly unproven: boolean }): Uint8Array | PingRefusal {
    const { identity } = this.#options
    if (ping.target !== identity.nodeId || ping.asker === identity.nodeId || !this.#isOurAddress(ping))
      return 'not-ours'
    if (!this.mayAnswer(source, { unproven })) return 'answer-budget'
    const observed = source.byteLength > MAX_OBSERVED_OCTETS ? NOWHERE : source // a transport that breaks its contract
    return pongCodec.encode(signPong(identity, ping, observed))
  }

  /** True: one more answer may go there, and is counted. `source` is borrowed. */
  mayAnswer(source: Uint8Array, { unproven }: { readonly unproven: boolean }): boolean {
    const keep = unproven ? this.#options.limits.answers.burst / 2 : 0
    const isFree = this.#all.canTake(ALL, 1, keep) && (!unproven || this.#bySource.take(source.join('.')))
    if (isFree) this.#all.take(ALL, 1, keep)
    return isFree
  }

  clear(): void {
    this.#bySource.clear()
  }

  #isOurAddress({ protocol, address }: Ping): boolean {
    const { clock, ownHelos } = this.#options
    const key = keyOf(protocol, address)
    const now = clock.now()
    return ownHelos().some((helo) => !helo.flags.withdrawn && !isExpired(helo, now) && addressKey(helo) === key)
  }
}
