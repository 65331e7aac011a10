import { expect, test } from 'vitest'
import { accountOf } from '../src/account.js'
import { Stream } from '../src/stream.js'

const AT = (atMs: number, weather = 'clear') => ({ atMs, via: 'udp', weather })

test('4/accounting: what was sent has arrived, was lost to a fault, or is unexplained', () => {
  const stream = new Stream()
  for (const number of [0, 1]) stream.sent(number, AT(number), true)
  stream.sent(2, AT(2, 'udp cut'), true)
  stream.sent(3, AT(3), false)
  stream.heard(0, 'smtp', 10)
  expect(accountOf(stream)).toEqual({ sent: 3, arrived: 1, lostToFaults: 1, unexplained: 1 })
  expect([...stream.lost()]).toEqual([
    ['by udp, clear', 1],
    ['by udp, udp cut', 1],
  ])
  expect([stream.refused, stream.missing, stream.arrivedInAll]).toEqual([1, 2, 1])
})

test('4/accounting: what was under way when the weather changed was lost to the new one, what had arrived was not', () => {
  const stream = new Stream()
  for (const number of [0, 1, 2]) stream.sent(number, AT(10 * number), true)
  stream.heard(1, 'udp', 12)
  stream.overtaken(10, 'udp cut')
  expect([...stream.lost()]).toEqual([
    ['by udp, clear', 1],
    ['by udp, udp cut', 1],
  ])
})

test('4/accounting: one that comes twice, or was never sent, is no second arrival', () => {
  const stream = new Stream()
  stream.sent(0, AT(0), true)
  expect([stream.heard(0, 'udp', 1), stream.heard(0, 'tcp', 2), stream.heard(7, 'udp', 3)]).toEqual([
    true,
    false,
    false,
  ])
  expect([stream.repeated, stream.arrivedInAll, ...stream.arrived]).toEqual([2, 1, ['udp', 1]])
})

test('4/outage: the longest gap is from the first that was sent, between two that came, or still open', () => {
  const stream = new Stream()
  expect(stream.gapMs(1_000)).toBe(0)
  stream.sent(0, AT(100), true)
  expect(stream.gapMs(150)).toBe(50)
  stream.sent(1, AT(160), true)
  stream.heard(0, 'smtp', 400)
  stream.heard(1, 'udp', 500)
  expect([stream.longestGapMs(550), stream.longestGapMs(900)]).toEqual([300, 400])
})

test('4/order: transports in the order in which they brought something', () => {
  const stream = new Stream()
  const came = ['smtp', 'udp', 'udp', 'smtp', 'udp']
  for (const [number, by] of came.entries()) {
    stream.sent(number, AT(number), true)
    stream.heard(number, by, number)
  }
  expect(stream.order).toEqual(['smtp', 'udp', 'smtp', 'udp'])
})
