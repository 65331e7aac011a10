import { type SimHost, type SimNat, type SimNatKind, SimWorld } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { SimNode } from './sim-node.js'

interface Scene {
  readonly world: SimWorld
  readonly box: SimNat
  readonly anna: SimHost
  /** Behind the box, sends datagrams. */
  readonly a: SimNode
  /** Both of one machine outside, at two ports. */
  readonly b: SimNode
  readonly b2: SimNode
  readonly c: SimNode
  /** What b sees when a sends to it. */
  seenByB(): string
}

async function scene(kind: SimNatKind): Promise<Scene> {
  const world = new SimWorld({ seed: 1 })
  const box = world.nat('box', { kind })
  const anna = world.host('anna', { behind: box })
  const [bert, cleo] = [world.host('bert'), world.host('cleo')]
  const a = await SimNode.open(world, anna, 'datagram')
  const b = await SimNode.open(world, bert, 'datagram')
  const b2 = await SimNode.open(world, bert, 'datagram', { port: 'other' })
  const c = await SimNode.open(world, cleo, 'datagram')
  const seenByB = (): string =>
    /maps anna:datagram to (\S+)/.exec(world.trace.find((line) => / maps /.test(line))!)![1]!
  return { world, box, anna, a, b, b2, c, seenByB }
}

/** Who gets in at the outside address that bert was shown: bert, another port of bert's, and cleo, before and after it was sent to. */
const IN: readonly (readonly [SimNatKind, string])[] = [
  ['full-cone', 'bert, bert other, cleo before, cleo after'],
  ['address-restricted', 'bert, bert other, cleo after'],
  ['port-restricted', 'bert, cleo after'],
  ['symmetric', 'bert'], // cleo was shown another port
]

describe('tests/sim-nat kinds', () => {
  test.each(IN)('rfc 4787: through a %s box come %s', async (kind, expected) => {
    const { world, a, b, b2, c, seenByB } = await scene(kind)
    await a.sendTo('bert:datagram', 0)
    await world.pass(100)
    await b.sendTo(seenByB(), 1)
    await b2.sendTo(seenByB(), 2)
    await c.sendTo(seenByB(), 3)
    await world.pass(100)
    await a.sendTo('cleo:datagram', 0)
    await world.pass(100)
    await c.sendTo(seenByB(), 4)
    await world.pass(100)
    const names = new Map(
      [...'1234'].map((octet, at) => [octet, ['bert', 'bert other', 'cleo before', 'cleo after'][at]]),
    )
    expect(a.heard.map((octet) => names.get(octet)).join(', ')).toBe(expected)
  })

  test.each<[SimNatKind, number]>([
    ['full-cone', 1],
    ['address-restricted', 1],
    ['port-restricted', 1],
    ['symmetric', 3],
  ])('rfc 4787: a %s box gives one that sends to three others %i outside ports', async (kind, ports) => {
    const { world, box, a } = await scene(kind)
    for (const to of ['bert:datagram', 'bert:other', 'cleo:datagram']) await a.sendTo(to, 1)
    await world.pass(100)
    expect(box.mappings).toBe(ports)
  })

  test('tests/nat: two behind one box have one source, and two sessions', async () => {
    const { world, box, a, b } = await scene('port-restricted')
    const dora = await SimNode.open(world, world.host('dora', { behind: box }), 'datagram')
    await a.sendTo('bert:datagram', 1)
    await dora.sendTo('bert:datagram', 2)
    await world.pass(100)
    expect(b.heardFrom).toEqual(['box: 1', 'box: 2'])
    expect(b.transport.counters().sessions).toBe(2)
  })

  test('tests/nat: an answer comes back, and without a word from inside nothing gets in', async () => {
    const { world, a, b } = await scene('port-restricted')
    await b.sendTo('anna:datagram', 1)
    await b.sendTo('box:datagram.1024', 1)
    await world.pass(100)
    expect(a.heard).toEqual([])
    await a.sendTo('bert:datagram', 2)
    await world.pass(100)
    b.send(b.lastSession, 3)
    await world.pass(100)
    expect(a.heardFrom).toEqual(['bert: 3'])
  })
})

describe('tests/sim-nat mappings', () => {
  test('tests/nat: a mapping lives while something goes out through it, and half a minute longer', async () => {
    const { world, a, b, seenByB } = await scene('full-cone')
    const out = await a.dial('bert:datagram')
    a.send(out, 1)
    for (let round = 0; round < 3; round += 1) {
      await world.pass(20_000)
      a.send(out, 1)
    }
    await world.pass(29_900)
    await b.sendTo(seenByB(), 2)
    await world.pass(30)
    expect(a.heard).toEqual(['2'])
    await world.pass(100) // what came in has not refreshed it
    await b.sendTo(seenByB(), 3)
    await world.pass(100)
    expect(a.heard).toEqual(['2'])
  })

  test('tests/nat: its idle time is an option', async () => {
    const world = new SimWorld({ seed: 1 })
    const box = world.nat('box', { kind: 'full-cone', datagramIdleMs: 5_000 })
    const a = await SimNode.open(world, world.host('anna', { behind: box }), 'datagram')
    const b = await SimNode.open(world, world.host('bert'), 'datagram')
    await a.sendTo('bert:datagram', 1)
    await world.pass(5_100)
    b.send(b.lastSession, 2)
    await world.pass(100)
    expect(a.heard).toEqual([])
  })

  test('tests/nat: a filter forgets one who was not sent to for so long, although the mapping lives on', async () => {
    const { world, a, b, c, seenByB } = await scene('port-restricted')
    await a.sendTo('bert:datagram', 1)
    const other = await a.dial('cleo:datagram')
    for (let round = 0; round < 4; round += 1) {
      a.send(other, 1)
      await world.pass(10_000)
    }
    await b.sendTo(seenByB(), 2)
    await c.sendTo(seenByB(), 3)
    await world.pass(100)
    expect(a.heardFrom).toEqual(['cleo: 3'])
  })

  test('tests/nat: after a reset the old port leads nowhere, and the next datagram goes out by another one', async () => {
    const { world, box, a, b } = await scene('full-cone')
    const out = await a.dial('bert:datagram')
    a.send(out, 1)
    await world.pass(100)
    const before = b.lastSession
    box.reset()
    b.send(before, 2)
    await world.pass(100)
    expect(a.heard).toEqual([])
    a.send(out, 3)
    await world.pass(100)
    b.send(b.lastSession, 4)
    await world.pass(100)
    expect([b.lastSession === before, a.heard]).toEqual([false, ['4']])
  })

  test('tests/nat: expired mappings do not pile up', async () => {
    const world = new SimWorld({ seed: 1, keepsTrace: false })
    const box = world.nat('box', { kind: 'symmetric', datagramIdleMs: 1_000 })
    const a = await SimNode.open(world, world.host('anna', { behind: box }), 'datagram')
    for (let round = 0; round < 5; round += 1) {
      for (let peer = 0; peer < 1_000; peer += 1) await a.sendTo(`nobody${peer}:datagram`, 1)
      await world.pass(2_000)
    }
    expect(box.mappings).toBeLessThan(2_100)
  })

  test('tests/nat: who is behind one box reaches the other one directly', async () => {
    const { world, box, a } = await scene('symmetric')
    const dora = await SimNode.open(world, world.host('dora', { behind: box }), 'datagram')
    await dora.sendTo('anna:datagram', 1)
    await world.pass(100)
    expect(a.heardFrom).toEqual(['dora: 1'])
    expect(box.mappings).toBe(0)
  })
})

describe('tests/sim-nat advertisements', () => {
  test('tests/nat: behind a box nothing is advertised, but a port that its owner forwards', async () => {
    const { world, box, a, c } = await scene('symmetric')
    const forwarded = await SimNode.open(world, world.host('dora', { behind: box }), 'datagram', { advertise: true })
    expect(a.transport.createHELO()).toBeNull()
    const [address] = forwarded.addresses
    await c.sendTo(address!, 1)
    await world.pass(100)
    c.core.received.length = 0
    forwarded.send(forwarded.lastSession, 2)
    await world.pass(100)
    expect([address, forwarded.heardFrom, c.heardFrom]).toEqual(['box:datagram.1024', ['cleo: 1'], ['box: 2']])
    expect(box.mappings).toBe(1) // it answers from the port that was forwarded
    box.reset()
    await c.sendTo(address!, 3)
    await world.pass(100)
    expect(forwarded.heard).toEqual(['1', '3'])
  })
})

describe('tests/sim-nat streams', () => {
  async function streams(kind: SimNatKind = 'full-cone') {
    const world = new SimWorld({ seed: 1 })
    const box = world.nat('box', { kind })
    const a = await SimNode.open(world, world.host('anna', { behind: box }), 'stream', { advertise: false })
    const b = await SimNode.open(world, world.host('bert'), 'stream')
    return { world, box, a, b }
  }

  test('tests/nat: a stream that is dialled outward carries both ways', async () => {
    const { world, a, b } = await streams('symmetric')
    await a.sendTo('bert:stream', 1)
    await world.pass(100)
    b.send(b.lastSession, 2)
    await world.pass(100)
    expect([b.heardFrom, a.heardFrom]).toEqual([['box: 1'], ['bert: 2']])
  })

  test('tests/nat: a dial inward gets no answer', async () => {
    const { b } = await streams()
    await expect(b.dial('box:stream.1024')).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT' })
    await expect(b.dial('anna:stream')).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT' })
  })

  test('tests/nat: a forwarded port takes dials', async () => {
    const { world, box, b } = await streams()
    const dora = await SimNode.open(world, world.host('dora', { behind: box }), 'stream', { advertise: true })
    await b.sendTo(dora.addresses[0]!, 1)
    await world.pass(100)
    dora.send(dora.lastSession, 2)
    await world.pass(100)
    expect([dora.heardFrom, b.heardFrom]).toEqual([['bert: 1'], ['box: 2']])
  })

  test('tests/nat: after a reset streams stall and break, and a new dial works at once', async () => {
    const { world, box, a, b } = await streams()
    const session = await a.dial('bert:stream')
    a.send(session, 1)
    await world.pass(100)
    box.reset()
    a.send(session, 2)
    await world.pass(59_000)
    expect([b.heard, a.ended]).toEqual([['1'], []])
    await a.sendTo('bert:stream', 3)
    await world.pass(2_000)
    expect([b.heard, a.ended, b.ended]).toEqual([['1', '3'], ['broken'], ['broken']])
  })

  test('tests/nat: through a full cone anybody gets in where a stream goes out, and is answered from there', async () => {
    const { world, a } = await streams('full-cone')
    await a.sendTo('bert:stream', 1)
    const c = await SimNode.open(world, world.host('cleo'), 'stream')
    await c.sendTo('box:stream.1024', 2)
    await world.pass(100)
    a.send(a.lastSession, 3)
    await world.pass(100)
    expect([a.heardFrom, c.heardFrom]).toEqual([['cleo: 2'], ['box: 3']])
    const closed = await streams('address-restricted')
    await closed.a.sendTo('bert:stream', 1)
    const d = await SimNode.open(closed.world, closed.world.host('dora'), 'stream')
    await expect(d.dial('box:stream.1024')).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT' })
  })

  test('tests/nat: a stream that is silent for longer than the box remembers stalls', async () => {
    const world = new SimWorld({ seed: 1 })
    const box = world.nat('box', { kind: 'symmetric', streamIdleMs: 10_000 })
    const a = await SimNode.open(world, world.host('anna', { behind: box }), 'stream')
    const b = await SimNode.open(world, world.host('bert'), 'stream')
    const session = await a.dial('bert:stream')
    for (const octet of [1, 2]) {
      await world.pass(9_900)
      a.send(session, octet)
    }
    await world.pass(10_100)
    a.send(session, 3)
    await world.pass(1_000)
    expect(b.heard).toEqual(['1', '2'])
  })
})
