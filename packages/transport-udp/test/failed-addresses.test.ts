import { DROP_REPORT_MS } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { MAX_FAILED_ADDRESSES } from '../src/constants.js'
import { FailedAddresses } from '../src/failed-addresses.js'

test('5/udp: a destination is news once within a gathering time, without a timer', () => {
  const clock = new VirtualClock()
  const failed = new FailedAddresses(clock)
  expect(['a', 'b', 'a'].map((one) => failed.isNews(one))).toEqual([true, true, false])
  clock.advance(DROP_REPORT_MS - 1)
  expect(failed.isNews('a')).toBe(false)
  expect(clock.pending).toBe(0)
  clock.advance(1)
  expect(['a', 'a'].map((one) => failed.isNews(one))).toEqual([true, false])
})

test('8/flood: no more destinations are told and remembered than the limit', () => {
  const clock = new VirtualClock()
  const failed = new FailedAddresses(clock)
  const tellAll = (): boolean[] => Array.from({ length: 2 * MAX_FAILED_ADDRESSES }, (_, at) => failed.isNews(`${at}`))
  expect(tellAll().filter(Boolean)).toHaveLength(MAX_FAILED_ADDRESSES)
  expect(tellAll().filter(Boolean), 'again and again').toHaveLength(0)
  clock.advance(DROP_REPORT_MS)
  expect(failed.isNews(`${2 * MAX_FAILED_ADDRESSES}`), 'what was left out is told later').toBe(true)
})
