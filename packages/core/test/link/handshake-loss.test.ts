import { describe, expect, test } from 'vitest'
import { CHAT, LinkWorld, text, type WorldNode } from './link-world.js'

/** A world in which the n-th packet from one node to the other is lost, whatever it is. */
async function losing(from: 0 | 1, nth: number): Promise<{ world: LinkWorld; a: WorldNode; b: WorldNode }> {
  const world = new LinkWorld(7)
  const a = await world.node({ has: { datagram: 'both' } })
  const b = await world.node({ has: { datagram: 'both' } })
  const sender = [a, b][from]!
  const seen: string[] = []
  world.drop = (line) => {
    if (!line.from.startsWith(`${sender.name}-`)) return false
    seen.push(line.from)
    return seen.length === nth
  }
  world.introduce(a, b)
  return { world, a, b }
}

describe('4/drop matrix: whichever packet of a handshake is lost, the link comes up and carries both ways', () => {
  for (const [name, from] of [
    ['the initiator', 0],
    ['the responder', 1],
  ] as const) {
    for (const nth of [1, 2, 3, 4]) {
      test(`the ${nth}. of ${name}`, async () => {
        const { world, a, b } = await losing(from, nth)
        void a.link(b).ready()
        await world.until(() => a.link(b).state === 'up' && b.link(a).state === 'up', 20_000)
        a.link(b).send(CHAT, text('there'))
        b.link(a).send(CHAT, text('back'))
        // The very frame may be the one that is lost: nothing is sent twice.
        await world.pass(100)
        a.link(b).send(CHAT, text('there'))
        b.link(a).send(CHAT, text('back'))
        await world.until(() => a.heard.includes('back (datagram)') && b.heard.includes('there (datagram)'))
      })
    }
  }
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  '4/loss: with four of ten packets lost the link still comes up (seed %i)',
  async (seed) => {
    const world = new LinkWorld(seed)
    const [a, b] = [await world.node({ has: { datagram: 'both' } }), await world.node({ has: { datagram: 'both' } })]
    const chance = world.random.fork()
    world.drop = () => chance.chance(0.4)
    world.introduce(a, b)
    await world.settled(a.link(b).ready(), 120_000)
    a.link(b).send(CHAT, text('again'))
    await world.until(() => {
      a.link(b).send(CHAT, text('again'))
      return b.heard.length > 0
    })
  },
)

test('4/determinism: three runs of one seed give one trace, and another seed another', async () => {
  const traceOf = async (seed: number): Promise<string> => {
    const world = new LinkWorld(seed, 2, { jitterMs: 5, lossChance: 0.1 })
    const [a, b] = [await world.node({ has: { datagram: 'both' } }), await world.node({ has: { datagram: 'both' } })]
    world.introduce(a, b)
    for (let count = 0; count < 20; count += 1) a.link(b).send(CHAT, text(`message ${count}`))
    await world.pass(5_000)
    for (let count = 0; count < 20; count += 1) b.link(a).send(CHAT, text(`answer ${count}`))
    await world.pass(5_000)
    return world.trace.join('\n')
  }
  const first = await traceOf(3)
  expect(await traceOf(3)).toBe(first)
  expect(await traceOf(3)).toBe(first)
  expect(await traceOf(4)).not.toBe(first)
})
