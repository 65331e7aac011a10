/** The paper's section 1, and what follows from it: mail first, the other way by what is cheapest, back to mail, and up again. */
import { expect, test } from 'vitest'
import { longestGapMs, Scene, seconds, uncounted } from './scene.js'

const ALL = { has: { datagram: 'both', stream: 'both', letter: 'both' } } as const

test('1/climb: B cannot be dialled; A mails B, B dials A, traffic moves, falls back and climbs; nothing is lost uncounted', async () => {
  const scene = new Scene(101)
  const { world } = scene
  const home = world.nat('home', { kind: 'port-restricted' })
  const anna = await scene.actor('anna', { has: { datagram: 'both', stream: 'both', letter: 'both' } })
  const ben = await scene.actor('ben', { behind: home, has: { datagram: 'both', stream: 'both', letter: 'both' } })
  anna.core.addCard(ben.core.card())
  ben.core.addCard(anna.core.card())
  const [there, back] = [scene.talk(anna, ben), scene.talk(ben, anna)]
  scene.say(there)
  await world.until(() => there.arrived.size > 0, seconds(30))
  expect([...there.arrived.values()][0]?.by).toBe('letter')
  const bothBy = (style: string) => (): boolean => anna.leavesBy(ben) === style && ben.leavesBy(anna) === style
  await scene.chatterUntil(bothBy('datagram'), seconds(10))

  await scene.chatter(seconds(10))

  // UDP falls silent: TCP, for both.
  const silent = world.shape({ from: anna.host, to: ben.host, by: 'datagram' }, { isBlocked: true })
  await scene.chatterUntil(bothBy('stream'), seconds(15))
  await scene.chatter(seconds(10))
  // TCP dies as well: mail.
  const cut = world.shape({ from: anna.host, to: ben.host, by: 'stream' }, { isBlocked: true })
  await scene.chatterUntil(bothBy('letter'), seconds(30))
  await scene.chatter(seconds(10))
  cut[Symbol.dispose]()
  await scene.chatterUntil(bothBy('stream'), seconds(90))
  silent[Symbol.dispose]()
  await scene.chatterUntil(bothBy('datagram'), seconds(90))
  await scene.chatter(seconds(10))
  await world.pass(seconds(60))
  for (const talk of [there, back]) {
    expect(uncounted(talk)).toBeLessThanOrEqual(0)
    // Two ways died: what was under way to them is lost, for some seconds each, and nothing else.
    expect(talk.sent - talk.arrived.size).toBeLessThan(150)
    expect(longestGapMs(talk)).toBeLessThan(seconds(20))
  }
  expect(anna.route(ben)).toEqual(['letter', 'datagram', 'stream', 'letter', 'stream', 'datagram'])
})

test('1/climb: the same seed gives the same world, to the last packet; another one another', async () => {
  const digest = async (seed: number): Promise<string> => {
    const scene = new Scene(seed)
    const [anna, ben] = [await scene.actor('anna', ALL), await scene.actor('ben', ALL)]
    scene.introduce(anna, ben)
    scene.talk(anna, ben)
    scene.talk(ben, anna)
    scene.world.shape({ by: 'datagram' }, { lossChance: 0.1, jitterMs: 20 })
    await scene.chatter(seconds(20))
    return scene.world.traceDigest()
  }
  const first = await digest(7)
  expect(await digest(7)).toBe(first)
  expect(await digest(8)).not.toBe(first)
})
