/** Which path carries data: the cheapest that is well, without swinging (DESIGN section 4, "Paths and selection"). */
import { describe, expect, test } from 'vitest'
import type { Explanation } from '../../src/index.js'
import { type Actor, hours, lastBy, longestGapMs, minutes, Scene, seconds, type Talk, uncounted } from './scene.js'

const FAST = { has: { datagram: 'both', stream: 'both' } } as const
const ALL = { has: { datagram: 'both', stream: 'both', letter: 'both' } } as const

async function pair(seed: number, options = FAST as typeof FAST | typeof ALL) {
  const scene = new Scene(seed)
  const [a, b] = [await scene.actor('anna', options), await scene.actor('ben', options)]
  scene.introduce(a, b)
  const talks: readonly [Talk, Talk] = [scene.talk(a, b), scene.talk(b, a)]
  const bothBy = (style: string) => (): boolean => a.leavesBy(b) === style && b.leavesBy(a) === style
  return { scene, world: scene.world, a, b, talks, bothBy }
}

const explained = (of: Actor, peer: Actor): Explanation => of.core.explain(peer.id)

describe('2.2/cheapest', () => {
  test('of two that work the cheapest carries data, in both directions', async () => {
    const { scene, a, b, talks, bothBy } = await pair(201)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    await scene.chatter(seconds(5))
    expect(talks.map((talk) => lastBy(talk))).toEqual([['datagram'], ['datagram']])
    expect(explained(a, b).decision).toMatchObject({ transport: 'datagram' })
    expect(explained(b, a).decision).toMatchObject({ transport: 'datagram' })
  })

  test('it dies and returns fifty times: never without a path that works, switches bounded, all accounted for', async () => {
    const { scene, world, a, b, talks, bothBy } = await pair(202)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    for (let round = 0; round < 50; round += 1) {
      const silent = world.shape({ from: a.host, to: b.host, by: 'datagram' }, { isBlocked: true })
      await scene.chatterUntil(bothBy('stream'), seconds(15))
      await scene.chatter(seconds(5))
      silent[Symbol.dispose]()
      await scene.chatterUntil(bothBy('datagram'), minutes(1), { everyMs: 250 })
      await scene.chatter(seconds(65), { everyMs: 2_500 })
      await scene.chatter(seconds(1)) // or the gap would be that of the talk
    }
    for (const [of, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      // There and back each time, and a few between two paths by one transport.
      expect(explained(of, peer).switchCount).toBeLessThan(300)
      const none = of.events.filter((e) => e.kind === 'path-changed' && e.to === null)
      expect(none).toEqual([])
    }
    await world.pass(seconds(10))
    for (const talk of talks) {
      expect(longestGapMs(talk)).toBeLessThan(seconds(4))
      expect(uncounted(talk)).toBeLessThanOrEqual(0)
    }
  })

  test('it falls silent, and what its owner told in the handshake carries within three seconds, though nobody ever used it', async () => {
    const scene = new Scene(206)
    const [a, b] = [
      await scene.actor('anna', FAST),
      await scene.actor('ben', { has: { datagram: 'out', stream: 'out' } }),
    ]
    b.core.addCard(a.core.card())
    const talks = [scene.talk(a, b), scene.talk(b, a)] as const
    scene.say(talks[1])
    const bothBy = (style: string) => (): boolean => a.leavesBy(b) === style && b.leavesBy(a) === style
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    await scene.chatter(seconds(3), { everyMs: 50 })
    scene.world.shape({ from: a.host, to: b.host, by: 'datagram' }, { isBlocked: true })
    await scene.chatterUntil(bothBy('stream'), seconds(3), { everyMs: 50 })
  })

  test('the two directions go by different transports for a whole session', async () => {
    const { scene, world, a, b, talks } = await pair(203)
    world.shape({ from: b.host, to: a.host, by: 'datagram', bothWays: false }, { isBlocked: true })
    await scene.chatterUntil(() => a.leavesBy(b) !== null && b.leavesBy(a) === 'stream', seconds(30))
    await scene.chatterUntil(() => a.leavesBy(b) === 'datagram', minutes(3))
    await scene.chatter(minutes(10), { everyMs: 2_000 })
    expect(talks.map((talk) => lastBy(talk))).toEqual([['datagram'], ['stream']])
    expect(explained(a, b).paths.find(({ isUsed }) => isUsed)?.answeredBy).toBe('stream')
  })

  test('where the way back is by mail alone, the fast way there is used, and not charged with the mail’s delay', async () => {
    const scene = new Scene(204)
    const { world } = scene
    const a = await scene.actor('anna', { has: { datagram: 'out', letter: 'both' } })
    const b = await scene.actor('ben', { has: { datagram: 'both', letter: 'both' } })
    world.mail.delayMs = minutes(10)
    world.shape({ from: b.host, to: a.host, by: 'datagram', bothWays: false }, { isBlocked: true })
    scene.introduce(a, b)
    const there = scene.talk(a, b)
    await scene.chatterUntil(() => a.leavesBy(b) === 'datagram', hours(6), { everyMs: seconds(20) })
    const arrived = there.arrived.size
    await scene.chatter(minutes(60), { everyMs: seconds(20) })
    expect(there.arrived.size - arrived).toBeGreaterThan(170)
    expect(lastBy(there)).toEqual(['datagram'])
    const used = explained(a, b).paths.find(({ isUsed }) => isUsed)
    expect(used).toMatchObject({ transport: 'datagram', answeredBy: 'letter', health: 'healthy' })
  })
})

describe('4/health', () => {
  test('a lossy cheap path is passed over for a healthy dear one, and comes back when it is well', async () => {
    const { scene, world, a, b, bothBy } = await pair(211)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    const lossy = world.shape({ from: a.host, to: b.host, by: 'datagram' }, { lossChance: 0.2 })
    await scene.chatterUntil(bothBy('stream'), seconds(60), { everyMs: 50 })
    await scene.chatter(minutes(10), { everyMs: 1_000 })
    // It is tried again and again, and does not lure us for long.
    expect(bothBy('stream')()).toBe(true)
    const changes = a.events.filter((e) => e.kind === 'path-changed').length
    expect(changes).toBeLessThan(40)
    lossy[Symbol.dispose]()
    await scene.chatterUntil(bothBy('datagram'), minutes(25), { everyMs: 1_000 })
  })

  test('loss in one direction moves that direction alone', async () => {
    const { scene, world, a, b, bothBy } = await pair(212)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    world.shape({ from: a.host, to: b.host, by: 'datagram', bothWays: false }, { lossChance: 0.25 })
    await scene.chatterUntil(() => a.leavesBy(b) === 'stream', seconds(60), { everyMs: 50 })
    await scene.chatter(minutes(3), { everyMs: 200 })
    expect([a.leavesBy(b), b.leavesBy(a)]).toEqual(['stream', 'datagram'])
  })

  test('a path slower than its transport declares is passed over', async () => {
    const { scene, world, a, b, bothBy } = await pair(213)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    world.shape({ from: a.host, to: b.host, by: 'datagram' }, { delayMs: 4_000 })
    await scene.chatterUntil(bothBy('stream'), seconds(60))
  })

  test('a lossy path without another one is used all the same: mail is no refuge from it', async () => {
    const { scene, world, a, b, talks, bothBy } = await pair(214, ALL)
    world.shape({ by: 'stream' }, { isBlocked: true })
    await scene.chatterUntil(bothBy('datagram'), minutes(2))
    world.shape({ from: a.host, to: b.host, by: 'datagram' }, { lossChance: 0.15 })
    const before = talks[0].arrived.size
    const sent = talks[0].sent
    await scene.chatter(minutes(3), { everyMs: 200 })
    expect(bothBy('datagram')()).toBe(true)
    expect((talks[0].arrived.size - before) / (talks[0].sent - sent)).toBeGreaterThan(0.8)
  })

  test('a black hole for large datagrams: all get through in smaller ones, by the same path', async () => {
    const { scene, world, a, b, talks } = await pair(215, FAST)
    a.core.setPolicy(b.id, { pin: ['datagram'] })
    b.core.setPolicy(a.id, { pin: ['datagram'] })
    world.shape({ by: 'datagram' }, { mtuOctets: 1_300 })
    await scene.chatter(seconds(20), { octets: 3_000 })
    await world.pass(seconds(2))
    for (const talk of talks) expect(talk.arrived.size).toBe(talk.sent)
    expect(explained(a, b).paths.find(({ isUsed }) => isUsed)?.mtuOctets).toBe(1_194)
  })

  test('a black hole that opens under traffic is noticed within seconds, and so is its end', async () => {
    const { scene, world, a, b, talks, bothBy } = await pair(216, FAST)
    a.core.setPolicy(b.id, { pin: ['datagram'] })
    b.core.setPolicy(a.id, { pin: ['datagram'] })
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    await scene.chatter(seconds(5), { octets: 3_000 })
    const mtuOf = (): number | undefined => explained(a, b).paths.find(({ isUsed }) => isUsed)?.mtuOctets
    expect(mtuOf()).toBe(1_400)
    const hole = world.shape({ by: 'datagram' }, { mtuOctets: 1_300 })
    await scene.chatterUntil(() => mtuOf() === 1_194, seconds(10), { octets: 3_000 })
    const [sent, arrived] = [talks[0].sent, talks[0].arrived.size]
    await scene.chatter(seconds(20), { octets: 3_000 })
    await world.pass(seconds(1))
    expect(talks[0].arrived.size - arrived).toBeGreaterThanOrEqual(talks[0].sent - sent - 5)
    hole[Symbol.dispose]()
    await scene.chatterUntil(() => mtuOf() === 1_400, minutes(12), { octets: 3_000, everyMs: 1_000 })
  })

  test('within one cost a quicker path must stay a fifth quicker for three seconds', async () => {
    const scene = new Scene(217)
    const { world } = scene
    const two = {
      has: {
        datagram: { cost: 100 },
        stream: { cost: 100 },
      },
    } as const
    const [a, b] = [await scene.actor('anna', two), await scene.actor('ben', two)]
    scene.introduce(a, b)
    scene.talk(a, b)
    scene.talk(b, a)
    world.shape({ by: 'datagram' }, { delayMs: 20 })
    const stream = world.shape({ by: 'stream' }, { delayMs: 60 })
    await scene.chatterUntil(() => a.leavesBy(b) === 'datagram', minutes(2))
    await scene.chatter(minutes(2))
    const count = explained(a, b).switchCount
    stream[Symbol.dispose]()
    // A little quicker is not enough.
    const alike = world.shape({ by: 'stream' }, { delayMs: 18 })
    await scene.chatter(minutes(5))
    expect(a.leavesBy(b)).toBe('datagram')
    expect(explained(a, b).switchCount).toBe(count)
    alike[Symbol.dispose]()
    world.shape({ by: 'stream' }, { delayMs: 5 })
    await scene.chatterUntil(() => a.leavesBy(b) === 'stream', minutes(3))
    expect(explained(a, b).switches.at(-1)?.rule).toBe('delay')
  })
})

describe('4/policy', () => {
  test('a denied transport is neither dialled nor used; taken back, it is', async () => {
    const { scene, a, b, talks, bothBy } = await pair(221)
    for (const [of, peer] of [
      [a, b],
      [b, a],
    ] as const)
      of.core.setPolicy(peer.id, { deny: ['datagram'] })
    await scene.chatter(seconds(20))
    expect(talks.flatMap(({ arrived }) => [...arrived.values()].map(({ by }) => by))).not.toContain('datagram')
    expect(explained(a, b).addresses.find(({ transport }) => transport === 'datagram')).toMatchObject({
      isDenied: true,
      isOpen: false,
    })
    for (const [of, peer] of [
      [a, b],
      [b, a],
    ] as const)
      of.core.setPolicy(peer.id, {})
    await scene.chatterUntil(bothBy('datagram'), minutes(2))
  })

  test('denied under traffic, it is left at once', async () => {
    const { scene, a, b, bothBy } = await pair(222)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    a.core.setPolicy(b.id, { deny: ['datagram'] })
    await scene.chatterUntil(() => a.leavesBy(b) === 'stream', seconds(5))
    await scene.chatter(seconds(20))
    expect([a.leavesBy(b), b.leavesBy(a)]).toEqual(['stream', 'datagram'])
  })

  test('what is preferred goes before what is cheaper, and what is cheaper when it dies', async () => {
    const { scene, world, a, b, bothBy } = await pair(223)
    a.core.setPolicy(b.id, { prefer: ['stream'] })
    b.core.setPolicy(a.id, { prefer: ['stream'] })
    await scene.chatterUntil(bothBy('stream'), seconds(20))
    await scene.chatter(seconds(20))
    expect(bothBy('stream')()).toBe(true)
    expect(explained(a, b).decision?.rule).toBe('policy')
    world.shape({ from: a.host, to: b.host, by: 'stream' }, { isBlocked: true })
    await scene.chatterUntil(bothBy('datagram'), seconds(30))
  })

  test('nothing but what is pinned carries data: without it everything waits, and leaves when it can', async () => {
    const { scene, world, a, b, talks, bothBy } = await pair(224)
    a.core.setPolicy(b.id, { pin: ['stream'] })
    b.core.setPolicy(a.id, { pin: ['stream'] })
    await scene.chatterUntil(bothBy('stream'), seconds(20))
    const cut = world.shape({ from: a.host, to: b.host, by: 'stream' }, { isBlocked: true })
    await scene.chatterUntil(() => a.leavesBy(b) === null, seconds(60))
    const arrived = talks[0].arrived.size
    scene.say(talks[0])
    await world.pass(seconds(10))
    expect(talks[0].arrived.size).toBe(arrived)
    cut[Symbol.dispose]()
    await world.until(() => talks[0].arrived.has(talks[0].sent - 1), minutes(3))
    expect(talks[0].arrived.get(talks[0].sent - 1)?.by).toBe('stream')
  })

  test('a pin that leaves nothing is refused', async () => {
    const { a, b } = await pair(225)
    for (const policy of [{ pin: [] }, { pin: ['stream'], deny: ['stream', 'datagram'] }])
      expect(() => a.core.setPolicy(b.id, policy)).toThrow(expect.objectContaining({ code: 'ERR_POLICY' }))
  })
})
