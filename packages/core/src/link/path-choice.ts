/**
 * Which path carries data: the rules in their order, and what keeps the choice from swinging (DESIGN section 4, ADR 0004). Reads no
 * clock and opens nothing.
 */
import { isSlowCarrier } from '../transports/carriers.js'
import type { Path } from './path.js'
import { type PathPolicy, tierOf } from './path-policy.js'
import { MISSES_UNTIL_DOUBT } from './path-watch.js'

/** `left`: the peer speaks from elsewhere now. */
export type PathHealth = 'healthy' | 'lossy' | 'late' | 'unanswered' | 'left'

/** What decided between two paths, the weightiest first; `only`: there is no other, `gone`: the one before is. */
export type ChoiceRule =
  | 'only'
  | 'gone'
  | 'confirmed'
  | 'policy'
  | 'health'
  | 'cost'
  | 'delay'
  | 'mtu'
  | 'protocol'
  | 'age'

export interface PathSwitch {
  /** Monotonic. */
  readonly atMs: number
  readonly from: Path | null
  readonly to: Path | null
  readonly rule: ChoiceRule
}

/** Why a path that ranks higher is not used yet. */
export interface HeldBack {
  readonly path: Path
  readonly by: 'threshold' | 'switch-limit'
  /** Monotonic: until when at the latest, as far as it depends on time. */
  readonly untilMs: number
}

/** A source that is silent for so long while another one of the same transport speaks was left. */
const MOVED_AFTER_MS = 2_000
/** Whatever is a refuge was heard to work so lately: it is asked once a minute. */
const FRESH_MS = 90_000
/** DESIGN section 4. */
const LESS_DELAY = 0.8
const LESS_DELAY_FOR_MS = 3_000
const SWITCHES_A_MINUTE = 6
const MINUTE_MS = 60_000
/** What an operator may want to see. */
const REMEMBERED_SWITCHES = 32

function healthOf(path: Path, misses: number, all: readonly Path[]): PathHealth {
  if (isSlowCarrier(path.carrier)) return 'healthy' // nothing tells a slow mail from a lost one
  if (misses >= MISSES_UNTIL_DOUBT) return 'unanswered'
  const { delayMs, isLossy } = path.measure
  if (isLossy) return 'lossy'
  if (delayMs !== null && delayMs > path.carrier.transport.traits.maxLatencyMs) return 'late'
  const isLeft = all.some((other) => other.isProven && hasMovedTo(path, other))
  return isLeft ? 'left' : 'healthy'
}

/** Does the peer speak from there now, and no longer from here, nor say that anything arrives here? Of two ways by one transport. */
function hasMovedTo(path: Path, other: Path): boolean {
  return (
    path.carrier === other.carrier &&
    heardMs(other) - Math.max(heardMs(path), path.openedMs, path.lastNamedMs ?? 0) > MOVED_AFTER_MS
  )
}

function heardMs({ lastHeardMs }: Path): number {
  return lastHeardMs ?? Number.NEGATIVE_INFINITY
}

/** A path among others: by what it is ranked. */
export interface RankedPath {
  readonly path: Path
  readonly health: PathHealth
  readonly tier: number
  /** Unhealthy, while one of the same speed is healthy: a mail is no refuge from a datagram in fifteen lost. */
  readonly isPassedOver: boolean
}

/** Those that may carry data, the best first. */
export function rank(
  paths: readonly Path[],
  policy: PathPolicy,
  missesOf: (path: Path) => number,
  nowMs: number,
): readonly RankedPath[] {
  const usable = paths.flatMap((path) => {
    const tier = tierOf(policy, path.carrier.name)
    if (tier === null || !path.isProven || path.isClosed) return []
    return [{ path, tier, health: healthOf(path, missesOf(path), paths) }]
  })
  const isRefugeFrom = (one: Path, { path, health }: Pick<RankedPath, 'path' | 'health'>): boolean => {
    const sinceMs = Math.max(nowMs - FRESH_MS, missesOf(one) > 0 ? (one.measure.unansweredSinceMs ?? 0) : 0)
    const isSure = health === 'healthy' && path.isConfirmed && (path.lastNamedMs ?? 0) >= sinceMs
    return isSure && isSlowCarrier(path.carrier) === isSlowCarrier(one.carrier)
  }
  return usable
    .map((one) => {
      const isPassedOver = one.health !== 'healthy' && usable.some((other) => isRefugeFrom(one.path, other))
      return { ...one, isPassedOver }
    })
    .sort((a, b) => decide(a, b).order)
}

/** Negative: `a` is better. */
function decide(a: RankedPath, b: RankedPath): { readonly order: number; readonly rule: ChoiceRule } {
  const rules: readonly (readonly [ChoiceRule, number])[] = [
    ['confirmed', Number(b.path.isConfirmed) - Number(a.path.isConfirmed)],
    ['policy', a.tier - b.tier],
    ['health', Number(a.isPassedOver) - Number(b.isPassedOver)],
    ['cost', a.path.carrier.transport.cost - b.path.carrier.transport.cost],
    ['delay', compareDelay(a.path, b.path)],
    ['mtu', b.path.mtu - a.path.mtu],
    ['protocol', a.path.carrier.transport.protocolNumber - b.path.carrier.transport.protocolNumber],
    ['age', a.path.order - b.path.order],
  ]
  const decisive = rules.find(([, order]) => order !== 0)
  return decisive === undefined ? { rule: 'age', order: 0 } : { rule: decisive[0], order: decisive[1] }
}

/** One that was never measured comes last. */
function compareDelay({ measure: a }: Path, { measure: b }: Path): number {
  if (a.delayMs === null || b.delayMs === null) return Number(a.delayMs === null) - Number(b.delayMs === null)
  return a.delayMs - b.delayMs
}

export class PathChoice {
  #current: Path | null = null
  #rule: ChoiceRule = 'only'
  #held: HeldBack | null = null
  /** The path that takes less time, and since when. */
  #quicker: { readonly path: Path; readonly sinceMs: number } | null = null
  #switches: PathSwitch[] = []
  #count = 0

  get current(): Path | null {
    return this.#current
  }

  /** What put the current one before the next best. */
  get rule(): ChoiceRule {
    return this.#rule
  }

  get held(): HeldBack | null {
    return this.#held
  }

  /** The last ones, the oldest first. */
  get switches(): readonly PathSwitch[] {
    return this.#switches
  }

  /** In all. */
  get count(): number {
    return this.#count
  }

  /** `ranked`: those that may be used now, the best first. What changed; null: nothing. */
  choose(ranked: readonly RankedPath[], nowMs: number): PathSwitch | null {
    const [best] = ranked
    const current = ranked.find(({ path }) => path === this.#current)
    this.#held = null
    if (best === undefined || current === undefined) {
      this.#quicker = null
      const rule = this.#current === null ? ruleFor(ranked) : this.#current.isClosed ? 'gone' : 'policy'
      return this.#move(best?.path ?? null, rule, nowMs, ranked)
    }
    if (best === current) {
      this.#quicker = null
      this.#rule = ruleFor(ranked)
      return null
    }
    const { rule } = decide(best, current)
    if (rule === 'delay' && !this.#isQuickerForLong(best.path, current.path, nowMs)) return null
    if (rule === 'mtu' || rule === 'protocol' || rule === 'age') return null // no reason to leave what works
    if (rule !== 'confirmed' && this.#isLimited(best.path, nowMs)) return null
    this.#quicker = null
    return this.#move(best.path, rule, nowMs, ranked)
  }

  #isQuickerForLong(path: Path, current: Path, nowMs: number): boolean {
    const [delayMs, currentMs] = [path.measure.delayMs, current.measure.delayMs]
    if (delayMs === null || (currentMs !== null && delayMs > LESS_DELAY * currentMs)) {
      this.#quicker = null
      return false
    }
    if (this.#quicker?.path !== path) this.#quicker = { path, sinceMs: nowMs }
    const untilMs = this.#quicker.sinceMs + LESS_DELAY_FOR_MS
    if (nowMs >= untilMs) return true
    this.#held = { path, by: 'threshold', untilMs }
    return false
  }

  /** Away from a path that is gone, or never was good, is always allowed. Of those, too, there are no more: each needs another switch to what went. */
  #isLimited(path: Path, nowMs: number): boolean {
    const isOfChoice = ({ from, rule }: PathSwitch): boolean => from !== null && rule !== 'gone' && rule !== 'confirmed'
    const lately = this.#switches.filter((one) => isOfChoice(one) && nowMs - one.atMs < MINUTE_MS)
    if (lately.length < SWITCHES_A_MINUTE) return false
    this.#held = { path, by: 'switch-limit', untilMs: lately.at(-SWITCHES_A_MINUTE)!.atMs + MINUTE_MS }
    return true
  }

  #move(to: Path | null, rule: ChoiceRule, nowMs: number, ranked: readonly RankedPath[]): PathSwitch | null {
    if (to === this.#current) return null
    const change = { atMs: nowMs, from: this.#current, to, rule }
    this.#current = to
    this.#rule = ruleFor(ranked)
    this.#count += 1
    this.#switches = [...this.#switches.slice(1 - REMEMBERED_SWITCHES), change]
    return change
  }
}

/** What puts the first before the next by another transport, or before the next at all. */
function ruleFor([best, ...others]: readonly RankedPath[]): ChoiceRule {
  const next = others.find(({ path }) => path.carrier !== best?.path.carrier) ?? others[0]
  return best === undefined || next === undefined ? 'only' : decide(best, next).rule
}
