import { nodeIdToBytes } from '@postern/crypto'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../src/index.js'
import { CHAT, LinkWorld, text, type WorldNode, type WorldPacket } from './link-world.js'

/** In a simulated frame. */
const SENDER_AT = 10
const both = { datagram: 'both' } as const

/** What a wire-tapper has: every packet, in the order of sending. */
function tap(world: LinkWorld): WorldPacket[] {
  const packets: WorldPacket[] = []
  world.drop = (packet) => {
    packets.push({ ...packet, bytes: packet.bytes.slice() })
    return false
  }
  return packets
}

async function up(world: LinkWorld, a: WorldNode, b: WorldNode): Promise<void> {
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  a.link(b).send(CHAT, text('first'))
  await world.until(() => b.heard.length === 1)
  await world.pass(200)
}

const dropped = (node: WorldNode, reason: string): number => node.core.counters()[`dropped.in.${reason}`] ?? 0

describe('8/replay', () => {
  test('a frame is opened once', async () => {
    const world = new LinkWorld()
    const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
    await up(world, a, b)
    const packets = tap(world)
    a.link(b).send(CHAT, text('pay'))
    await world.until(() => b.heard.length === 2)
    const [frame] = packets as [WorldPacket]
    world.network.send(frame.from, frame.to, frame.bytes, { inOrder: false })
    await world.pass(100)
    expect(b.heard).toHaveLength(2)
    expect(dropped(b, 'replayed')).toBe(1)
  })

  test('a PONG proves nothing a second time', async () => {
    const world = new LinkWorld()
    const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
    const packets = tap(world)
    await up(world, a, b)
    const second = packets.find(({ from }) => from.startsWith(b.name))!
    world.network.send(second.from, second.to, second.bytes, { inOrder: false })
    await world.pass(100)
    expect(a.link(b).state).toBe('up')
    a.link(b).send(CHAT, text('still'))
    await world.until(() => b.heard.length === 2)
  })
})

test('4/path keys: a frame that is moved to another transport, or to another path, does not open', async () => {
  const world = new LinkWorld()
  const has = { datagram: 'both', letter: 'both' } as const
  const [a, b] = [await world.node({ has }), await world.node({ has })]
  await up(world, a, b)
  const packets = tap(world)
  world.drop = (packet) => {
    packets.push({ ...packet, bytes: packet.bytes.slice() })
    return true
  }
  a.link(b).send(CHAT, text('stolen'))
  await world.pass(10)
  world.drop = () => false
  const frame = packets.find(({ to }) => to === `${b.name}-datagram`)!
  world.network.send(`${a.name}-letter`, `${b.name}-letter`, frame.bytes, { inOrder: false })
  await world.pass(100)
  expect(dropped(b, 'forged')).toBe(1)
  const otherPath = frame.bytes.slice()
  otherPath[otherPath.byteLength - frame.bytes.byteLength + 42 + 5]! ^= 1 // the low octet of the path id, behind the simulated header
  world.network.send(frame.from, frame.to, otherPath, { inOrder: false })
  await world.pass(100)
  expect(dropped(b, 'forged')).toBe(2)
  expect(b.heard).toHaveLength(1)
  world.network.send(frame.from, frame.to, frame.bytes, { inOrder: false })
  await world.until(() => b.heard.length === 2)
  expect(b.heard[1]).toBe('stolen (datagram)')
})

test('4/source change: frames from another source move nothing until a challenge over it was echoed', async () => {
  const world = new LinkWorld()
  const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  await world.pass(200)
  // Somebody passes on what a sends from an address of his own, and nothing that is sent to him.
  world.network.attach('victim', { deliver: () => {} })
  const packets = tap(world)
  world.drop = (packet) => {
    packets.push({ ...packet, bytes: packet.bytes.slice() })
    return packet.from === `${a.name}-datagram`
  }
  a.link(b).send(CHAT, text('captured'))
  await world.pass(10)
  const frame = packets.find(({ from }) => from === `${a.name}-datagram`)!
  world.network.send('victim', frame.to, frame.bytes, { inOrder: false })
  world.drop = (packet) => {
    packets.push(packet)
    return false
  }
  await world.until(() => b.heard.length === 1)
  packets.length = 0
  for (let count = 0; count < 50; count += 1) b.link(a).send(CHAT, text(`answer ${count}`))
  await world.pass(10_000)
  const toVictim = packets.filter(({ to }) => to === 'victim')
  expect(toVictim.length, 'the challenge and its repetitions').toBeLessThanOrEqual(3)
  expect(a.heard).toHaveLength(50)
})

test('8/flood: above the calm rate an unproven source has to show a cookie, and a sound peer gets through', async () => {
  const world = new LinkWorld(21)
  const b = await world.node({ has: both })
  const peers = await Promise.all(Array.from({ length: 260 }, () => world.node({ has: both })))
  for (const peer of peers) {
    world.introduce(peer, b)
    peer.link(b).send(CHAT, text('in the crowd'))
  }
  await world.until(() => b.heard.length === peers.length, 20_000)
  expect(dropped(b, 'cookie-asked')).toBeGreaterThan(0)
}, 60_000)

test('8/forgery: a second message, a cookie or a first message that was changed in any octet changes nothing', async () => {
  const world = new LinkWorld(22)
  const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
  world.introduce(a, b)
  const chance = world.random.fork()
  // Everything arrives twice: first with an octet changed, then as it was.
  let isForging = true
  world.drop = (packet) => {
    if (!isForging || packet.bytes.byteLength < 60) return false
    const forged = packet.bytes.slice()
    forged[42 + chance.below(forged.byteLength - 42)]! ^= 1 + chance.below(255)
    isForging = false
    world.network.send(packet.from, packet.to, forged, { inOrder: true })
    isForging = true
    return false
  }
  await world.settled(a.link(b).ready())
  for (let count = 0; count < 20; count += 1) {
    a.link(b).send(CHAT, text(`there ${count}`))
    b.link(a).send(CHAT, text(`back ${count}`))
    await world.pass(10)
  }
  await world.until(() => a.heard.length === 20 && b.heard.length === 20)
  const counters = b.core.counters()
  const forged = Object.entries(counters).filter(([name]) => name.startsWith('dropped.in.'))
  expect(forged.length).toBeGreaterThan(0)
})

test('8/somebody else’s name: a first message that comes in another name than its own does not open', async () => {
  const world = new LinkWorld(23)
  const [a, b, c] = [await world.node({ has: both }), await world.node({ has: both }), await world.node({ has: both })]
  world.introduce(a, b)
  const packets: WorldPacket[] = []
  world.drop = (packet) => {
    packets.push({ ...packet, bytes: packet.bytes.slice() })
    return true
  }
  a.link(b).send(CHAT, text('mine'))
  await world.pass(10)
  world.drop = () => false
  const first = packets.find(({ from }) => from.startsWith(a.name))!
  const renamed = first.bytes.slice()
  renamed.set(nodeIdToBytes(c.core.nodeId), SENDER_AT)
  world.network.send(`${c.name}-datagram`, first.to, renamed, { inOrder: false })
  await world.pass(10)
  expect([b.heard, dropped(b, 'forged')]).toEqual([[], 1])
  world.network.send(first.from, first.to, first.bytes, { inOrder: false })
  await world.until(() => b.heard.length === 1) // it was the name alone
})

test('8/replay: an answer, and the PONG inside, is refused after a restart, with state and without', async () => {
  for (const keeps of [true, false]) {
    const world = new LinkWorld(24)
    const core = { store: createMemoryStore() }
    const [a, b] = [await world.node({ has: both, core }), await world.node({ has: both })]
    const packets = tap(world)
    await up(world, a, b)
    const second = packets.find(({ from }) => from.startsWith(b.name))!
    const again = await world.restart(a, keeps ? undefined : {})
    world.introduce(again, b)
    const validity = () => again.core.explain(b.core.nodeId).addresses.map(({ validatedUntil }) => validatedUntil)
    await world.pass(5_000)
    const [before, unknown] = [validity(), dropped(again, 'unknown-index')]
    world.network.send(second.from, second.to, second.bytes, { inOrder: false })
    await world.pass(10)
    expect(validity()).toEqual(before) // it is not renewed
    expect(dropped(again, 'unknown-index')).toBeGreaterThan(unknown)
  }
})
