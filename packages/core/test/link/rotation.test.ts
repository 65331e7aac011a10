/** What changes of link keys and of epochs do to links, over days (DESIGN sections 3 and 4). */
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/index.js'
import type { PeerLink } from '../../src/link/link.js'
import { CHAT, LinkWorld, text } from './link-world.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const datagram = { datagram: 'both' } as const
const letter = { letter: 'both' } as const

test('3/rotation: by a card of the week before, the link comes up', async () => {
  const world = new LinkWorld(71)
  const b = await world.node({ has: { datagram: 'both', letter: 'both' } })
  const old = b.core.card({ validMs: 30 * DAY_MS })
  const linkKey = (): Uint8Array => world.helosOf(b).helos[0]!.linkKey
  const before = linkKey()
  await world.pass(8 * DAY_MS)
  expect(linkKey()).not.toEqual(before)
  const a = await world.node({ has: datagram })
  a.core.addCard(old)
  await world.settled(a.link(b).ready())
  b.link(a).send(CHAT, text('under a new key'))
  await world.until(() => a.heard.length === 1)
})

test('3/rotation: what we say of ourselves has the key that we begin with, also in the hours after it changed', async () => {
  const world = new LinkWorld(72)
  const [a, b] = [await world.node({ has: letter }), await world.node({ has: letter })]
  world.introduce(a, b)
  await world.pass(6.9 * DAY_MS)
  a.link(b).send(CHAT, text('shortly before'))
  await world.until(() => b.heard.length === 1)
  await world.pass(0.2 * DAY_MS)
  const c = await world.node({ has: letter })
  world.introduce(a, c)
  a.link(c).send(CHAT, text('shortly after'))
  await world.pass(MINUTE_MS)
  expect(c.heard).toEqual(['shortly after (letter, early)'])
})

test('3/rotation: a link in use goes on for nine days, and no handshake is refused', async () => {
  const world = new LinkWorld(73)
  const often = { has: datagram, idleMs: HOUR_MS }
  const [a, b] = [await world.node(often), await world.node(often)]
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  const everyMs = 3 * HOUR_MS
  const rounds = (9 * DAY_MS) / everyMs
  for (let round = 0; round < rounds; round += 1) {
    a.link(b).send(CHAT, text('there'))
    b.link(a).send(CHAT, text('back'))
    await world.pass(1_000)
    await world.pass(everyMs - 1_000)
  }
  for (const node of [a, b]) {
    expect(node.heard.length).toBe(rounds)
    expect(node.core.counters()['dropped.in.bad-handshake'] ?? 0).toBe(0)
  }
})

test.each([0, 0.3])('4/epochs: after five hours of use both ways few are kept (loss %d)', async (loss) => {
  const world = new LinkWorld(74)
  const seldom = { has: datagram, idleMs: 10 * MINUTE_MS }
  const [a, b] = [await world.node(seldom), await world.node(seldom)]
  world.introduce(a, b)
  world.introduce(b, a)
  const chance = world.random.fork()
  world.drop = () => chance.chance(loss)
  for (let minute = 0; minute < 300; minute += 5) {
    a.link(b).send(CHAT, text('there'))
    b.link(a).send(CHAT, text('back'))
    await world.pass(5 * MINUTE_MS)
  }
  for (const link of [a.link(b), b.link(a)] as PeerLink[]) expect(link.epochs.size).toBeLessThanOrEqual(4)
})

test('4/replay: what was kept of first messages goes with the key that they were for, also while we were down', async () => {
  const world = new LinkWorld(75)
  const store = createMemoryStore()
  const [a, b] = [await world.node({ has: datagram }), await world.node({ has: datagram, core: { store } })]
  const firsts = async (): Promise<number> => {
    let count = 0
    for await (const { key } of store.load()) if (key.startsWith('first/')) count += 1
    return count
  }
  world.introduce(a, b)
  a.link(b).send(CHAT, text('first'))
  await world.until(() => b.heard.length === 1)
  expect(await firsts()).toBe(1)
  await a.core.close()
  await b.core.close()
  await world.pass(9 * DAY_MS)
  const again = await world.restart(b)
  again.core.card() // with a new key: the old one is not the newest any more
  await world.pass(DAY_MS)
  await world.restart(again)
  await world.pass(MINUTE_MS)
  expect(await firsts()).toBe(0)
})
