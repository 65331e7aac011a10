/**
 * Which pairs have a physical way at each moment, and since when: what the chaos is judged by. Knows nothing of cores. Two nodes hear
 * each other as long as one of four roads passes (two ways, dialled by either), or by mail.
 */
import { FAST_WAYS, type FastWay, type Weather } from '../road.js'
import { describeFault, type Fault, liesOn } from './fault.js'

/** The worst counts where several meet. */
const FROM_GOOD_TO_BAD: readonly Weather[] = ['clear', 'messy', 'slow', 'lossy', 'silent', 'cut']

/** Since when, by `performance.now`; null: not now. */
export interface PairWays {
  /** Of the roads that pass, the one that has for longest. */
  readonly fastSinceMs: number | null
  readonly mailSinceMs: number | null
}

interface Road {
  readonly from: number
  readonly to: number
  readonly way: FastWay
  weather: Weather
  passesSinceMs: number | null
}

interface Pair {
  readonly roads: readonly Road[]
  mailSinceMs: number | null
  /** Without any way. */
  noneSinceMs: number | null
  longestNoneMs: number
}

export class Ways {
  readonly #nodes: number
  readonly #roads: Road[] = []
  readonly #pairs = new Map<string, Pair>()
  readonly #active = new Set<Fault>()
  readonly #isUp: boolean[]

  constructor(nodes: number, nowMs: number) {
    this.#nodes = nodes
    this.#isUp = Array.from({ length: nodes }, () => true)
    for (const [a, b] of this.pairs()) {
      const roads = [[a, b] as const, [b, a] as const].flatMap(([from, to]) =>
        FAST_WAYS.map((way): Road => ({ from, to, way, weather: 'clear', passesSinceMs: nowMs })),
      )
      this.#roads.push(...roads)
      this.#pairs.set(`${a} ${b}`, { roads, mailSinceMs: nowMs, noneSinceMs: null, longestNoneMs: 0 })
    }
  }

  /** Each once, the lower number first. */
  pairs(): readonly (readonly [number, number])[] {
    const all = Array.from({ length: this.#nodes }, (_, at) => at)
    return all.flatMap((a) => all.filter((b) => b > a).map((b) => [a, b] as const))
  }

  begin(fault: Fault, nowMs: number): void {
    this.#active.add(fault)
    this.#update(nowMs)
  }

  end(fault: Fault, nowMs: number): void {
    this.#active.delete(fault)
    this.#update(nowMs)
  }

  /** A node that is down has no ways at all. */
  setUp(node: number, isUp: boolean, nowMs: number): void {
    this.#isUp[node] = isUp
    this.#update(nowMs)
  }

  /** Or would it be, once `ended` is over? */
  isRelayUp(ended?: Fault): boolean {
    return ![...this.#active].some((fault) => fault.kind === 'relay' && fault !== ended)
  }

  weatherOf(from: number, to: number, way: FastWay): Weather {
    return this.#worst(from, to, way)
  }

  of(a: number, b: number): PairWays {
    const { roads, mailSinceMs } = this.#pair(a, b)
    const since = roads.flatMap(({ passesSinceMs }) => (passesSinceMs === null ? [] : [passesSinceMs]))
    return { fastSinceMs: since.length === 0 ? null : Math.min(...since), mailSinceMs }
  }

  longestWithoutMs(a: number, b: number, nowMs: number): number {
    const { longestNoneMs, noneSinceMs } = this.#pair(a, b)
    return Math.max(longestNoneMs, noneSinceMs === null ? 0 : nowMs - noneSinceMs)
  }

  /** What is wrong between two now, in words; `clear` when nothing is. */
  wrongBetween(a: number, b: number, nameOf: (node: number) => string): string {
    const faults = [...this.#active].filter((fault) => {
      if (fault.kind === 'relay') return true
      if (fault.kind === 'restart') return fault.node === a || fault.node === b
      return FAST_WAYS.some((way) => liesOn(fault, a, b, way) || liesOn(fault, b, a, way))
    })
    return faults.length === 0 ? 'clear' : faults.map((fault) => describeFault(fault, nameOf)).join('; ')
  }

  #update(nowMs: number): void {
    for (const road of this.#roads) {
      road.weather = this.#worst(road.from, road.to, road.way)
      const passes = !['silent', 'cut'].includes(road.weather) && this.#isUp[road.from]! && this.#isUp[road.to]!
      road.passesSinceMs = passes ? (road.passesSinceMs ?? nowMs) : null
    }
    for (const [a, b] of this.pairs()) {
      const pair = this.#pair(a, b)
      const mails = this.isRelayUp() && this.#isUp[a]! && this.#isUp[b]!
      pair.mailSinceMs = mails ? (pair.mailSinceMs ?? nowMs) : null
      const hasNone = !mails && pair.roads.every(({ passesSinceMs }) => passesSinceMs === null)
      if (!hasNone && pair.noneSinceMs !== null)
        pair.longestNoneMs = Math.max(pair.longestNoneMs, nowMs - pair.noneSinceMs)
      pair.noneSinceMs = hasNone ? (pair.noneSinceMs ?? nowMs) : null
    }
  }

  #worst(from: number, to: number, way: FastWay): Weather {
    let worst = 0
    for (const fault of this.#active) {
      if (!('weather' in fault) || !liesOn(fault, from, to, way)) continue
      worst = Math.max(worst, FROM_GOOD_TO_BAD.indexOf(fault.weather))
    }
    return FROM_GOOD_TO_BAD[worst]!
  }

  #pair(a: number, b: number): Pair {
    return this.#pairs.get(a < b ? `${a} ${b}` : `${b} ${a}`)!
  }
}
