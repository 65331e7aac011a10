import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LOOPBACK_LIMITS, PingPong, type Runner } from '../src/ping-pong.js'
import type { Sink, Wire } from '../src/wire.js'
import { ManualClock } from './manual-clock.js'

const OCTETS = 11

interface Bench {
  readonly clock: ManualClock
  readonly runner: Runner
  readonly sink: Sink
  readonly counts: { sent: number; sentBack: number; closed: number }
}

/** A wire whose `carry` is called for each message and may give it to the sink. */
async function bench(carry: (sink: Sink, sent: number) => boolean): Promise<Bench> {
  const clock = new ManualClock()
  const counts = { sent: 0, sentBack: 0, closed: 0 }
  let sink: Sink | undefined
  const runner = await PingPong.open(
    OCTETS,
    async (_octets, given) => {
      sink = given
      return {
        send: () => carry(given, ++counts.sent),
        sendBack: () => ++counts.sentBack > 0 && carry(given, 0),
        close: async () => void counts.closed++,
      } satisfies Wire
    },
    clock,
  )
  return { clock, runner, sink: sink!, counts }
}

const deliver = (sink: Sink): boolean => {
  queueMicrotask(() => sink.arrived(OCTETS))
  return true
}

test('each message is sent after the one before arrived, and each arrival is stamped', async () => {
  const { runner, counts, clock } = await bench(deliver)
  const stamps = await runner.run(25)
  expect(counts).toEqual({ sent: 1 + 25, sentBack: 1, closed: 0 })
  expect(stamps).toHaveLength(26)
  expect([...stamps]).toEqual([...stamps].sort((a, b) => a - b))
  expect(clock.timers).toBe(0)
})

test('a lost message is noticed, with how far the run came', async () => {
  const { runner, clock } = await bench((sink, sent) => sent > 4 || deliver(sink))
  const run = runner.run(10)
  const failed = expect(run).rejects.toThrow(
    'a message was lost: 3 of 10 messages of 11 octets had come back, then none for 2000 ms',
  )
  await nextTurn()
  clock.pass(LOOPBACK_LIMITS.lostAfterMs) // there was progress
  clock.pass(LOOPBACK_LIMITS.lostAfterMs)
  await failed
  expect(clock.timers).toBe(0)
  await expect(runner.run(1)).rejects.toThrow('a message was lost')
})

test('a run that creeps on is ended', async () => {
  const { runner, clock, sink } = await bench((to, sent) => sent > 1 || deliver(to))
  const failed = expect(runner.run(1_000)).rejects.toThrow('a run took longer than 30000 ms')
  await nextTurn()
  for (let step = 0; step * LOOPBACK_LIMITS.lostAfterMs < LOOPBACK_LIMITS.runMs; step += 1) {
    sink.arrived(OCTETS)
    clock.pass(LOOPBACK_LIMITS.lostAfterMs)
  }
  await failed
})

test('a message of another size, a refusal and a broken wire each end the run', async () => {
  const wrong = await bench((sink) => deliver({ ...sink, arrived: () => sink.arrived(OCTETS + 1) }))
  await expect(wrong.runner.run(5)).rejects.toThrow('12 octets arrived instead of 11')
  const full = await bench(() => false)
  await expect(full.runner.run(5)).rejects.toThrow('a message was dropped before it was sent')
  const broken = await bench((sink) => {
    sink.failed(new Error('reset'))
    return true
  })
  await expect(broken.runner.run(5)).rejects.toThrow('reset')
  const throwing = await bench(() => {
    throw new Error('foreign session')
  })
  await expect(throwing.runner.run(5)).rejects.toThrow('foreign session')
})

test('closing is done once and is bounded', async () => {
  const { runner, counts } = await bench(deliver)
  await runner.close()
  await runner.close()
  expect(counts.closed).toBe(1)

  const clock = new ManualClock()
  const never = new Promise<void>(() => {})
  const wire: Wire = { send: () => true, sendBack: () => true, close: () => never }
  const stuck = await PingPong.open(OCTETS, async () => wire, clock)
  const failed = expect(stuck.close()).rejects.toThrow('closing took longer than 10000 ms')
  clock.pass(LOOPBACK_LIMITS.openMs)
  await failed
})

test('opening is bounded, and a wire that opens too late is closed', async () => {
  const clock = new ManualClock()
  let open: (wire: Wire) => void = () => {}
  const opening = new Promise<Wire>((resolve) => {
    open = resolve
  })
  const failed = expect(PingPong.open(OCTETS, () => opening, clock)).rejects.toThrow(
    'opening took longer than 10000 ms',
  )
  clock.pass(LOOPBACK_LIMITS.openMs)
  await failed
  const closed = new Promise<void>((resolve) =>
    open({ send: () => true, sendBack: () => true, close: async () => resolve() }),
  )
  await closed
})
