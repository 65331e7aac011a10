import { type LaneConditions, SeededRandom, SimNetwork, VirtualClock } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'

interface Ends {
  readonly clock: VirtualClock
  readonly network: SimNetwork
  /** What each end got, as `from: octets at time`, and what broke. */
  readonly seen: Readonly<Record<'a' | 'b', string[]>>
  readonly trace: string[]
}

function ends(conditions: Partial<LaneConditions> = {}, seed = 1): Ends {
  const clock = new VirtualClock()
  const trace: string[] = []
  const network = new SimNetwork({
    clock,
    random: new SeededRandom(seed),
    conditions,
    trace: (line) => trace.push(line),
  })
  const seen = { a: [] as string[], b: [] as string[] }
  for (const name of ['a', 'b'] as const)
    network.attach(name, {
      deliver: (from, bytes) => seen[name].push(`${from}: ${bytes.join()} at ${clock.monotonic()}`),
      broken: (remote) => seen[name].push(`broken: ${remote}`),
    })
  return { clock, network, seen, trace }
}

const LOOSE = { inOrder: false }
const IN_ORDER = { inOrder: true }

/** Packets 0 to count - 1 from a to there, one octet each. */
function sendMany({ network }: Ends, to: string, count: number, options = LOOSE): void {
  for (let number = 0; number < count; number += 1) network.send('a', to, Uint8Array.of(number), options)
}

const numbersIn = (lines: readonly string[]): readonly number[] => lines.map((line) => Number(/: (\d+)/.exec(line)![1]))
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at)

describe('tests/sim-network', () => {
  test('a packet arrives after the delay, in octets of its own, and is written down', () => {
    const world = ends({ delayMs: 5 })
    world.network.send('a', 'b', Uint8Array.of(1, 2), LOOSE)
    world.clock.advance(4.9)
    expect(world.seen.b).toEqual([])
    world.clock.advance(0.1)
    expect(world.seen.b).toEqual(['a: 1,2 at 5'])
    expect(world.trace).toEqual(['0.000 a>b 2 sent', '5.000 a>b 2 arrived'])
  })

  test('each delivery is a copy: two of one packet do not share their octets', () => {
    const { clock, network } = ends({ duplicateChance: 1 })
    const got: Uint8Array[] = []
    network.attach('c', { deliver: (_, bytes) => got.push(bytes) })
    network.send('a', 'c', Uint8Array.of(7), LOOSE)
    clock.advance(1)
    got[0]!.fill(0)
    expect(got.map((bytes) => bytes[0])).toEqual([0, 7])
  })

  test('an address is taken until its listener goes; where nobody listens packets end', () => {
    const { clock, network, trace } = ends()
    const listener = { deliver: () => {} }
    expect(() => network.attach('a', listener)).toThrow(new RangeError('address a is taken'))
    const attached = network.attach('c', listener)
    network.send('a', 'c', Uint8Array.of(1), LOOSE)
    attached[Symbol.dispose]()
    clock.advance(10)
    expect(trace.at(-1)).toBe('1.000 a>c 1 unreachable')
    network.attach('c', listener)[Symbol.dispose]()
  })

  test('loss takes packets that are not sent in order, about as often as it says, and never others', () => {
    const world = ends({ lossChance: 0.3 })
    for (let round = 0; round < 20; round += 1) sendMany(world, 'b', 50)
    world.clock.advance(1)
    expect(Math.abs(world.seen.b.length - 700)).toBeLessThan(100) // seven standard deviations
    const streams = ends({ lossChance: 1, duplicateChance: 1 })
    sendMany(streams, 'b', 50, IN_ORDER)
    streams.clock.advance(1)
    expect(numbersIn(streams.seen.b)).toEqual(upTo(50))
  })

  test('what is duplicated arrives twice', () => {
    const world = ends({ duplicateChance: 1 })
    sendMany(world, 'b', 10)
    world.clock.advance(1)
    expect(numbersIn(world.seen.b).toSorted((x, y) => x - y)).toEqual(upTo(10).flatMap((number) => [number, number]))
  })

  test('jitter lets packets overtake one another, all within delay and jitter', () => {
    const world = ends({ delayMs: 10, jitterMs: 20 })
    sendMany(world, 'b', 50)
    world.clock.advance(9.999)
    expect(world.seen.b).toEqual([])
    world.clock.advance(20.001)
    const order = numbersIn(world.seen.b)
    expect(order.toSorted((x, y) => x - y)).toEqual(upTo(50))
    expect(order).not.toEqual(upTo(50))
  })

  test('packets in order never overtake each other, whatever the jitter and whenever it changes', () => {
    const world = ends({ delayMs: 10 })
    const gate = world.network.openGate('b')
    for (let number = 0; number < 50; number += 1) {
      gate.setConditions(number % 2 === 0 ? { delayMs: 50, jitterMs: 20 } : { delayMs: 1 })
      world.network.send('a', gate.address, Uint8Array.of(number), IN_ORDER)
    }
    world.clock.advance(1_000)
    expect(numbersIn(world.seen.b)).toEqual(upTo(50))
  })

  test('octets under way are counted by lane until they have arrived, or are lost with a break', () => {
    const { clock, network } = ends({ delayMs: 10 })
    const gate = network.openGate('b')
    network.send('a', 'b', new Uint8Array(100), LOOSE)
    network.send('a', 'b', new Uint8Array(20), IN_ORDER)
    network.send('a', gate.address, new Uint8Array(7), IN_ORDER)
    const underWay = () => [network.underWayOctets('a', 'b'), network.underWayOctets('a', gate.address)]
    expect(underWay()).toEqual([120, 7])
    expect(network.underWayOctets('b', 'a')).toBe(0)
    gate.break()
    clock.advance(10)
    expect(underWay()).toEqual([0, 0])
  })
})

describe('tests/sim-network gates', () => {
  test('what comes through a gate is seen from behind it, and the answer goes back the same way', () => {
    const { clock, network, seen, trace } = ends()
    const gate = network.openGate('b')
    network.send('a', gate.address, Uint8Array.of(1), LOOSE)
    clock.advance(1)
    expect(seen.b).toEqual(['gate1|a: 1 at 1'])
    network.send('b', 'gate1|a', Uint8Array.of(2), LOOSE)
    clock.advance(1)
    expect(seen.a).toEqual(['gate1: 2 at 2'])
    expect(trace.filter((line) => line.endsWith('arrived'))).toEqual([
      '1.000 a>gate1 1 arrived',
      '2.000 b>gate1|a 1 arrived',
    ])
  })

  test('its conditions are its own, one for each direction; the other paths keep theirs', () => {
    const { clock, network, seen } = ends({ delayMs: 1 })
    const gate = network.openGate('b')
    gate.setConditions({ delayMs: 30 }, { isBlocked: true })
    network.send('a', gate.address, Uint8Array.of(1), LOOSE)
    network.send('a', 'b', Uint8Array.of(2), LOOSE)
    network.send('b', 'gate1|a', Uint8Array.of(3), LOOSE)
    clock.advance(100)
    expect(seen).toEqual({ a: [], b: ['a: 2 at 1', 'gate1|a: 1 at 30'] })
    gate.setConditions({}) // both again
    network.send('b', 'gate1|a', Uint8Array.of(4), LOOSE)
    clock.advance(1)
    expect(seen.a).toEqual(['gate1: 4 at 101'])
  })

  test('what is sent into a blocked lane is gone, also when the lane opens again', () => {
    const { clock, network, seen, trace } = ends()
    const gate = network.openGate('b')
    gate.setConditions({ isBlocked: true })
    network.send('a', gate.address, Uint8Array.of(1), IN_ORDER)
    expect(network.underWayOctets('a', gate.address)).toBe(0)
    gate.setConditions({})
    clock.advance(100)
    expect([seen.b, trace]).toEqual([[], ['0.000 a>gate1 1 blocked']])
  })

  test('what is sent into a held lane waits, under way, and arrives once it is released, in order', () => {
    const world = ends({ delayMs: 2 })
    const gate = world.network.openGate('b')
    gate.setConditions({ isHeld: true })
    sendMany(world, gate.address, 5, IN_ORDER)
    world.clock.advance(100)
    expect(world.seen.b).toEqual([])
    expect(world.network.underWayOctets('a', gate.address)).toBe(5)
    gate.setConditions({ isHeld: true, delayMs: 9 }) // still held
    world.clock.advance(100)
    expect(world.seen.b).toEqual([])
    gate.setConditions({})
    world.clock.advance(2)
    expect(numbersIn(world.seen.b)).toEqual(upTo(5))
    expect(world.network.underWayOctets('a', gate.address)).toBe(0)
  })

  test('only the direction that is held waits', () => {
    const { clock, network, seen } = ends()
    const gate = network.openGate('b')
    gate.setConditions({ isHeld: true }, {})
    network.send('a', gate.address, Uint8Array.of(1), LOOSE)
    network.send('b', 'gate1|a', Uint8Array.of(2), LOOSE)
    clock.advance(10)
    expect(seen).toEqual({ a: ['gate1: 2 at 1'], b: [] })
  })

  test('a break loses what is under way or held, and tells both ends once', () => {
    const { clock, network, seen, trace } = ends({ delayMs: 5 })
    const gate = network.openGate('b')
    network.send('a', gate.address, Uint8Array.of(1), IN_ORDER)
    clock.advance(5)
    network.send('a', gate.address, Uint8Array.of(2), IN_ORDER)
    gate.setConditions({ isHeld: true })
    network.send('a', gate.address, Uint8Array.of(3), IN_ORDER)
    gate.break()
    gate.break()
    clock.advance(100)
    expect(seen).toEqual({ a: ['broken: gate1'], b: ['gate1|a: 1 at 5', 'broken: gate1|a'] })
    expect(trace.filter((line) => line.endsWith('broken'))).toHaveLength(2)
  })

  test('what is sent after a break arrives, and whoever sends then is told of the next one', () => {
    const { clock, network, seen } = ends()
    const gate = network.openGate('b')
    gate.break() // nobody has come through yet
    network.send('a', gate.address, Uint8Array.of(1), IN_ORDER)
    clock.advance(1)
    gate.break()
    expect(seen).toEqual({ a: ['broken: gate1'], b: ['gate1|a: 1 at 1', 'broken: gate1|a'] })
  })

  test('a listener that is gone, or does not care, is no trouble for a break', () => {
    const { network } = ends()
    network.attach('c', { deliver: () => {} })
    const gate = network.openGate('c')
    network.send('nobody', gate.address, Uint8Array.of(1), LOOSE)
    expect(() => gate.break()).not.toThrow()
  })

  test('the same seed gives the same trace, another one another', () => {
    const traceOf = (seed: number): readonly string[] => {
      const world = ends({ lossChance: 0.2, duplicateChance: 0.2, jitterMs: 10 }, seed)
      sendMany(world, 'b', 30)
      world.clock.advance(100)
      return world.trace
    }
    expect(traceOf(1)).toEqual(traceOf(1))
    expect(traceOf(1)).not.toEqual(traceOf(2))
  })
})
