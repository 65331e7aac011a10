/** The story with real processes: mail first, then the fast way, which is cut and let through again under traffic. */
import { describe, expect, test } from 'vitest'
import { accountOf } from '../src/account.js'
import { type Act, play } from '../src/story.js'
import type { Stream } from '../src/stream.js'
import { company } from './company.js'

const EVERY_MS = 50
const HOLD_MESSAGES = 10
const ACT_LIMIT_MS = 20_000
const STORY_LIMIT_MS = 40_000
const SETTLE_LIMIT_MS = 2_000
const TEST_LIMIT_MS = 50_000

describe.concurrent('1/story: ben cannot be dialled, anna mails him, and they climb, fall back to mail and climb again', () => {
  for (const [way, worst] of [
    ['tcp', 'cut'],
    ['udp', 'silent'],
  ] as const) {
    test(`${way}, which is ${worst} under traffic`, { timeout: TEST_LIMIT_MS }, async (t) => {
      const { world, journal, anna, ben } = await company([way], EVERY_MS, t.onTestFinished)
      const clear = { udp: 'clear', tcp: 'clear' } as const
      const acts: readonly Act[] = [
        { title: `to ${way}`, weather: clear, by: way },
        { title: 'to mail', weather: { ...clear, [way]: worst }, by: 'smtp' },
        { title: `to ${way} again`, weather: clear, by: way },
      ]
      const ended = await play(() => anna.order({ order: 'befriend', card: ben.card }), {
        acts,
        journal,
        road: world.road,
        between: ['anna', 'ben'],
        holdMessages: HOLD_MESSAGES,
        limitMs: ACT_LIMIT_MS,
        endMs: performance.now() + STORY_LIMIT_MS,
        onAct: () => {},
        onEnded: () => {},
      })
      for (const one of [anna, ben]) one.order({ order: 'hush' })
      const streams = [journal.stream('anna', 'ben'), journal.stream('ben', 'anna')]
      await journal.until(() => streams.every(({ missing }) => missing === 0), SETTLE_LIMIT_MS)
      const took = ended.map(({ act, tookMs }) => `${act.title}: ${tookMs?.toFixed(0) ?? 'not in time'}`)
      await t.annotate(took.join(', '))
      expect(ended.flatMap(({ act, tookMs }) => (tookMs === null ? [act.title] : []))).toEqual([])
      expect(inOrder(streams[0]!.order, ['smtp', way, 'smtp', way]), streams[0]!.order.join(' ')).toBe(true)
      expect(inOrder(streams[1]!.order, [way, 'smtp', way]), streams[1]!.order.join(' ')).toBe(true)
      for (const stream of streams) expectAccounted(stream)
      expect(await Promise.all([anna.leave(), ben.leave()])).toEqual([0, 0])
    })
  }
})

/**
 * Every accepted message arrived, or was lost to a fault that lay on its way then. Looser than it could be: the core counts what
 * was under way when a path ended, and the sums could be held against each other.
 */
function expectAccounted(stream: Stream): void {
  const { sent, arrived, lostToFaults, unexplained } = accountOf(stream)
  expect(sent).toBe(arrived + lostToFaults + unexplained)
  expect(unexplained, [...stream.lost()].join('; ')).toBe(0)
}

/** Did these come in this order, whatever came in between? */
function inOrder(seen: readonly string[], wanted: readonly string[]): boolean {
  let at = 0
  for (const one of seen) if (one === wanted[at]) at += 1
  return at === wanted.length
}
