import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'

test('tests/clock: timers fire in the order of their due times, and equal ones as they were set', () => {
  const clock = new VirtualClock(1000)
  const fired: string[] = []
  clock.setTimer(() => fired.push(`late at ${clock.now()}`), 30)
  clock.setTimer(() => fired.push(`first at ${clock.now()}`), 10)
  clock.setTimer(() => fired.push(`second at ${clock.now()}`), 10)
  clock.advance(29)
  expect(fired).toEqual(['first at 1010', 'second at 1010'])
  clock.advance(1)
  expect(fired).toEqual(['first at 1010', 'second at 1010', 'late at 1030'])
  expect(clock.monotonic()).toBe(30)
  expect(clock.pending).toBe(0)
})

test('tests/clock: a timer that starts itself anew fires once for each of its delays', () => {
  const clock = new VirtualClock()
  let fired = 0
  const timer = clock.setTimer(() => {
    fired += 1
    timer.reset(10)
  }, 10)
  clock.advance(35)
  expect(fired).toBe(3)
  timer[Symbol.dispose]()
  timer.reset(1)
  clock.advance(100)
  expect(fired).toBe(3)
})
