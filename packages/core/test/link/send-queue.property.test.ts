/** Everything a link can do with its queue, in any order, against a model that looks at every message each time. */
import { encodeBatch, fragmentCodec, MESSAGE_TYPE, type PlainMessage } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SendDropReason, SendQueue } from '../../src/link/send-queue.js'

const MAX_OCTETS = 2_000
const MAX_MESSAGES = 8
const CHAT = 0x8001
/** Headers 4 and 10, part 64. */
const LEAST_FRAGMENT_OCTETS = 78

interface Modelled {
  /** Stands at the begin of the body. */
  readonly mark: number
  readonly octets: number
  readonly priority: number
  readonly deadlineMs: number
  /** Octets that have not left; less than `octets`: it leaves in fragments. */
  left: number
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constant('offer' as const),
        octets: fc.oneof(fc.integer({ min: 4, max: 60 }), fc.integer({ min: 4, max: MAX_OCTETS + 1 })),
        priority: fc.integer({ min: -2, max: 2 }),
        lifeMs: fc.option(fc.integer({ min: 0, max: 50 })),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('take' as const), octets: fc.integer({ min: 0, max: 700 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant('peek' as const), octets: fc.integer({ min: 0, max: 700 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ act: 'take-peeked' as const }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 30 }) }) },
  ),
  { maxLength: 60 },
)

type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never

class World {
  readonly clock = new VirtualClock()
  readonly counted: Record<SendDropReason, number> = { 'queue-full': 0, deadline: 0, 'link-closed': 0 }
  readonly expected: Record<SendDropReason, number> = { 'queue-full': 0, deadline: 0, 'link-closed': 0 }
  readonly queue = new SendQueue({
    clock: this.clock,
    maxOctets: MAX_OCTETS,
    maxMessages: MAX_MESSAGES,
    firstMessageId: 0,
    onDropped: (reason, count) => {
      this.counted[reason] += count
    },
  })
  /** In the order they leave. */
  line: Modelled[] = []
  #shown: readonly PlainMessage[] = []
  #marks = 0

  apply(step: Step): void {
    if (step.act === 'offer') this.#offer(step.octets, step.priority, step.lifeMs)
    else if (step.act === 'take') this.#take(step.octets)
    else if (step.act === 'peek') this.#peek(step.octets)
    else if (step.act === 'take-peeked') this.#takePeeked()
    else this.#wait(step.ms)
  }

  check(): void {
    expect(this.queue.octets).toBe(this.#octets)
    expect(this.queue.octets).toBeLessThanOrEqual(MAX_OCTETS)
    expect(this.line.length).toBeLessThanOrEqual(MAX_MESSAGES)
    expect(this.queue.isEmpty).toBe(this.line.length === 0)
    expect(this.counted).toEqual(this.expected)
    expect(this.clock.pending).toBe(this.line.some(({ deadlineMs }) => Number.isFinite(deadlineMs)) ? 1 : 0)
  }

  get #octets(): number {
    return this.line.reduce((sum, { octets }) => sum + octets, 0)
  }

  #offer(octets: number, priority: number, lifeMs: number | null): void {
    const deadlineMs = lifeMs === null ? null : this.clock.monotonic() + lifeMs
    const mark = this.#marks++
    const body = new Uint8Array(octets).fill(mark)
    new DataView(body.buffer).setUint32(0, mark)
    const taken = this.queue.offer({ type: CHAT, body, priority, deadlineMs })
    expect(taken).toBe(this.#expectOffer({ mark, octets, priority, deadlineMs: deadlineMs ?? Infinity, left: octets }))
  }

  #expectOffer(message: Modelled): boolean {
    const isFull = (line: Modelled[]): boolean =>
      line.length >= MAX_MESSAGES || line.reduce((sum, { octets }) => sum + octets, message.octets) > MAX_OCTETS
    if (message.deadlineMs <= this.clock.monotonic()) {
      this.expected.deadline += 1
      return false
    }
    if (isFull(this.line.filter(({ priority }) => priority >= message.priority))) {
      this.expected['queue-full'] += 1
      return false
    }
    while (isFull(this.line)) {
      this.line.pop()
      this.expected['queue-full'] += 1
    }
    this.line.push(message)
    this.line.sort((a, b) => b.priority - a.priority) // stable
    return true
  }

  #take(maxOctets: number): void {
    const batch = this.queue.takeBatch(maxOctets)
    if (batch === null) return expect(this.#couldLeave(maxOctets)).toBe(false)
    expect(this.#couldLeave(maxOctets)).toBe(true)
    expect(encodeBatch(batch).byteLength).toBeLessThanOrEqual(maxOctets)
    for (const message of batch) this.#took(message, maxOctets)
  }

  #couldLeave(maxOctets: number): boolean {
    const [first] = this.line
    if (first === undefined) return false
    if (maxOctets >= LEAST_FRAGMENT_OCTETS) return true
    return isBegun(first) ? 14 + first.left <= maxOctets : 4 + first.octets <= maxOctets
  }

  #took({ type, body }: PlainMessage, maxOctets: number): void {
    const first = this.line[0]!
    if (type === CHAT) {
      expect(new DataView(body.buffer).getUint32(0)).toBe(first.mark)
      this.line.shift()
      return
    }
    expect(type).toBe(MESSAGE_TYPE.FRAGMENT)
    expect(isBegun(first) || 4 + first.octets > maxOctets).toBe(true)
    const decoded = fragmentCodec.decode(body)
    if (!decoded.ok) throw new Error(decoded.fault)
    const { total, at, part } = decoded.value
    expect(total).toBe(first.octets)
    expect(part.byteLength === total - at || part.byteLength >= 64).toBe(true)
    expect(at).toBe(total - first.left)
    first.left -= part.byteLength
    if (first.left === 0) this.line.shift()
  }

  #peek(maxOctets: number): void {
    this.#shown = this.queue.peekWhole(maxOctets)
    expect(this.#shown.reduce((sum, { body }) => sum + 4 + body.byteLength, 0)).toBeLessThanOrEqual(maxOctets)
    const couldBe = this.line.filter((message) => !isBegun(message) && 4 + message.octets <= maxOctets)
    expect(this.#shown.map(markOf)).toEqual(couldBe.slice(0, this.#shown.length).map(({ mark }) => mark))
    if (couldBe.length > 0) expect(this.#shown.length).toBeGreaterThan(0)
  }

  #takePeeked(): void {
    const marks = new Set(this.#shown.map(markOf))
    const before = this.line.length
    this.line = this.line.filter(({ mark }) => !marks.has(mark))
    expect(this.queue.takePeeked(this.#shown)).toBe(before - this.line.length)
  }

  #wait(ms: number): void {
    this.clock.advance(ms)
    const before = this.line.length
    this.line = this.line.filter(({ deadlineMs }) => deadlineMs > this.clock.monotonic())
    this.expected.deadline += before - this.line.length
  }
}

const isBegun = ({ left, octets }: Modelled): boolean => left < octets

const markOf = ({ body }: PlainMessage): number => new DataView(body.buffer).getUint32(0)

test('4/a queue does as its model does, and has a timer exactly while something has a deadline', () => {
  fc.assert(
    fc.property(steps, (acts) => {
      const world = new World()
      for (const act of acts) {
        world.apply(act)
        world.check()
      }
      world.expected['link-closed'] += world.line.length
      world.line = []
      world.queue.clear('link-closed')
      world.check()
    }),
    { numRuns: 300 },
  )
})
