import { encodeBatch, MESSAGE_TYPE } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { MIN_FRAGMENT_PART_OCTETS } from '../../src/limits.js'
import {
  BATCH_OCTETS,
  bodyOf,
  CHAT,
  fragmentOf,
  large,
  marks,
  messageOf,
  OVERHEAD_OCTETS,
  queueOf,
} from './send-queue-world.js'

describe('9/fragments leave', () => {
  test('a message larger than a batch leaves in parts that fill batches, the last with what comes behind it', () => {
    const { queue } = queueOf()
    const body = bodyOf(200)
    queue.offer(messageOf(0, { body }))
    queue.offer(messageOf(42))
    const parts = [queue.takeBatch(100), queue.takeBatch(100), queue.takeBatch(100)]
    expect(parts.map((batch) => encodeBatch(batch!).byteLength)).toEqual([100, 100, OVERHEAD_OCTETS + 28 + 5])
    const fragments = parts.map((batch) => fragmentOf(batch![0]))
    expect(fragments.map(({ at, total, messageId, type }) => [at, total, messageId, type])).toEqual([
      [0, 200, 7, CHAT],
      [86, 200, 7, CHAT],
      [172, 200, 7, CHAT],
    ])
    expect(fragments.flatMap(({ part }) => [...part])).toEqual([...body])
    expect(marks(parts[2]!.slice(1))).toEqual([42])
    expect(queue.isEmpty).toBe(true)
  })

  test('a message that fills a batch exactly leaves whole, with an octet more it does not', () => {
    const { queue } = queueOf()
    queue.offer(large(BATCH_OCTETS - 4))
    expect(queue.takeBatch(BATCH_OCTETS)).toMatchObject([{ type: CHAT }])
    queue.offer(large(BATCH_OCTETS - 3))
    expect(queue.takeBatch(BATCH_OCTETS)).toMatchObject([{ type: MESSAGE_TYPE.FRAGMENT }])
  })

  test('a fragment fills the rest of a batch when it is worth its headers', () => {
    const { queue } = queueOf()
    const least = OVERHEAD_OCTETS + MIN_FRAGMENT_PART_OCTETS
    for (const [rest, count] of [
      [least, 2],
      [least - 1, 1],
    ] as const) {
      queue.offer(large(BATCH_OCTETS - 4 - rest, { priority: 1 }))
      queue.offer(large(5_000))
      const batch = queue.takeBatch(BATCH_OCTETS)
      expect(batch).toHaveLength(count)
      expect(encodeBatch(batch!).byteLength).toBe(count === 2 ? BATCH_OCTETS : BATCH_OCTETS - rest)
      queue.clear('link-closed')
    }
  })

  test('no part but the last is smaller than the minimum, even in an empty batch', () => {
    const { queue } = queueOf()
    queue.offer(large(MIN_FRAGMENT_PART_OCTETS + 50))
    const least = OVERHEAD_OCTETS + MIN_FRAGMENT_PART_OCTETS
    expect(queue.takeBatch(least - 1)).toBeNull()
    expect(fragmentOf(queue.takeBatch(least)![0]).part).toHaveLength(MIN_FRAGMENT_PART_OCTETS)
    expect(queue.takeBatch(OVERHEAD_OCTETS + 49)).toBeNull()
    expect(fragmentOf(queue.takeBatch(OVERHEAD_OCTETS + 50)![0]).part).toHaveLength(50)
    expect(queue.isEmpty).toBe(true)
  })

  test('what is more urgent leaves between two parts, and larger batches take larger parts', () => {
    const { queue } = queueOf()
    queue.offer(large(3_000))
    expect(fragmentOf(queue.takeBatch(1_014)![0])).toMatchObject({ at: 0 })
    queue.offer(messageOf(42, { priority: 1 }))
    const batch = queue.takeBatch(10_000)!
    expect(marks(batch.slice(0, 1))).toEqual([42])
    expect(fragmentOf(batch[1])).toMatchObject({ at: 1_000, total: 3_000 })
    expect(fragmentOf(batch[1]).part).toHaveLength(2_000)
    expect(queue.isEmpty).toBe(true)
  })

  test('ids count up from the first, over the end of a u32, one for each message that needs one', () => {
    const { queue } = queueOf({ firstMessageId: 0xffff_ffff })
    const ids: number[] = []
    for (const octets of [300, 10, 300, 300]) queue.offer(large(octets))
    for (let batch = queue.takeBatch(200); batch !== null; batch = queue.takeBatch(200))
      for (const message of batch) if (message.type === MESSAGE_TYPE.FRAGMENT) ids.push(fragmentOf(message).messageId)
    expect([...new Set(ids)]).toEqual([0xffff_ffff, 0, 1])
  })

  test('65 535 octets are the largest body', () => {
    const { queue } = queueOf()
    expect(queue.offer(large(65_535))).toBe(true)
    expect(() => queue.offer(large(65_536))).toThrow(new RangeError('a body of 65536 octets exceeds 65535'))
    expect(queue.octets).toBe(65_535)
    const [whole] = queue.takeBatch(65_539)!
    expect(whole).toMatchObject({ type: CHAT })
    queue.offer(large(65_535))
    expect(fragmentOf(queue.takeBatch(65_538)![0]).part).toHaveLength(65_524)
    expect(fragmentOf(queue.takeBatch(65_538)![0]).part).toHaveLength(11)
  })
})
