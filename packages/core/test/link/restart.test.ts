import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/index.js'
import { CHAT, LinkWorld, text } from './link-world.js'

for (const who of ['a', 'b'] as const) {
  for (const keeps of [true, false]) {
    test(`4/restart: ${who} restarts ${keeps ? 'with' : 'without'} its state, and the link comes back by itself`, async () => {
      const world = new LinkWorld(8)
      const store = createMemoryStore()
      const has = { datagram: 'both', letter: 'both' } as const
      const a = await world.node({ has, core: { store: createMemoryStore() } })
      const b = await world.node({ has, core: { store: createMemoryStore() } })
      const [restarted, other] = who === 'a' ? [a, b] : [b, a]
      world.introduce(a, b)
      world.introduce(b, a)
      a.link(b).send(CHAT, text('first'))
      await world.until(() => a.link(b).state === 'up' && b.link(a).state === 'up')
      const again = await world.restart(restarted, keeps ? undefined : { store })
      if (!keeps) world.introduce(again, other)
      // The other one knows nothing of it yet, and goes on.
      other.link(again).send(CHAT, text('lost, for it has no key'))
      await world.pass(5_000)
      other.link(again).send(CHAT, text('heard'))
      await world.until(() => again.heard.some((line) => line.startsWith('heard')))
      again.link(other).send(CHAT, text('and back'))
      await world.until(() => other.heard.some((line) => line.startsWith('and back')))
    })
  }
}

test('4/replay: a first message that was taken is not taken again, also after a restart with its state', async () => {
  const world = new LinkWorld(9)
  const has = { datagram: 'both' } as const
  const [a, b] = [await world.node({ has }), await world.node({ has, core: { store: createMemoryStore() } })]
  const recorded: { from: string; to: string; bytes: Uint8Array }[] = []
  world.drop = (packet) => {
    recorded.push({ ...packet, bytes: packet.bytes.slice() })
    return false
  }
  world.introduce(a, b)
  a.link(b).send(CHAT, text('once'))
  await world.until(() => b.heard.length === 1)
  const first = recorded.find(({ from }) => from.startsWith(a.name))!
  const replay = (): void => world.network.send(first.from, first.to, first.bytes.slice(), { inOrder: false })
  replay()
  await world.pass(200)
  expect(b.heard).toHaveLength(1)
  await a.core.close()
  const again = await world.restart(b)
  replay()
  await world.pass(200)
  expect(again.heard).toEqual([])
  expect(again.core.counters()['dropped.in.replayed']).toBe(1)
})

test('4/mail: what was under way in mail opens after a restart with its state, and only once', async () => {
  const world = new LinkWorld(10)
  const has = { letter: 'both' } as const
  const store = { store: createMemoryStore() }
  const [a, b] = [await world.node({ has }), await world.node({ has, core: store })]
  const recorded: { from: string; to: string; bytes: Uint8Array }[] = []
  world.introduce(a, b)
  world.introduce(b, a)
  void a.link(b).ready()
  await world.until(() => a.link(b).state === 'up' && b.link(a).state === 'up')
  await world.pass(1_000)
  world.drop = (packet) => {
    recorded.push({ ...packet, bytes: packet.bytes.slice() })
    return true
  }
  a.link(b).send(CHAT, text('late'))
  await world.pass(100)
  world.drop = () => false
  const again = await world.restart(b)
  const mail = recorded.find(({ to }) => to.startsWith(b.name))!
  for (let times = 0; times < 2; times += 1) {
    world.network.send(mail.from, mail.to, mail.bytes.slice(), { inOrder: false })
    await world.pass(100)
  }
  expect(again.heard).toEqual(['late (letter)'])
  expect(again.core.counters()['dropped.in.replayed']).toBe(1)
})
