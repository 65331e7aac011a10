import { expect, test } from 'vitest'
import { PathMeasure, type SealedFrame } from '../../src/link/path-measure.js'

const EPOCH = {}
const frame = (counter: number, more: Partial<SealedFrame> = {}): SealedFrame => {
  return { counter, hasLeft: true, asks: true, messages: 1, ...more }
}

/** `count` frames, one a millisecond. */
function sentOf(count: number, first = 0): PathMeasure {
  const measure = new PathMeasure()
  for (let counter = first; counter < first + count; counter += 1) measure.sent(EPOCH, frame(counter), counter)
  return measure
}

const said = (counter: number, received: number, ageMs = 0) => ({ pathId: 0, counter, received, ageMs })

test('4/measure: a report says how long the highest frame took, less what the peer waited', () => {
  const measure = sentOf(10)
  expect(measure.reported(EPOCH, said(9, 10, 25), 74, true)).toBe('news')
  expect(measure.delayMs).toBe(40)
  expect(measure.lost).toEqual({ frames: 0, messages: 0 })
  expect(measure.unansweredSinceMs).toBeNull()
})

test('4/measure: what is missing is lost, and found again when it comes late', () => {
  const measure = sentOf(10)
  measure.reported(EPOCH, said(9, 8), 100, true)
  expect(measure.lost).toEqual({ frames: 2, messages: 2 })
  measure.sent(EPOCH, frame(10), 100)
  measure.reported(EPOCH, said(10, 11), 200, true)
  expect(measure.lost.frames).toBe(0)
})

test('4/measure: more than one in twenty, and no fewer than four, make a path lossy; a train without loss mends it', () => {
  const measure = sentOf(40)
  measure.reported(EPOCH, said(39, 37), 100, true)
  expect(measure.isLossy).toBe(false)
  for (let counter = 40; counter < 60; counter += 1) measure.sent(EPOCH, frame(counter), 100)
  measure.reported(EPOCH, said(59, 55), 200, true)
  expect(measure.isLossy).toBe(true)
  measure.beginTrain(200)
  for (let counter = 60; counter < 92; counter += 1) measure.sent(EPOCH, frame(counter), 200)
  measure.reported(EPOCH, said(91, 87), 300, true)
  expect(measure.isLossy).toBe(false)
})

test('4/measure: a frame that its transport refused, and a probe that did not get through, are no losses', () => {
  const measure = new PathMeasure()
  measure.sent(EPOCH, frame(0, { hasLeft: false }), 0)
  measure.sent(EPOCH, frame(1, { isProbe: true, messages: 0 }), 0)
  measure.sent(EPOCH, frame(2), 0)
  expect(measure.reported(EPOCH, said(2, 1), 10, true)).toBe('news')
  expect(measure.lost).toEqual({ frames: 0, messages: 0 })
})

test('4/measure: where another session counted before, what nobody can tell is counted as lost', () => {
  const measure = sentOf(10, 100)
  expect(measure.reported(EPOCH, said(99, 90), 150, true)).toBe('old')
  const unsure = sentOf(10, 100)
  expect(unsure.reported(EPOCH, said(109, 101), 200, true)).toBe('news')
  expect(unsure.lost.messages).toBe(9)
})

test('4/measure: what nobody named when the path ends may be lost', () => {
  const measure = sentOf(5)
  measure.reported(EPOCH, said(1, 2), 10, true)
  measure.end()
  expect(measure.lost).toEqual({ frames: 3, messages: 3 })
})

test.each([
  ['a frame that was never sent', said(10, 5), 'false'],
  ['more than were sent', said(9, 11), 'false'],
  ['less than before', said(3, 4), 'old'],
] as const)('4/measure: a report of %s changes nothing', (_, report, verdict) => {
  const measure = sentOf(10)
  measure.reported(EPOCH, said(5, 6), 10, true)
  const before = [measure.delayMs, measure.lost, measure.unansweredSinceMs]
  expect(measure.reported(EPOCH, report, 20, true)).toBe(verdict)
  expect([measure.delayMs, measure.lost, measure.unansweredSinceMs]).toEqual(before)
})

test('4/measure: what came back by mail says that it arrived, and nothing about when', () => {
  const measure = sentOf(2)
  expect(measure.reported(EPOCH, said(1, 2), 3_600_000, false)).toBe('news')
  expect(measure.delayMs).toBeNull()
})
