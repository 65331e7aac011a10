/** Who reaches whom under which conditions: rules, the later over the earlier. What they come to is worked out once for each lane. */
import type { LaneConditions } from '../lane-conditions.js'
import type { SimPacket } from '../sim-packet.js'
import type { SimStyle } from '../sim-style.js'

/** The machine at one end of a lane, by name; null: none that the world knows. */
export type LaneEnd = string | null

export interface LaneRule {
  /** For `describe`. */
  readonly text: string
  readonly conditions: Partial<LaneConditions>
  holds(from: LaneEnd, to: LaneEnd, style: SimStyle): boolean
}

/** Forged senders must not fill the memory. */
const MAX_KNOWN_LANES = 100_000

export class LaneRules {
  readonly #base: Readonly<Record<SimStyle, () => LaneConditions>>
  readonly #onChange: () => void
  readonly #rules = new Set<LaneRule>()
  readonly #known = new Map<string, LaneConditions>()

  /** `base` is what holds without any rule. */
  constructor(base: Readonly<Record<SimStyle, () => LaneConditions>>, onChange: () => void) {
    this.#base = base
    this.#onChange = onChange
  }

  get texts(): readonly string[] {
    return [...this.#rules].map(({ text }) => text)
  }

  add(rule: LaneRule): Disposable {
    this.#rules.add(rule)
    this.changed()
    return {
      [Symbol.dispose]: () => {
        if (this.#rules.delete(rule)) this.changed()
      },
    }
  }

  /** Rules, or who is where, are not what they were. */
  changed(): void {
    this.#known.clear()
    this.#onChange()
  }

  /** `ends` is asked when the lane is not known yet. */
  conditionsOf({ lane, style }: SimPacket, ends: () => readonly [from: LaneEnd, to: LaneEnd]): LaneConditions {
    const known = style === 'letter' ? undefined : this.#known.get(lane) // the mail system changes without a rule
    if (known !== undefined) return known
    const [from, to] = ends()
    let conditions = this.#base[style]()
    for (const rule of this.#rules) if (rule.holds(from, to, style)) conditions = { ...conditions, ...rule.conditions }
    if (this.#known.size >= MAX_KNOWN_LANES) this.#known.clear()
    this.#known.set(lane, conditions)
    return conditions
  }
}
