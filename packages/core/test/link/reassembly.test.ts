import { type Fragment, fragmentCodec, fragmentsOf, MESSAGE_TYPE } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_ENDED_MESSAGES } from '../../src/limits.js'
import {
  Reassembly,
  type ReassemblyDropReason,
  type ReassemblyLimits,
  type ReassemblyOutcome,
} from '../../src/link/reassembly.js'
import { SendQueue } from '../../src/link/send-queue.js'

const CHAT = 0x8001
const TIMEOUT_MS = 1_000

function reassemblyOf(limits: Partial<ReassemblyLimits> = {}) {
  const clock = new VirtualClock()
  const dropped: (readonly [ReassemblyDropReason, number])[] = []
  const onDropped = (reason: ReassemblyDropReason, count: number): void => void dropped.push([reason, count])
  const all = { maxOctets: 1_000_000, maxMessages: 1_000, timeoutMs: TIMEOUT_MS, ...limits }
  return { clock, dropped, reassembly: new Reassembly({ clock, limits: all, onDropped }) }
}

const LONGEST = Uint8Array.from({ length: 65_535 }, (_, i) => (i * 31 + 7) ^ (i >> 8))

/** Another at each length would cost more than all tests here: this is a view. */
const bodyOf = (octets: number): Uint8Array => LONGEST.subarray(0, octets)

/** The octets from `at` up to `end` of a message of `total`. */
const piece = (messageId: number, at: number, end: number, total: number): Fragment => ({
  messageId,
  type: CHAT,
  total,
  at,
  part: bodyOf(total).subarray(at, end),
})

const whole = (total: number): ReassemblyOutcome => ({ type: CHAT, body: bodyOf(total) })

describe('9/parts make a message', () => {
  test('in order, in another, overlapping, repeated', () => {
    // biome-ignore format: a row is a message
    const ranges: readonly (readonly [at: number, end: number][])[] = [
      [[0, 4], [4, 8], [8, 10]],
      [[8, 10], [0, 4], [4, 8]],
      [[0, 6], [4, 10]],
      [[2, 4], [2, 4], [1, 5], [5, 10], [0, 1]],
      [[0, 9], [0, 10]],
    ]
    for (const [messageId, parts] of ranges.entries()) {
      const { reassembly } = reassemblyOf()
      const outcomes = parts.map(([at, end]) => reassembly.add(piece(messageId, at, end, 10)))
      expect(outcomes).toEqual([...parts.slice(1).map(() => 'incomplete'), whole(10)])
    }
  })

  test('one part may be all of it, and needs no room', () => {
    const { reassembly } = reassemblyOf({ maxMessages: 1, maxOctets: 5 })
    reassembly.add(piece(1, 0, 4, 5))
    expect(reassembly.add(piece(2, 0, 10, 10))).toEqual(whole(10))
    expect(reassembly.add(piece(1, 4, 5, 5))).toEqual(whole(5))
  })

  test.each([
    ['Uint8Array', (bytes: Uint8Array) => new Uint8Array(bytes)],
    ['Buffer', (bytes: Uint8Array) => Buffer.from(bytes)],
  ])('a part in a %s is borrowed: changed afterwards the message is as it came', (_, make) => {
    const { reassembly } = reassemblyOf()
    const parts = [make(bodyOf(9)), make(bodyOf(9).subarray(0, 5)), make(bodyOf(9).subarray(5))]
    const [single, first, second] = parts as [Uint8Array, Uint8Array, Uint8Array]
    const alone = reassembly.add({ messageId: 1, type: CHAT, total: 9, at: 0, part: single })
    reassembly.add({ messageId: 2, type: CHAT, total: 9, at: 0, part: first })
    first.fill(0)
    const joined = reassembly.add({ messageId: 2, type: CHAT, total: 9, at: 5, part: second })
    for (const part of parts) part.fill(0)
    expect([alone, joined]).toEqual([whole(9), whole(9)])
  })

  test('any bodies through fragments of any sizes, mixed, in any order, with repeats, come out equal and once', () => {
    const messages = fc.array(
      fc.record({
        octets: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 65_535 }), fc.constant(65_535)),
        parts: fc.integer({ min: 1, max: 40 }),
        shift: fc.nat(1_000),
      }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.nat(0xffff)), (specs, chance) => {
        const { reassembly, clock, dropped } = reassemblyOf()
        const bodies = specs.map(({ octets }) => bodyOf(octets))
        const flight = specs.flatMap(({ octets, parts, shift }, messageId) => {
          const body = bodies[messageId]!
          const cut = (size: number) => [...fragmentsOf({ messageId, type: CHAT, body }, size)]
          const size = Math.ceil(octets / parts)
          return [...cut(size), ...cut(size + shift)] // twice, and cut in two ways
        })
        const order = flight.map((fragment) => [chance.next().value, fragment] as const)
        order.sort(([a], [b]) => a - b)
        const delivered = new Map<number, Uint8Array>()
        for (const [, fragment] of order) {
          const outcome = reassembly.add(fragment)
          expect(outcome).not.toBe('inconsistent')
          if (typeof outcome === 'string') continue
          expect(delivered.has(fragment.messageId)).toBe(false)
          delivered.set(fragment.messageId, outcome.body)
        }
        for (const [messageId, body] of bodies.entries())
          expect(Buffer.compare(delivered.get(messageId)!, body)).toBe(0)
        clock.advance(TIMEOUT_MS)
        expect([clock.pending, dropped]).toEqual([0, []])
      }),
      { numRuns: 60 },
    )
  })

  test('what a queue takes apart, in batches of any sizes, comes out equal and once', () => {
    const bodies = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 65_535 }),
        fc.constantFrom(0, 65_534, 65_535),
      ),
      { minLength: 1, maxLength: 6 },
    )
    const sizes = fc.array(fc.oneof(fc.integer({ min: 78, max: 1_500 }), fc.integer({ min: 78, max: 70_000 })), {
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(bodies, sizes, (octets, batches) => {
        const { reassembly, clock } = reassemblyOf()
        const limits = { maxOctets: 1_000_000, maxMessages: 10, firstMessageId: 0xffff_fffe }
        const queue = new SendQueue({ clock, ...limits, onDropped: () => expect.unreachable() })
        for (const size of octets) queue.offer({ type: CHAT, body: bodyOf(size), priority: 0, deadlineMs: null })
        const arrived: number[] = []
        for (let turn = 0; !queue.isEmpty; turn++) {
          for (const { type, body } of queue.takeBatch(batches[turn % batches.length]!)!) {
            const outcome = type === MESSAGE_TYPE.FRAGMENT ? reassembly.add(decoded(body)) : { type, body }
            if (outcome === 'incomplete') continue
            if (typeof outcome === 'string') return expect.unreachable()
            expect(Buffer.compare(outcome.body, bodyOf(outcome.body.byteLength))).toBe(0)
            arrived.push(outcome.body.byteLength)
          }
        }
        expect(arrived).toEqual(octets)
      }),
      { numRuns: 60 },
    )
  })
})

function decoded(body: Uint8Array): Fragment {
  const fragment = fragmentCodec.decode(body)
  if (!fragment.ok) throw new Error(fragment.fault)
  return fragment.value
}

describe('9/parts that disagree end the message', () => {
  const first = piece(1, 0, 6, 10)
  test.each<[string, Fragment]>([
    ['type', { ...piece(1, 6, 10, 10), type: CHAT + 1 }],
    ['total', piece(1, 6, 10, 11)],
    ['an octet', { ...first, at: 4 }],
    ['an octet, of a part that would complete it', { ...piece(1, 0, 10, 10), part: new Uint8Array(10) }],
  ])('in %s: said once, and what comes later is ignored until the time is over', (_, other) => {
    const { reassembly, clock, dropped } = reassemblyOf()
    expect(reassembly.add(first)).toBe('incomplete')
    expect(reassembly.add(other)).toBe('inconsistent')
    for (const part of [other, first, piece(1, 0, 10, 10)]) expect(reassembly.add(part)).toBe('ignored')
    clock.advance(TIMEOUT_MS - 1)
    expect(reassembly.add(piece(1, 0, 10, 10))).toBe('ignored')
    clock.advance(1)
    expect(clock.pending).toBe(0)
    expect(reassembly.add(piece(1, 0, 10, 10))).toEqual(whole(10))
    expect(dropped).toEqual([])
  })

  test('the others are untouched, and its room is free', () => {
    const { reassembly, dropped } = reassemblyOf({ maxOctets: 20 })
    for (const id of [1, 2]) reassembly.add(piece(id, 0, 6, 10))
    reassembly.add({ ...first, at: 4 })
    reassembly.add(piece(3, 0, 6, 10))
    for (const id of [2, 3]) expect(reassembly.add(piece(id, 6, 10, 10))).toEqual(whole(10))
    expect(dropped).toEqual([])
  })
})

describe('4/repeats', () => {
  test('a message that was delivered is not delivered again while it is remembered', () => {
    const { reassembly, clock } = reassemblyOf()
    const parts = [piece(1, 0, 5, 10), piece(1, 5, 10, 10)]
    expect(parts.map((part) => reassembly.add(part))).toEqual(['incomplete', whole(10)])
    clock.advance(TIMEOUT_MS - 1)
    expect(parts.map((part) => reassembly.add(part))).toEqual(['ignored', 'ignored'])
    clock.advance(1)
    expect(parts.map((part) => reassembly.add(part))).toEqual(['incomplete', whole(10)])
  })

  test('as many as MAX_ENDED_MESSAGES are remembered, then the earliest is forgotten', () => {
    const { reassembly } = reassemblyOf()
    for (let id = 0; id < MAX_ENDED_MESSAGES; id++) reassembly.add(piece(id, 0, 2, 2))
    expect(reassembly.add(piece(0, 0, 2, 2))).toBe('ignored')
    reassembly.add(piece(MAX_ENDED_MESSAGES, 0, 2, 2))
    expect(reassembly.add(piece(1, 0, 2, 2))).toBe('ignored')
    expect(reassembly.add(piece(0, 0, 2, 2))).toEqual(whole(2))
  })
})

describe('4/ceilings', () => {
  test('as many octets as announced may be incomplete; one more and the most silent message is given up', () => {
    const { reassembly, dropped } = reassemblyOf({ maxOctets: 30 })
    for (const id of [1, 2]) reassembly.add(piece(id, 0, 1, 10))
    reassembly.add(piece(3, 0, 1, 10))
    expect(dropped, 'exactly full').toEqual([])
    reassembly.add(piece(1, 1, 2, 10)) // it moves, so 2 is the most silent one
    reassembly.add(piece(4, 0, 1, 2))
    expect(dropped).toEqual([['reassembly-full', 1]])
    expect(reassembly.add(piece(2, 1, 10, 10)), 'given up for good').toBe('ignored')
    for (const id of [1, 3]) expect(reassembly.add(piece(id, 1, 10, 10))).toEqual(whole(10))
  })

  test('a part that brings nothing new does not save a message', () => {
    const { reassembly, dropped } = reassemblyOf({ maxMessages: 2 })
    for (const id of [1, 2, 1]) reassembly.add(piece(id, 0, 1, 2))
    reassembly.add(piece(3, 0, 1, 2))
    expect(dropped).toEqual([['reassembly-full', 1]])
    expect([1, 2].map((id) => reassembly.add(piece(id, 1, 2, 2)))).toEqual(['ignored', whole(2)])
  })

  test('as many messages as allowed may be incomplete, and a large one may take the room of several', () => {
    const { reassembly, dropped } = reassemblyOf({ maxOctets: 30, maxMessages: 3 })
    for (const id of [1, 2, 3]) reassembly.add(piece(id, 0, 1, 10))
    expect(dropped).toEqual([])
    reassembly.add(piece(4, 0, 1, 20))
    expect(dropped).toEqual([['reassembly-full', 2]])
    expect(reassembly.add(piece(3, 1, 10, 10))).toEqual(whole(10))
    expect(reassembly.add(piece(4, 1, 20, 20))).toEqual(whole(20))
  })

  test('a message larger than the room is refused and counted once, and costs nobody else', () => {
    const { reassembly, dropped } = reassemblyOf({ maxOctets: 30 })
    reassembly.add(piece(1, 0, 1, 30))
    for (const at of [0, 1, 2]) expect(reassembly.add(piece(2, at, at + 1, 31))).toBe('ignored')
    expect(dropped).toEqual([['reassembly-full', 1]])
    expect(reassembly.add(piece(1, 1, 30, 30))).toEqual(whole(30))
  })

  test('20 000 fragments that each announce 65 535 octets take no more than the room', () => {
    let count = 0
    const clock = new VirtualClock()
    const limits = { maxOctets: 4 * 65_535, maxMessages: 1_000, timeoutMs: TIMEOUT_MS }
    const onDropped = (_: ReassemblyDropReason, dropped: number): void => {
      count += dropped
    }
    const reassembly = new Reassembly({ clock, limits, onDropped })
    const part = Uint8Array.of(1)
    for (let messageId = 0; messageId < 20_000; messageId++)
      reassembly.add({ messageId, type: CHAT, total: 65_535, at: 0, part })
    expect(count).toBe(20_000 - 4)
  })
})

describe('4/time', () => {
  test('a message is given up when nothing new came for the whole time', () => {
    const { reassembly, clock, dropped } = reassemblyOf()
    reassembly.add(piece(1, 0, 1, 10))
    clock.advance(TIMEOUT_MS - 1)
    reassembly.add(piece(1, 1, 2, 10))
    clock.advance(TIMEOUT_MS - 1)
    reassembly.add(piece(1, 1, 2, 10)) // a repeat is nothing new
    expect(dropped).toEqual([])
    clock.advance(1)
    expect(dropped).toEqual([['reassembly-timeout', 1]])
    expect(reassembly.add(piece(1, 2, 10, 10))).toBe('ignored')
    clock.advance(TIMEOUT_MS)
    expect(clock.pending).toBe(0)
  })

  test('each has its own time, and those of one time are counted together', () => {
    const { reassembly, clock, dropped } = reassemblyOf()
    for (const id of [1, 2]) reassembly.add(piece(id, 0, 1, 10))
    clock.advance(400)
    reassembly.add(piece(3, 0, 1, 10))
    clock.advance(600)
    expect(dropped).toEqual([['reassembly-timeout', 2]])
    expect(reassembly.add(piece(3, 1, 10, 10))).toEqual(whole(10))
    clock.advance(10 * TIMEOUT_MS)
    expect([dropped.length, clock.pending]).toEqual([1, 0])
  })

  test('what was given up gives its room back', () => {
    const { reassembly, clock, dropped } = reassemblyOf({ maxOctets: 10, maxMessages: 1 })
    reassembly.add(piece(1, 0, 1, 10))
    clock.advance(TIMEOUT_MS)
    reassembly.add(piece(2, 0, 1, 10))
    expect(dropped).toEqual([['reassembly-timeout', 1]])
    expect(reassembly.add(piece(2, 1, 10, 10))).toEqual(whole(10))
  })

  test('one timer while there is something to forget, none else', () => {
    const { reassembly, clock } = reassemblyOf()
    expect(clock.pending).toBe(0)
    for (let id = 0; id < 10; id++) {
      reassembly.add(piece(id, 0, 5, 10))
      reassembly.add(piece(id + 100, 0, 10, 10))
      expect(clock.pending).toBe(1)
      clock.advance(100)
    }
    clock.advance(2 * TIMEOUT_MS)
    expect(clock.pending).toBe(0)
  })

  test('after close nothing remains, nothing is kept, nothing is counted', () => {
    const { reassembly, clock, dropped } = reassemblyOf()
    reassembly.add(piece(1, 0, 5, 10))
    reassembly.add(piece(2, 0, 10, 10))
    reassembly.close()
    reassembly.close()
    expect(clock.pending).toBe(0)
    for (const fragment of [piece(1, 5, 10, 10), piece(3, 0, 5, 10), piece(4, 0, 10, 10)])
      expect(reassembly.add(fragment)).toBe('ignored')
    clock.advance(TIMEOUT_MS)
    expect([clock.pending, dropped]).toEqual([0, []])
  })
})

test('4/the cost of a message is that of its octets, however it is cut: 65 535 parts, the even ones first', () => {
  const { reassembly } = reassemblyOf()
  const body = bodyOf(65_535)
  const places = [...body.keys()]
  const order = [...places.filter((at) => at % 2 === 0), ...places.filter((at) => at % 2 === 1)]
  let last: ReassemblyOutcome = 'ignored'
  for (const at of order)
    last = reassembly.add({ messageId: 1, type: CHAT, total: 65_535, at, part: body.subarray(at, at + 1) })
  expect(typeof last === 'object' && Buffer.compare(last.body, body)).toBe(0)
})
