import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { DROP_REPORT_MS, type Dropped, TrafficCounters } from '../src/index.js'

function countersOf() {
  const clock = new VirtualClock()
  const told: Dropped[] = []
  const counters = new TrafficCounters(clock, (event) => told.push(event))
  return { clock, counters, told }
}

test('4/accounting: the snapshot has every total, and each reason by direction', () => {
  const { counters } = countersOf()
  counters.accepted += 3
  counters.sent += 2
  counters.sentOctets += 200
  counters.received += 1
  counters.receivedOctets += 50
  counters.drop('out', 'queue-full')
  counters.refuse('queue-full')
  counters.refuse('session-ended')
  counters.drop('in', 'malformed', 2)
  counters.drop('in', 'malformed')
  expect(counters.snapshot()).toEqual({
    accepted: 3,
    sent: 2,
    sentOctets: 200,
    received: 1,
    receivedOctets: 50,
    'dropped.out.queue-full': 1,
    'dropped.in.malformed': 3,
    'refused.queue-full': 1,
    'refused.session-ended': 1,
  })
  expect(counters.accepted, 'what was refused was never accepted').toBe(
    counters.sent + counters.snapshot()['dropped.out.queue-full']!,
  )
})

test('4/accounting: a snapshot does not change afterwards', () => {
  const { counters } = countersOf()
  const before = counters.snapshot()
  counters.drop('in', 'malformed')
  expect(before).not.toHaveProperty('dropped.in.malformed')
})

test('2/events: a flood of drops becomes one event for each reason', () => {
  const { clock, counters, told } = countersOf()
  for (let i = 0; i < 1000; i += 1) counters.drop('in', 'malformed')
  counters.drop('out', 'queue-full')
  clock.advance(DROP_REPORT_MS)
  expect(told).toEqual([
    { kind: 'dropped', direction: 'in', reason: 'malformed', count: 1000 },
    { kind: 'dropped', direction: 'out', reason: 'queue-full', count: 1 },
  ])
})

test('2/events: what was refused is told as dropped on the way out', () => {
  const { clock, counters, told } = countersOf()
  counters.refuse('queue-full')
  counters.refuse('queue-full')
  expect(told).toEqual([])
  clock.advance(DROP_REPORT_MS)
  expect(told).toEqual([{ kind: 'dropped', direction: 'out', reason: 'queue-full', count: 2 }])
})

test('2/events: nothing is told from inside drop, and everything at the latest after DROP_REPORT_MS', () => {
  const { clock, counters, told } = countersOf()
  counters.drop('in', 'malformed')
  clock.advance(DROP_REPORT_MS - 1)
  counters.drop('in', 'malformed')
  expect(told).toEqual([])
  clock.advance(1)
  expect(told).toEqual([{ kind: 'dropped', direction: 'in', reason: 'malformed', count: 2 }])
})

test('2/events: each drop is told once', () => {
  const { clock, counters, told } = countersOf()
  counters.drop('in', 'malformed')
  clock.advance(DROP_REPORT_MS)
  counters.drop('in', 'malformed', 4)
  counters.drop('in', 'too-large')
  clock.advance(10 * DROP_REPORT_MS)
  counters.close()
  expect(told.map(({ reason, count }) => `${reason} ${count}`)).toEqual(['malformed 1', 'malformed 4', 'too-large 1'])
})

test('2/stop: close tells what is left; later losses are counted without a timer, and never told', () => {
  const { clock, counters, told } = countersOf()
  counters.drop('in', 'malformed')
  expect(clock.pending).toBe(1)
  counters.close()
  expect(told).toHaveLength(1)
  counters.drop('in', 'malformed')
  counters.refuse('session-ended')
  expect(clock.pending).toBe(0)
  counters.close()
  expect(told).toHaveLength(1)
  expect(counters.snapshot()).toMatchObject({ 'dropped.in.malformed': 2, 'refused.session-ended': 1 })
})

test('2/start: after open losses are told again, those of the time between are not', () => {
  const { clock, counters, told } = countersOf()
  counters.close()
  counters.drop('in', 'malformed', 5)
  counters.open()
  counters.drop('in', 'malformed')
  clock.advance(DROP_REPORT_MS)
  expect(told).toEqual([{ kind: 'dropped', direction: 'in', reason: 'malformed', count: 1 }])
})
