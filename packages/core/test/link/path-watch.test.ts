import type { Transport, TSession } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { Path } from '../../src/link/path.js'
import { PathWatch } from '../../src/link/path-watch.js'

const IDLE_MS = 30_000

/** A watched path whose peer answers after `answersAfterMs`, or not at all. */
function watched({ everyMs = (IDLE_MS / 2) as number | null, answersAfterMs = null as number | null } = {}) {
  const clock = new VirtualClock()
  const traits = { maxLatencyMs: 3_000, idleMs: IDLE_MS, reliable: false }
  const transport = {
    cost: 1,
    mtu: 1_000,
    protocolNumber: 1,
    traits,
    disconnect: async () => {},
  } as unknown as Transport
  const tsession = { source: new Uint8Array(4) } as unknown as TSession
  const path = new Path({ carrier: { name: 'fake', transport }, tsession, helo: null })
  const epoch = {}
  const seen = { keepAlives: [] as number[], misses: [] as number[], deadMs: null as number | null }
  let counter = 0
  const send = (): void => {
    const sent = counter
    path.measure.sent(epoch, { counter, hasLeft: true, asks: true, messages: 0 }, clock.monotonic())
    counter += 1
    watch.look()
    if (answersAfterMs === null) return
    clock.setTimer(() => {
      const said = { pathId: 0, counter: sent, received: sent + 1, ageMs: 0 }
      if (path.measure.reported(epoch, said, clock.monotonic(), true) === 'news')
        watch.answered(path.measure.namedSentMs)
    }, answersAfterMs)
  }
  const watch: PathWatch = new PathWatch({
    clock,
    path,
    everyMs: () => everyMs,
    keepAlive: () => {
      seen.keepAlives.push(clock.monotonic())
      send()
    },
    onMissed: (misses) => seen.misses.push(misses),
    onDead: () => {
      seen.deadMs = clock.monotonic()
      watch.end()
    },
  })
  watch.look()
  return { clock, watch, seen, send }
}

test('4/keep-alive: one every half of the idle time while the path is in use, and none else', () => {
  const { clock, seen } = watched({ answersAfterMs: 40 })
  clock.advance(5 * IDLE_MS)
  expect(seen.keepAlives).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((count) => (count * IDLE_MS) / 2))
  expect(seen.misses).toEqual([])
  const unused = watched({ everyMs: null })
  unused.clock.advance(5 * IDLE_MS)
  expect(unused.seen.keepAlives).toEqual([])
  expect(unused.clock.pending).toBe(0)
})

test('4/keep-alive: three that nobody answers are the death of a path, six seconds after the first at the earliest', () => {
  const { clock, seen, send } = watched()
  send()
  clock.advance(60_000)
  expect(seen.misses).toEqual([1, 2])
  expect(seen.deadMs).toBeGreaterThanOrEqual(6_000)
  expect(seen.deadMs).toBeLessThan(10_000)
  const count = seen.keepAlives.length
  clock.advance(600_000)
  expect(seen.keepAlives).toHaveLength(count)
  expect(clock.pending).toBe(0)
})

test('4/keep-alive: before its death it is asked every second, and one answer is enough', () => {
  const { clock, seen, send, watch } = watched()
  send()
  clock.advance(5_500)
  expect(seen.misses).toEqual([1, 2])
  const gaps = seen.keepAlives.slice(1).map((ms, at) => ms - seen.keepAlives[at]!)
  expect(gaps.length).toBeGreaterThan(3)
  expect(Math.max(...gaps.slice(-2))).toBeLessThanOrEqual(1_000)
  watch.answered(0)
  expect(watch.misses).toBe(0)
})

test('4/keep-alive: an answer to what left before the silence says nothing about it', () => {
  const { clock, send, watch } = watched()
  clock.advance(100)
  send()
  clock.advance(2_000)
  expect(watch.misses).toBeGreaterThan(0)
  watch.answered(99)
  expect(watch.misses).toBeGreaterThan(0)
  watch.answered(100)
  expect(watch.misses).toBe(0)
})

test('4/sleep: a timer that comes hours late has been asleep: nothing was missed', () => {
  const { clock, seen, send } = watched({ answersAfterMs: 40 })
  send()
  clock.advance(40)
  const lid = watched()
  lid.send()
  // The machine slept: its clock stands hours later before any timer could fire.
  const real = lid.clock.monotonic.bind(lid.clock)
  let sleptMs = 0
  lid.clock.monotonic = () => real() + sleptMs
  sleptMs = 3_600_000
  lid.clock.advance(1_200)
  expect(lid.seen.misses).toEqual([])
  expect(lid.seen.keepAlives).toHaveLength(1)
  expect(seen.misses).toEqual([])
})
