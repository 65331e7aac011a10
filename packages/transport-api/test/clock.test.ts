import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../src/index.js'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('4/clock: now() is Unix time in ms, monotonic() passes as it does', () => {
  expect(systemClock.now()).toBe(1_800_000_000_000)
  const before = systemClock.monotonic()
  vi.advanceTimersByTime(250)
  expect(systemClock.now()).toBe(1_800_000_000_250)
  expect(systemClock.monotonic() - before).toBe(250)
})

test('4/clock: a timer fires once, and anew after a reset', () => {
  const fire = vi.fn()
  const timer = systemClock.setTimer(fire, 100)
  vi.advanceTimersByTime(99)
  expect(fire).toHaveBeenCalledTimes(0)
  vi.advanceTimersByTime(1000)
  expect(fire).toHaveBeenCalledTimes(1)
  timer.reset(10)
  vi.advanceTimersByTime(10)
  expect(fire).toHaveBeenCalledTimes(2)
})

test('4/clock: a reset before it fired puts it off, not twice', () => {
  const fire = vi.fn()
  const timer = systemClock.setTimer(fire, 100)
  vi.advanceTimersByTime(60)
  timer.reset(100)
  vi.advanceTimersByTime(99)
  expect(fire).toHaveBeenCalledTimes(0)
  vi.advanceTimersByTime(1000)
  expect(fire).toHaveBeenCalledTimes(1)
})

test('4/clock: a disposed timer never fires, whatever is done to it, and leaves nothing running', () => {
  const fire = vi.fn()
  const timer = systemClock.setTimer(fire, 100)
  timer[Symbol.dispose]()
  timer.reset(1)
  timer[Symbol.dispose]()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(1000)
  expect(fire).toHaveBeenCalledTimes(0)
})

test('4/clock: a delay longer than Node can wait does not fire at once', () => {
  const fire = vi.fn()
  const timer = systemClock.setTimer(fire, 2 ** 40)
  timer.reset(2 ** 40)
  vi.advanceTimersByTime(2 ** 31 - 2)
  expect(fire).toHaveBeenCalledTimes(0)
  timer[Symbol.dispose]()
})
