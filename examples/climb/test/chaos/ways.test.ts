import { expect, test } from 'vitest'
import type { Fault } from '../../src/chaos/fault.js'
import { judge } from '../../src/chaos/oracle.js'
import { Ways } from '../../src/chaos/ways.js'

const GRACES = { fastMs: 20_000, mailMs: 45_000 }
const name = (node: number): string => `n${node}`
const node = (at: number, ways: readonly ('udp' | 'tcp')[], roads: 'in' | 'all' = 'all'): Fault => ({
  kind: 'node',
  node: at,
  roads,
  ways,
  weather: 'silent',
})

test('4/ways: a pair has a fast way as long as one road of four passes, and none without roads and mail', () => {
  const ways = new Ways(3, 0)
  expect(ways.of(0, 1)).toEqual({ fastSinceMs: 0, mailSinceMs: 0 })
  ways.begin(node(0, ['udp']), 100)
  expect(ways.of(0, 1).fastSinceMs).toBe(0) // tcp
  ways.begin(node(0, ['tcp'], 'in'), 200)
  expect(ways.of(1, 0).fastSinceMs).toBe(0) // it still dials by tcp
  ways.begin({ kind: 'pair', pair: [1, 0], weather: 'cut' }, 300)
  expect(ways.of(0, 1)).toEqual({ fastSinceMs: null, mailSinceMs: 0 })
  expect(ways.of(0, 2).fastSinceMs).toBe(0)
  ways.begin({ kind: 'relay' }, 400)
  expect(ways.of(0, 1)).toEqual({ fastSinceMs: null, mailSinceMs: null })
  expect(ways.longestWithoutMs(0, 1, 1_000)).toBe(600)
})

test('4/ways: of the roads that pass the one counts that has for longest, and an interruption begins anew', () => {
  const ways = new Ways(2, 0)
  const [udp, tcp] = [node(0, ['udp']), node(0, ['tcp'])]
  ways.begin(udp, 100)
  ways.end(udp, 200)
  expect(ways.of(0, 1).fastSinceMs, 'tcp passed').toBe(0)
  ways.begin(tcp, 300)
  expect(ways.of(0, 1).fastSinceMs, 'udp since it is back').toBe(200)
})

test('4/ways: faults that meet are as bad as the worst of them, until the last has ended', () => {
  const ways = new Ways(2, 0)
  const slow: Fault = { kind: 'everywhere', ways: ['udp'], weather: 'slow' }
  const cut: Fault = { kind: 'partition', group: [0], weather: 'cut' }
  ways.begin(slow, 1)
  expect([ways.weatherOf(0, 1, 'udp'), ways.weatherOf(0, 1, 'tcp'), ways.of(0, 1).fastSinceMs]).toEqual([
    'slow',
    'clear',
    0,
  ])
  ways.begin(cut, 2)
  ways.end(slow, 3)
  expect([ways.weatherOf(1, 0, 'udp'), ways.wrongBetween(0, 1, name)]).toEqual([
    'cut',
    'all roads between n0 and the others cut',
  ])
  ways.end(cut, 4)
  expect([ways.weatherOf(1, 0, 'udp'), ways.of(0, 1), ways.wrongBetween(0, 1, name)]).toEqual([
    'clear',
    { fastSinceMs: 4, mailSinceMs: 0 },
    'clear',
  ])
})

test('4/ways: the relay is up again when the last fault of it has ended, and who ends one can ask before', () => {
  const ways = new Ways(2, 0)
  const [first, second]: Fault[] = [{ kind: 'relay' }, { kind: 'relay' }]
  ways.begin(first!, 1)
  ways.begin(second!, 2)
  expect([ways.isRelayUp(), ways.isRelayUp(first)]).toEqual([false, false])
  ways.end(first!, 3)
  expect([ways.isRelayUp(), ways.isRelayUp(second), ways.of(0, 1).mailSinceMs]).toEqual([false, true, null])
  ways.end(second!, 4)
  expect([ways.isRelayUp(), ways.of(0, 1).mailSinceMs]).toEqual([true, 4])
})

test('4/ways: a node that is down has no way at all', () => {
  const ways = new Ways(3, 0)
  ways.setUp(1, false, 10)
  expect([ways.of(0, 1), ways.of(0, 2).mailSinceMs]).toEqual([{ fastSinceMs: null, mailSinceMs: null }, 0])
  ways.setUp(1, true, 30)
  expect([ways.of(0, 1), ways.longestWithoutMs(0, 1, 99)]).toEqual([{ fastSinceMs: 30, mailSinceMs: 30 }, 20])
})

test('4/oracle: a pair that is silent in one direction for the grace of a way that passed as long is lost', () => {
  const way = { fastSinceMs: 0, mailSinceMs: 0 }
  expect(judge(way, [0, 19_999], GRACES, 30_000)).toBeNull()
  expect(judge(way, [0, 20_000], GRACES, 30_000)).toEqual({ by: 'fast', passedMs: 30_000, silentMs: 20_000 })
  expect(judge({ ...way, fastSinceMs: 15_000 }, [25_000, 0], GRACES, 30_000), 'not long enough').toBeNull()
  expect(judge({ ...way, fastSinceMs: null }, [44_000, 0], GRACES, 60_000), 'mail takes its time').toBeNull()
  expect(judge({ ...way, fastSinceMs: null }, [46_000, 0], GRACES, 60_000)).toMatchObject({ by: 'mail' })
  expect(judge({ fastSinceMs: null, mailSinceMs: null }, [99_000, 99_000], GRACES, 99_000), 'no way').toBeNull()
})
