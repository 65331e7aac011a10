/** Machines that move, sleep and lose their cable; boxes that forget; networks that part and meet again (DESIGN section 4). */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../src/index.js'
import { hours, lastBy, longestGapMs, minutes, Scene, seconds, uncounted } from './scene.js'

const FAST = { has: { datagram: 'both', stream: 'both' } } as const
const ALL = { has: { datagram: 'both', stream: 'both', letter: 'both' } } as const

async function pair(seed: number, of: typeof FAST | typeof ALL = FAST) {
  const scene = new Scene(seed)
  const [a, b] = [await scene.actor('anna', of), await scene.actor('ben', of)]
  scene.introduce(a, b)
  const talks = [scene.talk(a, b), scene.talk(b, a)] as const
  const bothBy = (style: string) => (): boolean => a.leavesBy(b) === style && b.leavesBy(a) === style
  return { scene, world: scene.world, a, b, talks, bothBy }
}

describe('4/roaming', () => {
  test('one moves every minute under traffic: the other is told, and both go on within seconds', async () => {
    const { scene, world, a, b, talks, bothBy } = await pair(301)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    for (let minute = 0; minute < 12; minute += 1) {
      a.host.move()
      await scene.chatter(minutes(1), { everyMs: 400 })
      expect(bothBy('datagram')(), `minute ${minute}\n${scene.describe()}`).toBe(true)
    }
    await world.pass(seconds(10))
    for (const talk of talks) {
      expect(longestGapMs(talk)).toBeLessThan(seconds(4))
      expect(talk.arrived.size).toBeGreaterThan(0.97 * talk.sent)
      expect(uncounted(talk)).toBeLessThanOrEqual(0)
    }
    // The book of the other has what is true now, and not every place of the past.
    const places = b.core.explain(a.id).addresses.filter(({ transport }) => transport === 'datagram')
    expect(places.length).toBeLessThanOrEqual(2)
  })

  test('both move at once, again and again: the new addresses cross each other, and mail brings them together', async () => {
    const { scene, world, a, b, talks, bothBy } = await pair(302, ALL)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    for (let round = 0; round < 4; round += 1) {
      a.host.move()
      b.host.move()
      await scene.chatterUntil(bothBy('datagram'), minutes(4), { everyMs: 500 })
      await scene.chatter(seconds(20))
    }
    await world.pass(minutes(2))
    for (const talk of talks) expect(uncounted(talk)).toBeLessThanOrEqual(0)
  })

  test('from the open into a box and out again: the direction that nobody can dial any more goes on', async () => {
    const { scene, world, a, b, bothBy } = await pair(303)
    const box = world.nat('box', { kind: 'symmetric' })
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    a.host.move({ behind: box })
    await scene.chatterUntil(bothBy('datagram'), seconds(30), { everyMs: 200 })
    await scene.chatter(minutes(3), { everyMs: 500 })
    expect(bothBy('datagram')()).toBe(true)
    a.host.move({ behind: null })
    await scene.chatterUntil(bothBy('datagram'), seconds(30), { everyMs: 200 })
    await scene.chatter(seconds(20))
    expect([a.leavesBy(b), b.leavesBy(a)]).toEqual(['datagram', 'datagram'])
  })
})

describe('4/boxes', () => {
  test.each(['full-cone', 'address-restricted', 'port-restricted', 'symmetric'] as const)(
    'behind a %s box and silent for an hour: the first word of either side arrives',
    async (kind) => {
      const scene = new Scene(311)
      const box = scene.world.nat('box', { kind })
      const a = await scene.actor('anna', FAST)
      const b = await scene.actor('ben', { ...FAST, behind: box })
      b.core.addCard(a.core.card())
      const talks = [scene.talk(b, a), scene.talk(a, b)] as const
      await scene.chatterUntil(() => talks[1].arrived.size > 0, seconds(10))
      await scene.chatter(seconds(5))
      await scene.world.pass(hours(1))
      for (const talk of talks) {
        const number = talk.sent
        scene.say(talk)
        await scene.world.until(() => talk.arrived.has(number), seconds(5))
      }
    },
  )

  test('a box that is switched off and on forgets everybody: those inside are back within seconds', async () => {
    const scene = new Scene(312)
    const box = scene.world.nat('box', { kind: 'port-restricted' })
    const a = await scene.actor('anna', FAST)
    const b = await scene.actor('ben', { ...FAST, behind: box })
    b.core.addCard(a.core.card())
    const talks = [scene.talk(b, a), scene.talk(a, b)] as const
    await scene.chatterUntil(() => talks[1].arrived.size > 0, seconds(10))
    for (let round = 0; round < 5; round += 1) {
      box.reset()
      const number = talks[1].sent
      await scene.chatterUntil(() => [...talks[1].arrived.keys()].some((one) => one > number), seconds(15))
      await scene.chatter(seconds(20))
    }
    for (const talk of talks) expect(longestGapMs(talk)).toBeLessThan(seconds(10))
  })
})

describe('4/sleep', () => {
  test('a lid that was closed for eight hours: after it opens both hear each other within seconds', async () => {
    const { scene, world, a, talks, bothBy } = await pair(321, ALL)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    a.host.suspend()
    await world.pass(hours(8))
    a.host.resume()
    const before = talks.map(({ sent }) => sent)
    const heard = (): boolean => talks.every(({ arrived }, at) => [...arrived.keys()].some((one) => one > before[at]!))
    const tookMs = await scene.chatterUntil(heard, seconds(30))
    expect(tookMs).toBeLessThan(seconds(10))
    await scene.chatterUntil(bothBy('datagram'), seconds(90))
  })

  test('while one sleeps the other falls back to mail, which waits, and is read when the lid opens', async () => {
    const { scene, world, a, b, talks, bothBy } = await pair(322, ALL)
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    await scene.chatter(seconds(60))
    a.host.suspend()
    await scene.chatterUntil(() => b.leavesBy(a) === 'letter', seconds(40))
    const number = talks[1].sent
    scene.say(talks[1])
    await world.pass(hours(2))
    a.host.resume()
    await world.until(() => talks[1].arrived.has(number), minutes(2))
    expect(talks[1].arrived.get(number)?.by).toBe('letter')
  })

  test('a cable that is pulled and put back, and a process that restarts from its store, without its cards', async () => {
    const scene = new Scene(323)
    const stores = [createMemoryStore(), createMemoryStore()] as const
    const a = await scene.actor('anna', { ...FAST, core: { store: stores[0] } })
    const b = await scene.actor('ben', { ...FAST, core: { store: stores[1] } })
    scene.introduce(a, b)
    const talks = [scene.talk(a, b), scene.talk(b, a)] as const
    const bothBy = (style: string) => (): boolean => a.leavesBy(b) === style && b.leavesBy(a) === style
    await scene.chatterUntil(bothBy('datagram'), seconds(5))
    a.host.disconnect()
    await scene.chatter(seconds(45), { everyMs: 500 })
    a.host.connect()
    await scene.chatterUntil(bothBy('datagram'), seconds(90))
    await scene.chatter(seconds(5))
    await a.core.close()
    await scene.open(a)
    await scene.chatterUntil(bothBy('datagram'), seconds(30))
    await scene.chatter(seconds(5))
    expect(talks.map((talk) => lastBy(talk))).toEqual([['datagram'], ['datagram']])
  })
})

describe('4/partition', () => {
  test('two halves of six part for ten minutes and meet again: every pair is back within two minutes', async () => {
    const scene = new Scene(331)
    const { world } = scene
    const actors = await Promise.all(Array.from({ length: 6 }, (_, at) => scene.actor(`n${at}`, FAST)))
    for (const a of actors) for (const b of actors) if (a.name < b.name) scene.introduce(a, b)
    for (const a of actors) for (const b of actors) if (a !== b) scene.talk(a, b)
    const isUp = (): boolean => scene.talks.every(({ from, to }) => from.leavesBy(to) === 'datagram')
    await scene.chatterUntil(isUp, minutes(2), { everyMs: 1_000 })
    const halves = [actors.slice(0, 3), actors.slice(3)].map((half) => half.map(({ host }) => host))
    const parted = world.partition(halves)
    await scene.chatter(minutes(10), { everyMs: 5_000 })
    parted[Symbol.dispose]()
    const tookMs = await scene.chatterUntil(isUp, minutes(61), { everyMs: 1_000 })
    expect(tookMs).toBeLessThan(minutes(2))
  })
})
