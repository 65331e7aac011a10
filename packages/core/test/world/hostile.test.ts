/** Peers and strangers that mean harm: bounded work, visible in `explain`, and nobody else is worse off (DESIGN sections 4 and 8). */
import { advertising, delaying, flapping, flooder, silentAfter } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { type Actor, longestGapMs, minutes, Scene, seconds, uncounted } from './scene.js'

const FAST = { has: { datagram: 'both', stream: 'both' } } as const
const ALL = { has: { datagram: 'both', stream: 'both', letter: 'both' } } as const

/** Two friends who talk all the time, and what an attacker costs them. */
async function friends(seed: number) {
  const scene = new Scene(seed)
  const [a, b] = [await scene.actor('anna', ALL), await scene.actor('ben', ALL)]
  scene.introduce(a, b)
  const talks = [scene.talk(a, b), scene.talk(b, a)] as const
  await scene.chatterUntil(() => a.leavesBy(b) === 'datagram' && b.leavesBy(a) === 'datagram', seconds(5))
  const unharmed = (): void => {
    for (const talk of talks) {
      expect(longestGapMs(talk)).toBeLessThan(seconds(1))
      expect(uncounted(talk)).toBeLessThanOrEqual(0)
      expect(talk.arrived.size).toBeGreaterThan(0.99 * talk.sent - 2)
    }
  }
  return { scene, world: scene.world, a, b, unharmed }
}

/** Packets that leave `from` for `to` from now on. */
function packetsTo(scene: Scene, from: Actor, to: string): { count: number } {
  const seen = { count: 0 }
  scene.world.tap((packet) => {
    if (packet.fromHost === from.name && (packet.toHost === to || packet.to.startsWith(`${to}`))) seen.count += 1
    return 'pass'
  })
  return seen
}

describe('8/addresses', () => {
  test('a peer that advertises a thousand addresses of victims: sixteen are kept, a few packets go to each, the peer is reached', async () => {
    const { scene, world, a, unharmed } = await friends(401)
    for (let at = 0; at < 20; at += 1) world.host(`victim${at}`)
    let turn = 0
    const addresses = (): string[] => Array.from({ length: 50 }, () => `victim${turn++ % 20}:datagram`)
    const eve = await scene.actor('eve', {
      ...FAST,
      around: (init, style) => (style === 'datagram' ? advertising(init, addresses, { besides: false }) : init),
    })
    scene.introduce(a, eve)
    const toVictims = packetsTo(scene, a, 'victim')
    const talk = scene.talk(a, eve)
    const back = scene.talk(eve, a)
    await scene.chatterUntil(() => talk.arrived.size > 0, seconds(30))
    await scene.chatter(minutes(5), { everyMs: 500 })
    const { addresses: known } = a.core.explain(eve.id)
    expect(known.length).toBeLessThanOrEqual(16)
    expect(known.some(({ lastFailure }) => lastFailure?.reason === 'unproven')).toBe(true)
    // Three datagrams at a time to an address that nobody confirms, four times in five minutes: not a flood.
    expect(toVictims.count).toBeLessThanOrEqual(16 * 12)
    expect(talk.arrived.size).toBeGreaterThan(0.95 * talk.sent)
    expect(back.arrived.size).toBeGreaterThan(0)
    unharmed()
  })

  test('one in five of forty lies about where it can be reached: the honest find each other all the same', async () => {
    const scene = new Scene(402)
    const { world } = scene
    world.host('victim')
    const actors: Actor[] = []
    for (let at = 0; at < 40; at += 1) {
      const isLiar = at % 5 === 4
      actors.push(
        await scene.actor(`n${at}`, {
          ...FAST,
          ...(isLiar && {
            around: (init) => advertising(init, ['victim:datagram', 'victim:stream'], { besides: true }),
          }),
        }),
      )
    }
    const honest = actors.filter((_, at) => at % 5 !== 4)
    for (const a of actors) for (const b of actors) if (a !== b) a.core.addCard(b.core.card())
    for (const [at, a] of honest.entries()) scene.talk(a, honest[(at + 1) % honest.length]!)
    for (const [at, a] of honest.entries()) scene.talk(a, actors[4 + 5 * (at % 8)]!)
    const isUp = (): boolean => scene.talks.every(({ arrived }) => arrived.size > 0)
    const tookMs = await scene.chatterUntil(isUp, minutes(2), { everyMs: 500 })
    expect(tookMs).toBeLessThan(seconds(60))
  })
})

describe('8/paths', () => {
  test('a peer that flaps its paths on purpose: switches and dials are bounded, and others do not notice', async () => {
    const { scene, a, unharmed } = await friends(411)
    const eve = await scene.actor('eve', {
      ...FAST,
      around: (init, style) =>
        flapping(init, style === 'datagram' ? { upMs: 7_000, downMs: 9_000 } : { upMs: 11_000, downMs: 5_000 }),
    })
    scene.introduce(a, eve)
    const dialled = packetsTo(scene, a, 'eve')
    scene.talk(a, eve)
    await scene.chatter(minutes(10), { everyMs: 500 })
    const { switchCount, switches, addresses } = a.core.explain(eve.id)
    // Ten minutes: six of choice a minute, and as many away from what went.
    expect(switchCount).toBeLessThanOrEqual(130)
    expect(switches.length).toBeGreaterThan(0)
    expect(addresses.some(({ failures }) => failures > 0)).toBe(true)
    // 1 200 messages, and what keeps their paths: a dial a second would be more.
    expect(dialled.count).toBeLessThan(6_000)
    unharmed()
  })

  test('a peer that answers validation by a path and drops everything else: the path is left for good and the other one used', async () => {
    const { scene, a, unharmed } = await friends(412)
    const eve = await scene.actor('eve', {
      ...FAST,
      around: (init, style) =>
        style === 'datagram'
          ? silentAfter(init, { swallows: ({ size, isEncrypted }) => isEncrypted && size !== 50 })
          : init,
    })
    scene.introduce(a, eve)
    const talk = scene.talk(a, eve)
    await scene.chatterUntil(() => talk.arrived.size > 0, seconds(60))
    await scene.chatter(minutes(10), { everyMs: 500 })
    const lately = talk.sent
    await scene.chatter(minutes(2), { everyMs: 500 })
    // It is never preferred again: a path must have carried what the peer says it got.
    expect(a.leavesBy(eve)).toBe('stream')
    expect([...talk.arrived.keys()].filter((one) => one >= lately).length).toBeGreaterThan(0.95 * (talk.sent - lately))
    unharmed()
  })

  test('a peer that steers us by lying about delay moves its own traffic only, and never to mail', async () => {
    const { scene, a, unharmed } = await friends(413)
    let isSlow = false
    const eve = await scene.actor('eve', {
      ...ALL,
      around: (init, style) => (style === 'datagram' ? delaying(init, () => (isSlow ? 5_000 : 0)) : init),
    })
    scene.introduce(a, eve)
    const talk = scene.talk(a, eve)
    await scene.chatterUntil(() => a.leavesBy(eve) === 'datagram', seconds(30))
    for (let round = 0; round < 20; round += 1) {
      isSlow = !isSlow
      await scene.chatter(seconds(20), { everyMs: 200 })
    }
    const { switchCount } = a.core.explain(eve.id)
    expect(switchCount).toBeLessThan(80)
    expect([...talk.arrived.values()].filter(({ by }) => by === 'letter').length).toBeLessThan(0.1 * talk.sent)
    unharmed()
  })
})

describe('8/flood', () => {
  test('ten thousand forged packets in the names of friends: their link does not notice', async () => {
    const { scene, world, a, b, unharmed } = await friends(421)
    const captured: Uint8Array[] = []
    world.tap(({ bytes, fromHost }) => {
      if (fromHost === 'ben' && captured.length < 50) captured.push(bytes.slice())
      return 'pass'
    })
    await scene.chatter(seconds(10))
    const flood = flooder(world, {
      to: 'anna:datagram',
      count: 10_000,
      everyMs: 0.2,
      from: (n) => `evil${n % 200}:${1_000 + n}`,
      bytes: (n) => {
        const bytes = captured[n % captured.length]!.slice()
        if (n % 2 === 0) bytes[bytes.byteLength - 1]! ^= 1
        return bytes
      },
    })
    await scene.chatter(seconds(4))
    expect(flood.sent).toBe(10_000)
    expect([a.leavesBy(b), b.leavesBy(a)]).toEqual(['datagram', 'datagram'])
    expect(a.core.explain(b.id).switchCount).toBeLessThan(6)
    unharmed()
  })
})
