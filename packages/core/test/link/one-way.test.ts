import { describe, expect, test } from 'vitest'
import { CHAT, LinkWorld, text, type WorldNode } from './link-world.js'

/** b hears a, and nothing that b sends arrives anywhere. */
async function oneWay(has: 'letter' | 'datagram'): Promise<{ world: LinkWorld; a: WorldNode; b: WorldNode }> {
  const world = new LinkWorld(51)
  const [a, b] = [await world.node({ has: { [has]: 'both' } }), await world.node({ has: { [has]: 'both' } })]
  world.drop = ({ from }) => from.startsWith(b.name)
  return { world, a, b }
}

async function sendEvery(ms: number, times: number, world: LinkWorld, a: WorldNode, b: WorldNode): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    a.link(b).send(CHAT, text(`${count}`))
    await world.pass(ms)
  }
}

describe('4/one-way', () => {
  test.each(['letter', 'datagram'] as const)(
    'a peer that is pinned hears everything, by %s, in first messages alone',
    async (has) => {
      const { world, a, b } = await oneWay(has)
      a.core.addCard(b.core.card(), { oneWay: { messagesPerMinute: 60 } })
      await sendEvery(5_000, 20, world, a, b)
      await world.pass(60_000)
      const heard = b.heard.map((line) => Number(line.split(' ')[0])).sort((x, y) => x - y)
      expect(heard).toEqual(Array.from({ length: 20 }, (_, at) => at))
      expect(b.heard.every((line) => line.endsWith('early)'))).toBe(true)
    },
  )

  test('one that is not gets one mail an hour, then one after twice as long', async () => {
    const { world, a, b } = await oneWay('letter')
    world.introduce(a, b)
    let mails = 0
    world.drop = ({ from }) => {
      if (from.startsWith(a.name)) mails += 1
      return from.startsWith(b.name)
    }
    await sendEvery(60_000, 59, world, a, b)
    expect(mails).toBe(1)
  })

  test('the rate of a pinned one is kept: what waits leaves together', async () => {
    const { world, a, b } = await oneWay('letter')
    a.core.addCard(b.core.card(), { oneWay: { messagesPerMinute: 1 } })
    let mails = 0
    world.drop = ({ from }) => {
      if (from.startsWith(a.name)) mails += 1
      return from.startsWith(b.name)
    }
    await sendEvery(1_000, 300, world, a, b)
    expect(mails).toBeLessThanOrEqual(6)
    expect(mails).toBeGreaterThanOrEqual(4)
    await world.pass(180_000)
    expect(b.heard).toHaveLength(300)
  })

  test('a rate that cannot be is refused', async () => {
    const { a, b } = await oneWay('letter')
    const card = b.core.card()
    for (const messagesPerMinute of [0, -1, 601, Number.NaN])
      expect(() => a.core.addCard(card, { oneWay: { messagesPerMinute } })).toThrow(RangeError)
    expect(a.core.explain(b.core.nodeId).addresses, 'nothing was added').toEqual([])
  })
})
