import { SimWorld } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { message, SimNode } from './sim-node.js'

async function pair(options: { readonly delayMs?: number } = {}) {
  const world = new SimWorld({ seed: 1, delayMs: 10, ...options })
  const [anna, bert] = [world.host('anna'), world.host('bert')]
  const [a, b] = [await SimNode.open(world, anna, 'datagram'), await SimNode.open(world, bert, 'datagram')]
  return { world, anna, bert, a, b, session: await a.dial('bert:datagram') }
}

/** How long the next datagram takes from a to b; null: it does not arrive. */
async function tripMs({ world, a, b, session }: Awaited<ReturnType<typeof pair>>): Promise<number | null> {
  const [before, start] = [b.heard.length, world.clock.monotonic()]
  a.send(session, 1)
  for (let ms = 0; ms < 500 && b.heard.length === before; ms += 1) await world.pass(1)
  return b.heard.length === before ? null : world.clock.monotonic() - start
}

describe('tests/sim-world rules', () => {
  test('tests/shape: later rules lie over earlier ones; whichever ends, the others remain', async () => {
    const scene = await pair()
    const { world } = scene
    expect(await tripMs(scene)).toBe(10)
    const slow = world.shape({ from: 'anna', to: 'bert' }, { delayMs: 50 })
    expect(await tripMs(scene)).toBe(50)
    const slower = world.shape({ by: 'datagram' }, { delayMs: 90 })
    expect(await tripMs(scene)).toBe(90)
    slow[Symbol.dispose]()
    slow[Symbol.dispose]()
    expect(await tripMs(scene)).toBe(90)
    slower[Symbol.dispose]()
    expect(await tripMs(scene)).toBe(10)
  })

  test('tests/shape: a rule may hold one way, for one machine or one style, and only there', async () => {
    const scene = await pair()
    const { world, anna, bert } = scene
    using _oneWay = world.shape({ from: bert, to: anna, bothWays: false }, { isBlocked: true })
    using _streams = world.shape({ by: 'stream' }, { isBlocked: true })
    using _others = world.shape({ from: 'cleo' }, { isBlocked: true })
    expect(await tripMs(scene)).toBe(10)
    using _both = world.shape({ from: bert, to: anna }, { delayMs: 30 })
    expect(await tripMs(scene)).toBe(30)
    using _one = world.shape({ to: bert, bothWays: false }, { isBlocked: true })
    expect(await tripMs(scene)).toBeNull()
  })

  test('tests/shape: a rule for a machine holds wherever it goes', async () => {
    const scene = await pair()
    scene.world.shape({ from: scene.anna }, { delayMs: 70 })
    scene.anna.move({ behind: scene.world.nat('box', { kind: 'symmetric' }) })
    expect(await tripMs(scene)).toBe(70)
    const { world, a, b } = scene
    b.send(b.lastSession, 2)
    await world.pass(69)
    expect(a.heard).toEqual([])
    await world.pass(1)
    expect(a.heard).toEqual(['2']) // also where the world outside sees the box alone
  })

  test('tests/shape: what is duplicated arrives twice, what is lost never, and jitter stays within its limit', async () => {
    const { world, a, b, session } = await pair()
    const twice = world.shape({}, { duplicateChance: 1, jitterMs: 40 })
    a.send(session, 1)
    await world.pass(50)
    expect(b.heard).toEqual(['1', '1'])
    twice[Symbol.dispose]()
    world.shape({}, { lossChance: 1 })
    a.send(session, 2)
    await world.pass(1_000)
    expect(b.heard).toEqual(['1', '1'])
  })

  test('tests/shape: a gate is a path past all rules', async () => {
    const { world, bert, a, b } = await pair()
    world.shape({}, { isBlocked: true })
    const gate = world.network.openGate('bert:datagram')
    await a.sendTo(gate.address, 1)
    await world.pass(10)
    b.send(b.lastSession, 2)
    await world.pass(10)
    expect([b.heardFrom, a.heardFrom]).toEqual([['gate1|anna: 1'], ['gate1: 2']])
    bert.suspend() // past rules, not past lids
    b.send(b.lastSession, 3)
    await a.sendTo(gate.address, 4)
    await world.pass(10)
    expect([b.heard.length, a.heard.length]).toEqual([1, 1])
  })

  test('tests/shape: a held lane keeps what is sent until it is released', async () => {
    const { world, a, b, session } = await pair()
    const held = world.shape({}, { isHeld: true })
    a.send(session, 1)
    await world.pass(1_000)
    expect([b.heard, world.network.underWayOctets('anna:datagram', 'bert:datagram')]).toEqual([[], 43])
    held[Symbol.dispose]()
    await world.pass(10)
    expect([b.heard, world.network.underWayOctets('anna:datagram', 'bert:datagram')]).toEqual([['1'], 0])
  })

  test('tests/black-hole: larger datagrams vanish without a word, streams do not care', async () => {
    const { world, anna, bert, a, b, session } = await pair()
    const [as, bs] = [await SimNode.open(world, anna, 'stream'), await SimNode.open(world, bert, 'stream')]
    world.shape({}, { mtuOctets: 542 })
    expect([
      a.transport.send(session, message(...Array(500).fill(1))),
      a.transport.send(session, message(...Array(501).fill(2))),
    ]).toEqual([true, true])
    as.transport.send(await as.dial('bert:stream'), message(...Array(501).fill(3)))
    await world.pass(1_000)
    expect([b.core.received.map(({ size }) => size), bs.core.received.map(({ size }) => size)]).toEqual([[500], [501]])
    expect(world.trace.filter((line) => line.endsWith(' too-large'))).toHaveLength(1)
  })
})

describe('tests/sim-world partition', () => {
  test('tests/partition: nothing passes between the groups, everything within them and with others, until it ends', async () => {
    const world = new SimWorld({ seed: 1 })
    const hosts = ['anna', 'bert', 'cleo', 'dora'].map((name) => world.host(name))
    const [a, b, c, d] = await Promise.all(hosts.map((host) => SimNode.open(world, host, 'datagram')))
    const parted = world.partition([['anna', hosts[1]!], ['cleo']])
    const round = async (octet: number): Promise<void> => {
      for (const to of ['bert', 'cleo', 'dora']) await a!.sendTo(`${to}:datagram`, octet)
      await c!.sendTo('anna:datagram', octet)
      await c!.sendTo('dora:datagram', octet)
      await world.pass(100)
    }
    await round(1)
    parted[Symbol.dispose]()
    await round(2)
    expect([a, b, c, d].map((node) => node!.heard)).toEqual([['2'], ['1', '2'], ['2'], ['1', '1', '2', '2']])
  })

  test('tests/partition: mail waits for its end, or passes where it may', async () => {
    const world = new SimWorld({ seed: 1 })
    const a = await SimNode.open(world, world.host('anna'), 'letter')
    const b = await SimNode.open(world, world.host('bert'), 'letter')
    const parted = world.partition([['anna'], ['bert']])
    await a.sendTo('bert@mail', 1)
    await world.pass(3_600_000)
    expect(b.heard).toEqual([])
    parted[Symbol.dispose]()
    await world.pass(60_000)
    expect(b.heard).toEqual(['1'])
    world.partition([['anna'], ['bert']], { mail: true })
    await a.sendTo('bert@mail', 2)
    await world.pass(60_000)
    expect(b.heard).toEqual(['1', '2'])
  })
})

describe('tests/sim-world taps', () => {
  test('tests/tap: a man on the path sees who, what, when and how, and may drop, delay or change it', async () => {
    const { world, a, b, session } = await pair()
    await world.pass(5)
    const seen: unknown[] = []
    const tap = world.tap(({ bytes, ...packet }) => {
      const octet = bytes.at(-1)!
      seen.push({ ...packet, octet })
      if (octet === 2) return 'drop'
      if (octet === 3) return { delayMs: 100 }
      if (octet === 4) return { bytes: bytes.map((one, at) => (at === bytes.length - 1 ? 9 : one)) }
      return 'pass'
    })
    for (const octet of [1, 2, 3, 4]) a.send(session, octet)
    await world.pass(50)
    expect(b.heard).toEqual(['1', '9'])
    await world.pass(100)
    expect(b.heard).toEqual(['1', '9', '3'])
    expect(seen[0]).toEqual({
      ...{ from: 'anna:datagram', to: 'bert:datagram', style: 'datagram', octet: 1, sentAtMs: 5 },
      ...{ fromHost: 'anna', toHost: 'bert' },
    })
    tap[Symbol.dispose]()
    a.send(session, 2)
    await world.pass(50)
    expect([b.heard.at(-1), seen.length]).toEqual(['2', 4])
  })

  test('tests/tap: of two each sees what the other left, and their delays add up', async () => {
    const scene = await pair()
    scene.world.tap(() => ({ delayMs: 20, bytes: Uint8Array.of(1) }))
    const seen: string[] = []
    scene.world.tap(({ bytes }) => {
      seen.push(bytes.join())
      return { delayMs: 30 }
    })
    scene.a.send(scene.session, 7)
    await scene.world.pass(59)
    expect(scene.b.transport.counters()['dropped.in.truncated']).toBeUndefined()
    await scene.world.pass(1)
    expect([seen, scene.b.transport.counters()['dropped.in.truncated']]).toEqual([['1'], 1])
  })

  test('tests/tap: letters pass it, too, and what leaves a box is seen as from outside', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna', { behind: world.nat('box', { kind: 'symmetric' }) })
    const [a, letters] = [await SimNode.open(world, anna, 'datagram'), await SimNode.open(world, anna, 'letter')]
    const seen: string[] = []
    world.tap(({ from, to, fromHost, toHost }) => {
      seen.push(`${from} (${fromHost}) > ${to} (${toHost})`)
      return 'drop'
    })
    await a.sendTo('bert:datagram', 1)
    await letters.sendTo('bert@mail', 1)
    await world.pass(60_000)
    expect(seen).toEqual(['box:datagram.1024 (anna) > bert:datagram (null)', 'anna@mail (anna) > bert@mail (null)'])
  })

  test('tests/inject: what is put on the path arrives as from whoever it names, through boxes only if they let it in', async () => {
    const { world, a, b } = await pair()
    const box = world.nat('box', { kind: 'port-restricted' })
    const c = await SimNode.open(world, world.host('cleo', { behind: box }), 'datagram')
    const packets: Uint8Array[] = []
    using _tap = world.tap(({ bytes }) => {
      packets.push(bytes.slice())
      return 'pass'
    })
    await a.sendTo('bert:datagram', 5)
    await c.sendTo('bert:datagram', 6)
    await world.pass(100)
    const forged = packets[0]!
    world.shape({}, { lossChance: 1 })
    world.inject('mars:datagram', 'bert:datagram', forged)
    world.inject('mars:datagram', 'box:datagram.1024', forged)
    world.inject('bert:datagram', 'box:datagram.1024', forged)
    await world.pass(100)
    expect([b.heardFrom.at(-1), c.heardFrom]).toEqual(['mars: 5', ['bert: 5']])
    expect(world.trace.filter((line) => line.endsWith(' injected'))).toHaveLength(3)
  })

  test('tests/inject: a letter can be forged', async () => {
    const world = new SimWorld({ seed: 1 })
    const a = await SimNode.open(world, world.host('anna'), 'letter')
    const b = await SimNode.open(world, world.host('bert'), 'letter')
    const packets: Uint8Array[] = []
    using _tap = world.tap(({ bytes }) => {
      packets.push(bytes.slice())
      return 'drop'
    })
    await a.sendTo('bert@mail', 1)
    world.inject('mars@mail', 'bert@mail', packets[0]!, { style: 'letter' })
    await world.pass(60_000)
    expect(b.heard).toEqual(['1'])
  })
})

describe('tests/sim-world time', () => {
  test('tests/until: says what the world was like when it was in vain', async () => {
    const { world } = await pair()
    world.nat('box', { kind: 'symmetric' })
    world.host('cleo').suspend()
    world.shape({ from: 'anna' }, { delayMs: 3 })
    const inVain = world.until(() => false, 500)
    await expect(inVain).rejects.toThrow(/^not within 500 ms\nworld at 500\.000 ms/)
    await expect(inVain).rejects.toThrow(
      /cleo at cleo suspended\n {2}box: symmetric, 0 mappings\n {2}mail: 10000 \+ 0 ms/,
    )
    await expect(inVain).rejects.toThrow('anna <> * by datagram, stream: {"delayMs":3}')
  })

  test('tests/settled: gives what the promise gives, an error too', async () => {
    const { world } = await pair()
    const later = new Promise((resolve) => world.clock.setTimer(() => resolve(7), 100))
    expect(await world.settled(later, 100)).toBe(7)
    await expect(world.settled(Promise.reject(new Error('no')), 100)).rejects.toThrow('no')
    await expect(world.settled(new Promise(() => {}), 100)).rejects.toThrow('not within 100 ms')
  })

  test('tests/pass: promises have done all they can before time moves on, however many hang on one another', async () => {
    const world = new SimWorld({ seed: 1 })
    const times: number[] = []
    const chain = async (): Promise<void> => {
      for (let link = 0; link < 10_000; link += 1) await Promise.resolve()
      times.push(world.clock.monotonic())
    }
    for (const ms of [1, 1.25, 2]) world.clock.setTimer(() => void chain(), ms)
    await world.pass(10)
    expect(times).toEqual([1, 1.25, 2])
  })
})

describe('tests/sim-world names', () => {
  test.each(['', '1st', 'a b', 'a:b', 'a@b', 'a.2', 'x'.repeat(25)])('tests/names: %j is no name', (name) => {
    const world = new SimWorld({ seed: 1 })
    expect(() => world.host(name)).toThrow(RangeError)
    expect(() => world.nat(name, { kind: 'symmetric' })).toThrow(RangeError)
  })

  test('tests/names: machines and boxes share their names', () => {
    const world = new SimWorld({ seed: 1 })
    world.host('anna')
    expect(() => world.nat('anna', { kind: 'symmetric' })).toThrow(new RangeError('name anna is taken'))
  })

  test('tests/names: two transports of one style on a machine need two ports', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    await SimNode.open(world, anna, 'datagram')
    await expect(SimNode.open(world, anna, 'datagram')).rejects.toThrow('address anna:datagram is taken')
    const other = await SimNode.open(world, anna, 'datagram', { port: '53' })
    expect(other.addresses).toEqual(['anna:53'])
  })
})
