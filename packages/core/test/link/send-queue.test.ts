import { MESSAGE_TYPE } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { BATCH_OCTETS, CHAT, large, marks, messageOf, queueOf } from './send-queue-world.js'

describe('4/packing', () => {
  test('higher priority leaves first, equal in the order it came', () => {
    const { queue } = queueOf()
    const priorities = [0, 5, -128, 127, 5, 0]
    for (const [mark, priority] of priorities.entries()) queue.offer(messageOf(mark, { priority }))
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([3, 1, 4, 0, 5, 2])
    expect(queue.isEmpty).toBe(true)
    expect(queue.takeBatch(BATCH_OCTETS)).toBeNull()
  })

  test('a batch is filled to the last octet and no further', () => {
    const { queue } = queueOf()
    for (const octets of [10, 20, 30]) queue.offer(large(octets))
    const exact = 4 + 10 + 4 + 20
    expect(queue.takeBatch(exact)?.map(({ body }) => body.byteLength)).toEqual([10, 20])
    for (const octets of [10, 20]) queue.offer(large(octets, { priority: 1 }))
    expect(queue.takeBatch(exact - 1)?.map(({ body }) => body.byteLength)).toEqual([10])
  })

  test('what would fit an empty batch waits for one whole, and nothing overtakes it', () => {
    const { queue } = queueOf()
    for (const octets of [900, 800, 1]) queue.offer(large(octets))
    expect(queue.takeBatch(BATCH_OCTETS)).toHaveLength(1)
    expect(queue.takeBatch(BATCH_OCTETS)?.map(({ body }) => body.byteLength)).toEqual([800, 1])
  })

  test('null when the first fits no way, and it goes on waiting', () => {
    const { queue } = queueOf()
    queue.offer(messageOf(1, { body: new Uint8Array(0) }))
    expect(queue.takeBatch(3)).toBeNull()
    expect(queue.isEmpty).toBe(false)
    expect(queue.takeBatch(4)).toEqual([{ type: CHAT, body: new Uint8Array(0) }])
  })

  test.each([
    ['Uint8Array', (octets: number[]) => Uint8Array.from(octets)],
    ['Buffer', (octets: number[]) => Buffer.from(octets)],
  ])('a %s is borrowed: changed afterwards it leaves as it was', (_, make) => {
    const { queue } = queueOf()
    const body = make([1, 2, 3])
    queue.offer(messageOf(0, { body }))
    body.fill(9)
    expect([...queue.takeBatch(BATCH_OCTETS)![0]!.body]).toEqual([1, 2, 3])
  })
})

describe('4/a full queue', () => {
  test('takes as many octets as it may and not one more', () => {
    const { queue, dropped } = queueOf({ maxOctets: 100 })
    expect([queue.offer(large(60)), queue.offer(large(41)), queue.offer(large(40))]).toEqual([true, false, true])
    expect(queue.octets).toBe(100)
    expect(queue.offer(messageOf(0, { body: new Uint8Array(0) })), 'nothing takes no octets').toBe(true)
    expect(dropped).toEqual([['queue-full', 1]])
  })

  test('takes as many messages as it may and not one more', () => {
    const { queue, dropped } = queueOf({ maxMessages: 2 })
    expect([1, 2, 3].map((mark) => queue.offer(messageOf(mark)))).toEqual([true, true, false])
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([1, 2])
    expect(dropped).toEqual([['queue-full', 1]])
  })

  test('drops the lowest priority first, of that the latest, and counts what it dropped', () => {
    const { queue, dropped } = queueOf({ maxOctets: 4 })
    for (const [mark, priority] of [0, -1, -2, -2].entries()) queue.offer(messageOf(mark, { priority }))
    expect(queue.offer(messageOf(4, { priority: 1 }))).toBe(true)
    expect(dropped).toEqual([['queue-full', 1]])
    expect(queue.offer(messageOf(5, { body: Uint8Array.of(5, 5), priority: 1 }))).toBe(true)
    expect(dropped).toEqual([
      ['queue-full', 1],
      ['queue-full', 2],
    ])
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([4, 5, 0])
  })

  test('drops nothing when that would not be enough', () => {
    const { queue, dropped } = queueOf({ maxOctets: 4 })
    for (const [mark, priority] of [2, 2, 0, 0].entries()) queue.offer(messageOf(mark, { priority }))
    expect(queue.offer(large(3, { priority: 1 }))).toBe(false)
    expect(queue.offer(large(1, { priority: 0 })), 'the same priority is not lower').toBe(false)
    expect(queue.offer(large(5, { priority: 127 })), 'more than fits at all').toBe(false)
    expect(dropped).toEqual(Array.from({ length: 3 }, () => ['queue-full', 1]))
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([0, 1, 2, 3])
  })

  test('a message that is partly sent takes its room until its last part leaves', () => {
    const { queue } = queueOf({ maxOctets: 200 })
    queue.offer(large(200))
    queue.takeBatch(150)
    expect(queue.octets).toBe(200)
    expect(queue.offer(messageOf(1))).toBe(false)
    queue.takeBatch(150)
    expect(queue.octets).toBe(0)
    expect(queue.offer(messageOf(1))).toBe(true)
  })

  test('what is overdue makes room before anything else does', () => {
    const { queue, clock, dropped } = queueOf({ maxMessages: 2 })
    queue.offer(messageOf(1, { deadlineMs: clock.monotonic() + 10, priority: 9 }))
    queue.offer(messageOf(2, { priority: -9 }))
    clock.advance(10)
    queue.offer(messageOf(3))
    expect(dropped).toEqual([['deadline', 1]])
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([3, 2])
  })
})

describe('4/deadlines', () => {
  test('until its deadline a message leaves, from then on it is dropped and counted', () => {
    const { queue, clock, dropped } = queueOf()
    const deadlineMs = clock.monotonic() + 1_000
    for (const mark of [1, 2]) queue.offer(messageOf(mark, { deadlineMs }))
    clock.advance(999)
    expect(marks(queue.takeBatch(5))).toEqual([1])
    clock.advance(1)
    expect(dropped).toEqual([['deadline', 1]])
    expect(queue.isEmpty).toBe(true)
    expect(queue.offer(messageOf(3, { deadlineMs }))).toBe(false)
    expect(dropped).toEqual([
      ['deadline', 1],
      ['deadline', 1],
    ])
  })

  test('a timer that is late lets nothing leave that is overdue', () => {
    let nowMs = 0
    const still = new VirtualClock()
    const clock = { now: () => 0, monotonic: () => nowMs, setTimer: still.setTimer.bind(still) }
    const { queue, dropped } = queueOf({ clock })
    for (const mark of [1, 2]) queue.offer(messageOf(mark, { deadlineMs: 10 * mark }))
    nowMs = 10
    expect(queue.peekWhole(BATCH_OCTETS)).toHaveLength(1)
    nowMs = 20
    expect(queue.takeBatch(BATCH_OCTETS)).toBeNull()
    expect(dropped).toHaveLength(2)
    expect(still.pending).toBe(0)
  })

  test('in any order of deadlines each is dropped at its own time, all of one time at once', () => {
    const { queue, clock, dropped } = queueOf()
    for (const [mark, deadlineMs] of [30, 10, 20, 10, 40].entries()) queue.offer(messageOf(mark, { deadlineMs }))
    queue.offer(messageOf(9))
    clock.advance(10)
    expect(dropped).toEqual([['deadline', 2]])
    clock.advance(15)
    expect(dropped).toHaveLength(2)
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([0, 4, 9])
  })

  test('the rest of a message that is partly sent is dropped with it', () => {
    const { queue, clock, dropped } = queueOf()
    queue.offer(large(1_000, { deadlineMs: 10 }))
    queue.takeBatch(500)
    clock.advance(10)
    expect(dropped).toEqual([['deadline', 1]])
    expect([queue.takeBatch(500), queue.octets]).toEqual([null, 0])
  })

  test('a timer runs while something has a deadline, and never else', () => {
    const { queue, clock } = queueOf()
    queue.offer(messageOf(1))
    expect(clock.pending).toBe(0)
    const deadlineMs = clock.monotonic() + 50
    for (const empty of [
      () => queue.takeBatch(BATCH_OCTETS),
      () => queue.takePeeked(queue.peekWhole(BATCH_OCTETS)),
      () => queue.clear('link-closed'),
      () => clock.advance(50),
    ]) {
      for (const mark of [1, 2, 3]) queue.offer(messageOf(mark, { deadlineMs }))
      expect(clock.pending).toBe(1)
      empty()
      expect(clock.pending).toBe(0)
    }
  })
})

describe('4/early data', () => {
  test('shows what fits whole, in order, passes over what needs fragments, and takes nothing', () => {
    const { queue } = queueOf()
    queue.offer(large(2_000, { priority: 1 }))
    for (const mark of [1, 2]) queue.offer(messageOf(mark))
    queue.offer(large(1_190))
    queue.offer(messageOf(3))
    expect(marks(queue.peekWhole(BATCH_OCTETS)), 'nothing overtakes what only lacks room').toEqual([1, 2])
    expect(marks(queue.peekWhole(9))).toEqual([1])
    expect(queue.peekWhole(4)).toEqual([])
    expect(queue.octets).toBe(2_000 + 2 + 1_190 + 1)
  })

  test('a message begun in fragments is not shown', () => {
    const { queue } = queueOf()
    queue.offer(large(500))
    queue.takeBatch(200)
    expect(queue.peekWhole(BATCH_OCTETS)).toEqual([])
  })

  test('exactly what was shown is taken, whatever came, left or was shown since', () => {
    const { queue, clock, dropped } = queueOf()
    queue.offer(messageOf(1, { deadlineMs: 10 }))
    for (const mark of [2, 3, 4]) queue.offer(messageOf(mark))
    const shown = queue.peekWhole(20)
    expect(marks(shown)).toEqual([1, 2, 3, 4])
    clock.advance(10)
    expect(marks(queue.takeBatch(5))).toEqual([2])
    queue.offer(messageOf(9, { priority: 1 }))
    expect(marks(queue.peekWhole(5))).toEqual([9])
    expect(queue.takePeeked(shown)).toBe(2)
    expect(queue.takePeeked(shown)).toBe(0)
    expect(queue.takePeeked([{ type: CHAT, body: Uint8Array.of(9) }]), 'an equal one is another').toBe(0)
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([9])
    expect(dropped).toEqual([['deadline', 1]])
  })
})

describe('4/clear', () => {
  test('drops and counts everything; the queue can be used again', () => {
    const { queue, dropped } = queueOf()
    for (const mark of [1, 2, 3]) queue.offer(messageOf(mark, { priority: mark }))
    queue.clear('link-closed')
    queue.clear('link-closed')
    expect(dropped).toEqual([['link-closed', 3]])
    expect([queue.isEmpty, queue.octets, queue.takeBatch(BATCH_OCTETS)]).toEqual([true, 0, null])
    queue.offer(messageOf(4))
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([4])
  })

  test('who is told of a drop may call back', () => {
    const told: string[] = []
    let priority = 1
    const { queue } = queueOf({
      maxMessages: 1,
      onDropped: (reason, count) => {
        told.push(`${reason} ${count}`)
        priority += 1
        if (priority < 5) queue.offer(messageOf(priority, { priority }))
      },
    })
    queue.offer(messageOf(0))
    queue.offer(messageOf(1, { priority: 1 }))
    expect(told).toEqual(['queue-full 1', 'queue-full 1', 'queue-full 1', 'queue-full 1'])
    expect(marks(queue.peekWhole(BATCH_OCTETS))).toEqual([4])
    priority = 3
    queue.clear('link-closed')
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([4])
  })
})

describe('6/misuse', () => {
  test.each([-129, 128, 0.5, Number.NaN])('priority %d is a RangeError', (priority) => {
    const { queue } = queueOf()
    expect(() => queue.offer(messageOf(1, { priority }))).toThrow(
      new RangeError(`priority ${priority} is no integer from -128 to 127`),
    )
    expect(queue.isEmpty).toBe(true)
  })

  test.each([0, -1, 65_536, 1.5, MESSAGE_TYPE.FRAGMENT])('type %d is a RangeError', (type) => {
    expect(() => queueOf().queue.offer(messageOf(1, { type }))).toThrow(RangeError)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a deadline of %d is a RangeError', (deadlineMs) => {
    expect(() => queueOf().queue.offer(messageOf(1, { deadlineMs }))).toThrow(RangeError)
  })
})

describe('4/early data that could not leave', () => {
  test('waits again with the priority and the deadline it had, once', () => {
    const { queue, clock, dropped } = queueOf()
    queue.offer(messageOf(1, { priority: -5 }))
    queue.offer(messageOf(2, { deadlineMs: 100 }))
    const taken = queue.peekWhole(BATCH_OCTETS)
    expect(queue.takePeeked(taken)).toBe(2)
    queue.offer(messageOf(3))
    queue.putBack(taken)
    queue.putBack([{ type: CHAT, body: Uint8Array.of(9) }]) // never taken from here
    expect(marks(queue.peekWhole(BATCH_OCTETS))).toEqual([3, 2, 1])
    clock.advance(100)
    expect(dropped).toEqual([['deadline', 1]])
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([3, 1])
  })
})
