import { SeededRandom } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { planFaults } from '../../src/chaos/fault.js'

const TIMES = { nodes: 10, calmBeforeMs: 10_000, endMs: 540_000 }

test('4/chaos: the same seed plans the same faults, another one others', () => {
  const plan = (seed: number) => planFaults(new SeededRandom(seed), TIMES)
  expect(plan(1)).toEqual(plan(1))
  expect(plan(1)).not.toEqual(plan(2))
})

test('4/chaos: faults begin after the calm, end before the end, and all kinds occur', () => {
  const plan = planFaults(new SeededRandom(1), TIMES)
  for (const { beginMs, endMs } of plan) {
    expect(beginMs).toBeGreaterThanOrEqual(10_000)
    expect(endMs).toBeGreaterThan(beginMs)
    expect(endMs).toBeLessThanOrEqual(540_000)
  }
  expect(new Set(plan.map(({ fault }) => fault.kind))).toEqual(
    new Set(['node', 'pair', 'partition', 'everywhere', 'relay', 'restart']),
  )
})

test('4/chaos: no fault names a node that is not there, or a pair of one', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    for (const { fault } of planFaults(new SeededRandom(seed), { ...TIMES, nodes: 2 })) {
      if ('node' in fault) expect(fault.node).toBeLessThan(2)
      if (fault.kind === 'pair') expect(new Set(fault.pair)).toEqual(new Set([0, 1]))
      if (fault.kind === 'partition') expect(fault.group).toHaveLength(1)
    }
  }
})
