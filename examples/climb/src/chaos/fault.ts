/** Everything that can go wrong in the village, as data: drawn from a seed before it begins, so that a run can be had again. */
import type { SeededRandom } from '@postern/transport-testkit'
import { FAST_WAYS, type FastWay, type Weather } from '../road.js'

export type Fault =
  /** The roads of one node: those that lead to it, or also those by which it goes out. */
  | {
      readonly kind: 'node'
      readonly node: number
      readonly roads: 'in' | 'all'
      readonly ways: readonly FastWay[]
      readonly weather: Weather
    }
  /** Both roads between two nodes. */
  | { readonly kind: 'pair'; readonly pair: readonly [number, number]; readonly weather: Weather }
  /** The roads between these and all others. */
  | { readonly kind: 'partition'; readonly group: readonly number[]; readonly weather: Weather }
  /** All roads. */
  | { readonly kind: 'everywhere'; readonly ways: readonly FastWay[]; readonly weather: Weather }
  | { readonly kind: 'relay' }
  /** A core is closed, and comes back with its identity and its store. */
  | { readonly kind: 'restart'; readonly node: number }

export interface PlannedFault {
  readonly fault: Fault
  /** ms since the beginning. */
  readonly beginMs: number
  readonly endMs: number
}

export interface PlanOptions {
  readonly nodes: number
  /** Nothing begins before, so that links can be made. */
  readonly calmBeforeMs: number
  /** Everything has ended by then. */
  readonly endMs: number
}

/** One begins every 5 s on average, and lasts from 3 to 45 s: some two or three at a time. */
const MEAN_PAUSE_MS = 5_000
const SHORTEST_MS = 3_000
const LONGEST_MS = 45_000
/** Of those that last less: a node is not kept down for long, and who found the relay down tries it again after up to as long. */
const LONGEST_OF_KIND_MS: Readonly<Partial<Record<Fault['kind'], number>>> = { restart: 5_000, relay: 25_000 }
/** How often each of them is drawn. */
const SHARES: readonly (readonly [Fault['kind'], number])[] = [
  ['node', 10],
  ['pair', 3],
  ['partition', 2],
  ['everywhere', 1],
  ['relay', 2],
  ['restart', 3],
]

/** In the order in which they begin. */
export function planFaults(random: SeededRandom, { nodes, calmBeforeMs, endMs }: PlanOptions): readonly PlannedFault[] {
  const plan: PlannedFault[] = []
  let beginMs = calmBeforeMs
  while (beginMs + SHORTEST_MS < endMs) {
    const fault = drawFault(random, nodes)
    const longestMs = LONGEST_OF_KIND_MS[fault.kind] ?? LONGEST_MS
    const durationMs = SHORTEST_MS + random.uniform() * (longestMs - SHORTEST_MS)
    plan.push({ fault, beginMs, endMs: Math.min(endMs, beginMs + durationMs) })
    beginMs += -Math.log(1 - random.uniform()) * MEAN_PAUSE_MS
  }
  return plan
}

function drawFault(random: SeededRandom, nodes: number): Fault {
  const one = (): number => random.below(nodes)
  const breaking = (): Weather => pick(random, ['cut', 'silent'])
  switch (drawKind(random)) {
    case 'node': {
      const roads = random.chance(0.3) ? 'in' : 'all'
      const ways = pick(random, [['udp'], ['tcp'], FAST_WAYS] as const)
      return {
        kind: 'node',
        node: one(),
        roads,
        ways,
        weather: pick(random, ['cut', 'silent', 'lossy', 'slow', 'messy']),
      }
    }
    case 'pair': {
      const first = one()
      return { kind: 'pair', pair: [first, (first + 1 + random.below(nodes - 1)) % nodes], weather: breaking() }
    }
    case 'partition': {
      const all = Array.from({ length: nodes }, (_, at) => at)
      const group = all.filter(() => random.chance(0.5))
      // Nobody against everybody is no partition.
      return { kind: 'partition', group: group.length % nodes === 0 ? [0] : group, weather: breaking() }
    }
    case 'everywhere':
      return {
        kind: 'everywhere',
        ways: pick(random, [['udp'], ['tcp']] as const),
        weather: pick(random, ['lossy', 'slow', 'messy', 'silent']),
      }
    case 'relay':
      return { kind: 'relay' }
    case 'restart':
      return { kind: 'restart', node: one() }
  }
}

function drawKind(random: SeededRandom): Fault['kind'] {
  let left = random.below(SHARES.reduce((sum, [, share]) => sum + share, 0))
  for (const [kind, share] of SHARES) {
    if (left < share) return kind
    left -= share
  }
  throw new Error('the shares do not add up')
}

function pick<T>(random: SeededRandom, choices: readonly T[]): T {
  return choices[random.below(choices.length)]!
}

/** In words. */
export function describeFault(fault: Fault, nameOf: (node: number) => string): string {
  switch (fault.kind) {
    case 'node':
      return `${fault.ways.join(' and ')} ${fault.roads === 'in' ? 'to' : 'of'} ${nameOf(fault.node)} ${fault.weather}`
    case 'pair':
      return `all roads between ${fault.pair.map(nameOf).join(' and ')} ${fault.weather}`
    case 'partition':
      return `all roads between ${fault.group.map(nameOf).join(', ')} and the others ${fault.weather}`
    case 'everywhere':
      return `${fault.ways.join(' and ')} ${fault.weather} everywhere`
    case 'relay':
      return 'the relay is down'
    case 'restart':
      return `${nameOf(fault.node)} restarts`
  }
}

/** Does it lie on the road by which `from` dials `to`? */
export function liesOn(fault: Fault, from: number, to: number, way: FastWay): boolean {
  switch (fault.kind) {
    case 'node':
      return fault.ways.includes(way) && (to === fault.node || (fault.roads === 'all' && from === fault.node))
    case 'pair':
      return fault.pair.includes(from) && fault.pair.includes(to)
    case 'partition':
      return fault.group.includes(from) !== fault.group.includes(to)
    case 'everywhere':
      return fault.ways.includes(way)
    case 'relay':
    case 'restart':
      return false
  }
}
