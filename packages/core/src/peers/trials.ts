/**
 * Addresses under test: how much was sent there, which challenge is open, when it was confirmed last. Bounded; what a rumour began
 * makes room first, then what was asked or confirmed longest ago. No rumour takes the room of anything else.
 */
import type { NodeId } from '@postern/crypto'
import type { Ping } from '@postern/helo'
import type { Timer } from '@postern/transport-api'
import { MAX_TRIALS } from './limits.js'

/** One address of one peer. Written to by the validator. */
export interface Trial {
  readonly peer: NodeId
  /** From addressKey. */
  readonly key: string
  /** PINGs and first messages since the last confirmation, or in this round. */
  sent: number
  /** Rounds of a card that ended without an answer, and when the next may begin, monotonic ms. */
  rounds: number
  nextRoundAt: number
  /** How often in a row a budget said no. */
  refusals: number
  /** Monotonic ms. */
  challenge: { readonly ping: Ping; readonly openedAt: number; readonly expiresAt: number } | null
  /** `at` is monotonic ms, `lifeMs` how long a confirmation holds. */
  confirmed: { readonly at: number; readonly lifeMs: number } | null
  timer: Timer | null
}

export function newTrial(peer: NodeId, key: string): Trial {
  return { peer, key, sent: 0, rounds: 0, nextRoundAt: 0, refusals: 0, challenge: null, confirmed: null, timer: null }
}

export class Trials {
  readonly #max: number
  readonly #onEvicted: (trial: Trial) => void
  /** Who was asked or confirmed last comes last. */
  readonly #rumours = new Map<string, Trial>()
  readonly #others = new Map<string, Trial>()

  constructor(onEvicted: (trial: Trial) => void, max: number = MAX_TRIALS) {
    this.#onEvicted = onEvicted
    this.#max = max
  }

  get size(): number {
    return this.#rumours.size + this.#others.size
  }

  find(peer: NodeId, key: string): Trial | undefined {
    const id = idOf({ peer, key })
    return this.#others.get(id) ?? this.#rumours.get(id)
  }

  /** Could `keep` find room without driving out what is worthier? */
  hasRoom({ isRumour }: { readonly isRumour: boolean }): boolean {
    return this.size < this.#max || this.#rumours.size > 0 || !isRumour
  }

  /** As the one asked or confirmed last; what was more than a rumour stays so. */
  keep(trial: Trial, { isRumour }: { readonly isRumour: boolean }): void {
    const id = idOf(trial)
    const isOther = this.#others.delete(id) || !isRumour
    this.#rumours.delete(id)
    if (this.size >= this.#max) this.#evict()
    const trials = isOther ? this.#others : this.#rumours
    trials.set(id, trial)
  }

  /** Its timer is gone, too. */
  remove(trial: Trial): void {
    const id = idOf(trial)
    this.#rumours.delete(id)
    this.#others.delete(id)
    trial.timer?.[Symbol.dispose]()
    trial.timer = null
  }

  clear(): void {
    for (const trial of [...this.#rumours.values(), ...this.#others.values()]) this.remove(trial)
  }

  #evict(): void {
    const [oldest] = (this.#rumours.size > 0 ? this.#rumours : this.#others).values()
    this.remove(oldest!)
    this.#onEvicted(oldest!)
  }
}

function idOf({ peer, key }: Pick<Trial, 'peer' | 'key'>): string {
  return `${peer}/${key}`
}
