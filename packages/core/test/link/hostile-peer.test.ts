/** What a peer or a stranger does who knows the protocol and means ill (DESIGN section 8). */
import { sealCookie } from '@postern/crypto'
import { cookieMessageCodec, encodeCard, firstMessageCodec, heloCodec, MESSAGE_TYPE } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import type { PeerLink } from '../../src/link/link.js'
import { Attacker, clearTypeOf, junkFrame, victimAt } from './attacker.js'
import { CHAT, LinkWorld, text, type WorldNode, type WorldPacket } from './link-world.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const both = { datagram: 'both' } as const
const { HANDSHAKE_FIRST, CHALLENGE, HELO, COOKIE } = MESSAGE_TYPE

const datagramOf = ({ name }: WorldNode): string => `${name}-datagram`

/** He and `node` have a link, as far as a handshake makes one. */
async function meet(world: LinkWorld, attacker: Attacker, node: WorldNode): Promise<void> {
  attacker.listen()
  attacker.sendClear('evil', datagramOf(node), HANDSHAKE_FIRST, attacker.firstMessage(node))
  await world.pass(20)
  attacker.completeHandshake()
}

describe('8/junk in somebody else’s name', () => {
  test.each([0, 50])(
    'frames that name a friend do not begin one handshake after the other (the friend writes %i ms later)',
    async (laterMs) => {
      const world = new LinkWorld(51)
      const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
      world.introduce(a, b)
      world.introduce(b, a)
      await world.settled(a.link(b).ready())
      await world.pass(1_000)
      const attacker = new Attacker(world, 'evil')
      let begun = 0
      world.drop = (packet) => {
        if (packet.from === datagramOf(b) && clearTypeOf(packet) === HANDSHAKE_FIRST) begun += 1
        return false
      }
      for (let round = 0; round < 600; round += 1) {
        attacker.send('evil', datagramOf(b), { msg: junkFrame(world), isEncrypted: true, sender: a.core.nodeId })
        await world.pass(laterMs)
        a.link(b).send(CHAT, text('in between'))
        await world.pass(100 - laterMs)
      }
      expect(b.core.counters()['dropped.in.unknown-index']).toBe(600)
      expect(begun, 'in a minute').toBeLessThanOrEqual(2)
      expect(b.heard).toHaveLength(600)
    },
  )

  test('first messages that name a friend do not shut him out', async () => {
    const world = new LinkWorld(52)
    const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
    world.introduce(a, b)
    const attacker = new Attacker(world, 'evil')
    const attack = async (times: number, everyMs: number): Promise<void> => {
      for (let source = 0; source < times; source += 1) {
        const junk = attacker.junkFirstMessage(b)
        attacker.sendClear(`s${source}`, datagramOf(b), HANDSHAKE_FIRST, junk, a.core.nodeId)
        await world.pass(everyMs)
      }
    }
    await attack(40, 10)
    a.link(b).send(CHAT, text('it is me'))
    await attack(20, 100)
    expect(b.heard).toEqual(['it is me (datagram, early)'])
    expect(a.link(b).state).toBe('up')
    expect(b.core.counters()['dropped.in.forged']).toBe(60)
  })

  test('frames that name a friend do not cost the keys of late mail', async () => {
    const world = new LinkWorld(53)
    const has = { datagram: 'both', letter: 'both' } as const
    const [a, b] = [await world.node({ has }), await world.node({ has })]
    world.introduce(a, b)
    world.introduce(b, a)
    world.drop = ({ from }) => from.endsWith('-datagram')
    await world.settled(a.link(b).ready())
    await world.pass(1_000)
    const mails: WorldPacket[] = []
    world.drop = (packet) => {
      if (packet.from.endsWith('-letter')) mails.push({ ...packet, bytes: packet.bytes.slice() })
      return true
    }
    a.link(b).send(CHAT, text('late'))
    await world.pass(100)
    world.drop = () => false
    const attacker = new Attacker(world, 'evil')
    for (let round = 0; round < 150; round += 1) {
      for (const [at, as] of [
        [a, b],
        [b, a],
      ] as const) {
        attacker.send('evil', datagramOf(at), { msg: junkFrame(world), isEncrypted: true, sender: as.core.nodeId })
        at.link(as).send(CHAT, text('in between'))
      }
      await world.pass(MINUTE_MS + 1_000)
    }
    for (const { from, to, bytes } of mails) world.network.send(from, to, bytes, { inOrder: false })
    await world.pass(1_000)
    expect(b.heard.at(-1)).toBe('late (letter)')
  })

  test('frames that name whom a peer told us of begin nothing with them', async () => {
    const world = new LinkWorld(54)
    const b = await world.node({ has: both })
    const attacker = new Attacker(world, 'evil')
    await meet(world, attacker, b)
    attacker.sendFrame('evil', datagramOf(b), [])
    await world.pass(20)
    const told = Array.from({ length: 100 }, () => new Attacker(world, 'nowhere'))
    for (const one of told) {
      const body = heloCodec.encode(one.helo())
      attacker.sendFrame('evil', datagramOf(b), [{ type: HELO, body }])
      await world.pass(500) // a HELO costs a signature: they are taken slowly
    }
    const before = b.core.counters()['dropped.in.unknown-index'] ?? 0
    let begun = 0
    world.drop = (packet) => {
      if (clearTypeOf(packet) === HANDSHAKE_FIRST) begun += 1
      return false
    }
    for (const { identity } of told) {
      attacker.send('evil', datagramOf(b), { msg: junkFrame(world), isEncrypted: true, sender: identity.nodeId })
      await world.pass(10)
    }
    expect(b.core.counters()['dropped.in.unknown-index']).toBe(before + told.length)
    expect(begun).toBe(0)
  })
})

describe('8/amplification', () => {
  test('a peer that names other sources has no more sent there than it spends itself', async () => {
    const world = new LinkWorld(55)
    const b = await world.node({ has: both })
    const attacker = new Attacker(world, 'evil')
    const sources = Array.from({ length: 7 }, (_, at) => `victim${at}`)
    const victims = sources.map((source) => victimAt(world, source))
    await meet(world, attacker, b)
    let spent = 0
    for (const source of sources) spent += attacker.sendFrame(source, datagramOf(b), [])
    await world.pass(20)
    const challenges = Array.from({ length: 56 }, () => ({ type: CHALLENGE, body: new Uint8Array(16) }))
    for (let round = 0; round < 5; round += 1) {
      spent += attacker.sendFrame('victim0', datagramOf(b), challenges)
      await world.pass(20)
    }
    const octets = victims.reduce((sum, victim) => sum + victim.octets, 0)
    expect(octets).toBeGreaterThan(0)
    expect(octets).toBeLessThanOrEqual(2 * spent)
    expect(b.core.counters()['links.dropped.in.surplus-challenge']).toBe(5 * 55)
  })

  test('whoever used an answer proves no source but the one that alone was answered', async () => {
    const world = new LinkWorld(56)
    const b = await world.node({ has: both })
    const attacker = new Attacker(world, 'evil')
    const victim = victimAt(world, 'victim')
    attacker.listen()
    const body = attacker.firstMessage(b)
    attacker.sendClear('evil', datagramOf(b), HANDSHAKE_FIRST, body)
    await world.pass(20)
    attacker.completeHandshake()
    // The same first message once more from elsewhere: it has an answer there, too, and the first frame comes from there.
    attacker.sendClear('victim', datagramOf(b), HANDSHAKE_FIRST, body)
    await world.pass(20)
    attacker.sendFrame('victim', datagramOf(b), [])
    await world.pass(50)
    const link = b.core.link(attacker.identity.nodeId)
    for (let count = 0; count < 200; count += 1) link.send(CHAT, new Uint8Array(1_300))
    await world.pass(2_000)
    expect(victim.packets, 'an answer, challenges, and no data').toBeLessThanOrEqual(5)
    expect(victim.octets).toBeLessThanOrEqual(2_000)
  })

  test('cookies without end bring no first messages to an address that nobody has proven', async () => {
    const world = new LinkWorld(57)
    const a = await world.node({ has: { datagram: 'both', letter: 'both' } })
    const attacker = new Attacker(world, 'evil')
    attacker.listen()
    const victim = victimAt(world, 'victim')
    a.core.addCard(encodeCard([attacker.helo('victim'), attacker.helo('evil')]))
    a.core.link(attacker.identity.nodeId).send(CHAT, text('hello'))
    await world.until(() => attacker.caught.length > 0)
    const first = firstMessageCodec.decode(attacker.caught[0]!.body)
    if (!first.ok) throw new Error(first.fault)
    const { senderIndex, mac1 } = first.value
    for (let count = 0; count < 500; count += 1) {
      const nonce = world.random.bytes(12)
      const linkPublicKey = attacker.linkKey.publicKey
      const sealedCookie = sealCookie({ linkPublicKey, nonce, mac1, cookie: world.random.bytes(16) })
      const body = cookieMessageCodec.encode({ receiverIndex: senderIndex, nonce, sealedCookie })
      attacker.sendClear('elsewhere', datagramOf(a), COOKIE, body)
      await world.pass(1)
    }
    expect(victim.packets).toBeGreaterThan(0)
    expect(victim.packets).toBeLessThanOrEqual(4)
  })
})

test('8/memory: of a stranger who never confirms nothing is kept', async () => {
  const world = new LinkWorld(58)
  const b = await world.node({ has: both })
  const attacker = new Attacker(world, 'evil')
  attacker.sendClear('evil', datagramOf(b), HANDSHAKE_FIRST, attacker.firstMessage(b))
  await world.pass(20)
  const link = b.core.link(attacker.identity.nodeId) as PeerLink
  expect([link.paths.all.length, link.epochs.size]).toEqual([1, 1])
  await world.pass(24 * HOUR_MS)
  const after = b.core.link(attacker.identity.nodeId) as PeerLink
  expect([link, after].map(({ paths, epochs }) => [paths.all.length, epochs.size])).toEqual([
    [0, 0],
    [0, 0],
  ])
})

test('8/flood: mail names no source, and what sixty friends wrote is taken when it is fetched in one go', async () => {
  const world = new LinkWorld(59)
  const b = await world.node({ has: { letter: 'both' } })
  for (let count = 0; count < 60; count += 1) {
    const friend = await world.node({ has: { letter: 'both' } })
    world.introduce(friend, b)
    friend.link(b).send(CHAT, text('a letter'))
  }
  await world.pass(1_000)
  expect(b.heard).toHaveLength(60)
})
