import type { Transport, TSession } from '@postern/transport-api'
import { describe, expect, test } from 'vitest'
import { Path } from '../../src/link/path.js'
import { PathChoice, rank } from '../../src/link/path-choice.js'
import type { PathPolicy } from '../../src/link/path-policy.js'

interface Wish {
  readonly name: string
  readonly cost?: number
  readonly delayMs?: number
  readonly mtu?: number
  readonly number?: number
  readonly order?: number
  readonly maxLatencyMs?: number
  readonly isConfirmed?: boolean
}

/** A path that is proven and, where nothing else is said, confirmed and well. */
function pathOf({
  name,
  cost = 100,
  delayMs = 40,
  mtu = 1_000,
  number = 1,
  order = 0,
  maxLatencyMs = 1_000,
  isConfirmed = true,
}: Wish): Path {
  const traits = { maxLatencyMs, idleMs: 1_000, reliable: true }
  const transport = { cost, mtu, protocolNumber: number, traits, disconnect: async () => {} } as unknown as Transport
  const tsession = { source: new Uint8Array(4) } as unknown as TSession
  const path = new Path({ carrier: { name, transport }, tsession, helo: null })
  path.isProven = true
  path.order = order
  path.lastNamedMs = isConfirmed ? 0 : null
  path.confirmedSinceMs = isConfirmed ? 0 : null
  measured(path, delayMs)
  return path
}

function measured(path: Path, delayMs: number): void {
  const epoch = {}
  path.measure.sent(epoch, { counter: 0, hasLeft: true, asks: true, messages: 0 }, 0)
  path.measure.reported(epoch, { pathId: 0, counter: 0, received: 1, ageMs: 0 }, delayMs, true)
}

const order = (paths: readonly Path[], policy: PathPolicy = {}, misses = new Map<Path, number>()): string[] =>
  rank(paths, policy, (path) => misses.get(path) ?? 0, 0).map(({ path }) => path.carrier.name)

describe('4/rank', () => {
  test.each([
    ['what the peer confirmed', { isConfirmed: true, cost: 900 }, { isConfirmed: false }],
    ['the cheaper', { cost: 1, delayMs: 900 }, { cost: 2 }],
    ['the quicker of one cost', { delayMs: 10, mtu: 500 }, { delayMs: 20 }],
    ['the one that takes more', { mtu: 2_000, number: 9 }, { mtu: 1_000 }],
    ['the lower protocol number', { number: 1, order: 9 }, { number: 2 }],
    ['the older', { order: 1 }, { order: 2 }],
  ] as const)('%s goes first', (_, better, worse) => {
    const [a, b] = [pathOf({ name: 'better', ...better }), pathOf({ name: 'worse', ...worse })]
    expect(order([b, a])).toEqual(['better', 'worse'])
    expect(order([a, b])).toEqual(['better', 'worse'])
  })

  test('a path that is not proven, or is denied, or not pinned, carries nothing', () => {
    const [a, b] = [pathOf({ name: 'a' }), pathOf({ name: 'b', cost: 200 })]
    expect(order([a, b], { deny: ['a'] })).toEqual(['b'])
    expect(order([a, b], { pin: ['b'] })).toEqual(['b'])
    expect(order([a, b], { prefer: ['b'] })).toEqual(['b', 'a'])
    a.isProven = false
    expect(order([a, b])).toEqual(['b'])
  })

  test('one that missed two keep-alives is passed over for one as fast, and not for a slow one', () => {
    const cheap = pathOf({ name: 'cheap' })
    const dear = pathOf({ name: 'dear', cost: 200 })
    const slow = pathOf({ name: 'slow', cost: 10_000, maxLatencyMs: 3_600_000 })
    expect(order([cheap, dear, slow], {}, new Map([[cheap, 1]]))).toEqual(['cheap', 'dear', 'slow'])
    expect(order([cheap, dear, slow], {}, new Map([[cheap, 2]]))).toEqual(['dear', 'slow', 'cheap'])
    expect(order([cheap, slow], {}, new Map([[cheap, 2]]))).toEqual(['cheap', 'slow'])
  })

  test('a refuge has shown lately that it works', () => {
    const [late, dear] = [pathOf({ name: 'late', delayMs: 5_000 }), pathOf({ name: 'dear', cost: 200 })]
    expect(order([late, dear])).toEqual(['dear', 'late'])
    const ranked = rank([late, dear], {}, () => 0, 100_000)
    expect(ranked.map(({ path }) => path.carrier.name)).toEqual(['late', 'dear'])
  })
})

describe('4/choice', () => {
  const choose = (choice: PathChoice, paths: readonly Path[], nowMs: number) =>
    choice.choose(
      rank(paths, {}, () => 0, 0),
      nowMs,
    )

  test('within one cost a change needs a fifth less delay for three seconds', () => {
    const choice = new PathChoice()
    const [a, b] = [pathOf({ name: 'a', delayMs: 100, order: 1 }), pathOf({ name: 'b', delayMs: 85, order: 2 })]
    choose(choice, [a], 0)
    expect(choose(choice, [a, b], 10)).toBeNull()
    expect(choice.held).toBeNull()
    const quick = pathOf({ name: 'quick', delayMs: 50, order: 3 })
    expect(choose(choice, [a, quick], 1_000)).toBeNull()
    expect(choice.held).toMatchObject({ by: 'threshold', untilMs: 4_000 })
    expect(choose(choice, [a, quick], 3_999)).toBeNull()
    expect(choose(choice, [a, quick], 4_000)).toMatchObject({ from: a, to: quick, rule: 'delay' })
  })

  test('six changes of choice a minute, and always away from what is gone', () => {
    const choice = new PathChoice()
    let current = pathOf({ name: 'p0', cost: 1_000 })
    choose(choice, [current], 0)
    for (let count = 1; count <= 6; count += 1) {
      const cheaper = pathOf({ name: `p${count}`, cost: 1_000 - count })
      expect(choose(choice, [current, cheaper], count)).toMatchObject({ to: cheaper, rule: 'cost' })
      current = cheaper
    }
    const seventh = pathOf({ name: 'p7', cost: 1 })
    expect(choose(choice, [current, seventh], 7)).toBeNull()
    expect(choice.held).toMatchObject({ path: seventh, by: 'switch-limit', untilMs: 60_001 })
    current.close()
    expect(choose(choice, [seventh], 8)).toMatchObject({ from: current, to: seventh, rule: 'gone' })
    expect(choice.count).toBe(8)
  })

  test('mtu, protocol number and age are no reason to leave what works', () => {
    const choice = new PathChoice()
    const [first, larger] = [pathOf({ name: 'first', mtu: 1_000 }), pathOf({ name: 'larger', mtu: 2_000 })]
    choose(choice, [first], 0)
    expect(choose(choice, [first, larger], 10_000)).toBeNull()
    expect(choice.current).toBe(first)
  })
})
