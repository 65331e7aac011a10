/** What core sends for its own sake: mails above all, which are dear, and whatever goes to a place that nobody has proven. */
import { decodeCard, MESSAGE_TYPE, pingCodec, protocolNumber, signHelo } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { importIdentity } from '../../src/index.js'
import type { PeerLink } from '../../src/link/link.js'
import { hours, minutes, Scene, seconds } from './scene.js'

const LETTERS = { datagram: 'both', letter: 'both' } as const
const STREAMS = { datagram: 'both', stream: 'both' } as const

async function two(seed: number, has: typeof LETTERS | typeof STREAMS | { readonly datagram: 'both' }) {
  const scene = new Scene(seed)
  const [a, b] = [await scene.actor('anna', { has }), await scene.actor('ben', { has })]
  scene.introduce(a, b)
  return { scene, world: scene.world, a, b }
}

/** Mails that leave, from now on. */
function mails({ world }: Scene): { readonly from: string }[] {
  const sent: { from: string }[] = []
  world.tap(({ style, from }) => {
    if (style === 'letter') sent.push({ from })
    return 'pass'
  })
  return sent
}

describe('4/mail', () => {
  test('eight hours of talk by datagrams: a mail each way to be ready to fall back, and no more', async () => {
    const { scene, a, b } = await two(601, LETTERS)
    const sent = mails(scene)
    scene.talk(a, b)
    scene.talk(b, a)
    await scene.chatter(hours(8), { everyMs: 120_000 })
    expect(sent.length).toBeLessThanOrEqual(4)
  })

  test('a peer that begins a handshake twice a second costs no mails', async () => {
    const { scene, world, a, b } = await two(602, LETTERS)
    scene.talk(a, b)
    scene.talk(b, a)
    await scene.chatter(minutes(2), { everyMs: 1_000 })
    const sent = mails(scene)
    for (let count = 0; count < 120; count += 1) {
      ;(a.link(b) as PeerLink).initiations.begin('lost-fast')
      await world.pass(500)
    }
    expect(sent.length).toBeLessThan(4)
  })

  test('nor does one that asks and asks by datagrams, where we answer by mail', async () => {
    const { scene, world, a, b } = await two(603, LETTERS)
    scene.talk(a, b)
    scene.talk(b, a)
    await scene.chatter(minutes(2), { everyMs: 1_000 })
    world.shape({ from: b.host, to: a.host, by: 'datagram', bothWays: false }, { isBlocked: true })
    await scene.chatterUntil(() => b.leavesBy(a) === 'letter', minutes(2), { everyMs: 1_000 })
    await world.pass(seconds(30))
    const sent = mails(scene)
    const card = decodeCard(b.core.card())
    if (!card.ok) throw new Error(card.fault)
    const { protocol, senderAddress: address } = card.value.helos[0]!
    const link = a.link(b) as PeerLink
    let asked = 0
    for (let count = 0; count < 600; count += 1) {
      await world.pass(50)
      const path = link.paths.all.find(({ carrier }) => carrier.name === 'datagram')
      if (path === undefined || link.epochs.current === null) continue
      asked += 1
      const ping = { challenge: world.random.bytes(16), target: b.id, asker: a.id, protocol, address }
      link.outbound.put(link.epochs.current, path, [{ type: MESSAGE_TYPE.PING, body: pingCodec.encode(ping) }])
    }
    expect(asked).toBeGreaterThan(50)
    expect(sent.filter(({ from }) => from.startsWith('ben')).length).toBeLessThanOrEqual(3)
  })

  test('an address that changes sixty times in ten minutes is told by mail once or twice', async () => {
    const { scene, world, a, b } = await two(604, LETTERS)
    scene.talk(a, b)
    scene.talk(b, a)
    await scene.chatter(minutes(2), { everyMs: 1_000 })
    world.shape({ by: 'datagram' }, { isBlocked: true })
    await scene.chatterUntil(() => b.leavesBy(a) === 'letter', minutes(2), { everyMs: 1_000 })
    await world.pass(minutes(5))
    const sent = mails(scene)
    for (let count = 0; count < 60; count += 1) {
      b.host.move()
      await world.pass(seconds(10))
    }
    expect(sent.length).toBeLessThan(4)
  })

  test('a denied mailbox is not asked whether it is there', async () => {
    const scene = new Scene(605)
    const sent = mails(scene)
    await scene.actor('anna', { has: LETTERS })
    const b = await scene.actor('ben', { has: { datagram: 'both' } })
    const c = await scene.actor('carl', { has: LETTERS })
    c.core.addCard(b.core.card())
    c.core.setPolicy(b.id, { deny: ['letter'] })
    await scene.world.settled(c.link(b).ready(), seconds(5))
    await scene.world.pass(seconds(1))
    const senderAddress = new TextEncoder().encode('ben@mail')
    const now = scene.world.clock.now()
    const helo = signHelo(
      importIdentity(b.identity),
      new Uint8Array(32).fill(9),
      { protocol: protocolNumber(0xf003), mtu: 1_400, senderAddressSize: senderAddress.byteLength, senderAddress },
      { maxLatencyMs: 21_600_000, gossip: false, withdrawn: false, sequence: now + 5, expiration: now + 3_600_000 },
    )
    ;(b.link(c) as PeerLink).tell([helo])
    await scene.world.pass(seconds(5))
    expect(sent).toEqual([])
  })
})

describe('4/nobody there', () => {
  test('a link that nobody wants any more costs a few packets, whatever changes', async () => {
    const { scene, world, a, b } = await two(611, LETTERS)
    const talk = scene.talk(a, b)
    await scene.chatter(seconds(20))
    await world.pass(hours(1))
    scene.say(talk)
    await world.pass(seconds(1))
    a.host.disconnect()
    await world.pass(hours(3))
    let packets = 0
    world.tap(({ from, style }) => {
      if (from.startsWith('ben') && style === 'datagram') packets += 1
      return 'pass'
    })
    b.host.move()
    await world.pass(hours(8))
    expect(packets).toBeLessThan(100)
  })
})

describe('4/death', () => {
  test('a disturbance of a second and a half ends no path', async () => {
    const { scene, world, a, b } = await two(621, { datagram: 'both' })
    const talk = scene.talk(a, b)
    await scene.chatter(seconds(5))
    await world.pass(seconds(2))
    const cut = world.shape({ by: 'datagram' }, { isBlocked: true })
    scene.say(talk)
    await world.pass(1_500)
    cut[Symbol.dispose]()
    await world.pass(seconds(20))
    expect(a.events.filter(({ kind }) => kind === 'path-ended' || kind === 'link-down')).toEqual([])
  })

  test('a black hole for large datagrams alone is no reason to leave the path', async () => {
    const { scene, world, a, b } = await two(622, STREAMS)
    world.shape({ by: 'datagram' }, { mtuOctets: 1_300 })
    scene.talk(a, b)
    scene.talk(b, a)
    await scene.chatter(minutes(10), { everyMs: 2_000 })
    const route = a.route(b)
    expect(route.slice(route.indexOf('datagram'))).toEqual(['datagram'])
  })

  test('what ended while a handshake was under way is counted once', async () => {
    const { scene, world, a, b } = await two(623, { datagram: 'both' })
    const talk = scene.talk(a, b)
    await scene.chatter(seconds(5))
    const link = a.link(b) as PeerLink
    link.initiations.begin('old')
    for (let count = 0; count < 5; count += 1) scene.say(talk)
    await world.pass(1)
    for (const path of link.paths.all) link.paths.close(path, 'silent')
    const before = link.lostMessages
    await world.pass(minutes(1))
    expect(link.lostMessages).toBe(before)
  })

  test('a transport that is denied while it is dialled is not used', async () => {
    const scene = new Scene(624)
    const has = { stream: 'both' } as const
    const [a, b] = [await scene.actor('anna', { has }), await scene.actor('ben', { has })]
    scene.introduce(a, b)
    void a
      .link(b)
      .ready()
      .catch(() => {})
    await scene.world.pass(10)
    a.core.setPolicy(b.id, { deny: ['stream'] })
    await scene.world.pass(seconds(5))
    expect(a.core.explain(b.id).paths).toEqual([])
  })
})
