import { describe, expect, test } from 'vitest'
import type { SendDropReason } from '../../src/link/send-queue.js'
import { BATCH_OCTETS, CHAT, marks, messageOf, queueOf } from './send-queue-world.js'

/** A queue that looked at all messages for each of them would need 1e10 steps for this many: far longer than COST_TIMEOUT_MS. */
const MANY = 100_000
const COST_TIMEOUT_MS = 10_000

describe('4/cost does not grow with what waits', { timeout: COST_TIMEOUT_MS }, () => {
  const body = Uint8Array.of(1)

  test('many leave a few at a time, with and without deadlines', () => {
    const { queue, clock } = queueOf({ maxMessages: MANY })
    const deadlineOf = (i: number): number | null => (i % 2 === 0 ? null : 1e9 - ((i * 7919) % MANY))
    for (let i = 0; i < MANY; i++) queue.offer({ type: CHAT, body, priority: i % 3, deadlineMs: deadlineOf(i) })
    let taken = 0
    for (let batch = queue.takeBatch(15); batch !== null; batch = queue.takeBatch(15)) taken += batch.length
    expect(taken).toBe(MANY)
    expect(clock.pending).toBe(0)
  })

  test('many miss their deadlines, in no order, while one message blocks the way', () => {
    const { queue, clock, dropped } = queueOf({ maxMessages: MANY + 1 })
    queue.offer(messageOf(42))
    const deadlineOf = (i: number): number => 1 + ((i * 7919) % 1_000)
    for (let i = 0; i < MANY; i++) queue.offer({ type: CHAT, body, priority: 0, deadlineMs: deadlineOf(i) })
    clock.advance(1_000)
    expect(dropped).toHaveLength(1_000)
    expect(marks(queue.takeBatch(BATCH_OCTETS))).toEqual([42])
  })

  test('many are pushed out of a full queue', () => {
    let count = 0
    const onDropped = (_: SendDropReason, dropped: number): void => {
      count += dropped
    }
    const { queue } = queueOf({ maxMessages: MANY, onDropped })
    for (let i = 0; i < 2 * MANY; i++)
      queue.offer({ type: CHAT, body, priority: i < MANY ? -(i % 100) : 1, deadlineMs: null })
    expect(count).toBe(MANY)
  })
})
