import { expect, test } from 'vitest'
import { CHAT, LinkWorld, text } from './link-world.js'

test('4/link: what is sent before there is a link arrives with the first message, one way later', async () => {
  const world = new LinkWorld()
  const [a, b] = [await world.node({ has: { datagram: 'both' } }), await world.node({ has: { datagram: 'both' } })]
  world.introduce(a, b)
  expect(a.link(b).send(CHAT, text('hello'))).toBe(true)
  await world.until(() => b.heard.length > 0)
  expect(b.heard).toEqual(['hello (datagram, early)'])
  expect(b.received[0]).toMatchObject({ peer: a.core.nodeId, proven: true, early: true })
  expect(world.clock.monotonic()).toBe(2)
})

test('4/link: ready takes one round trip, and then both sides talk', async () => {
  const world = new LinkWorld()
  const [a, b] = [await world.node({ has: { datagram: 'both' } }), await world.node({ has: { datagram: 'both' } })]
  world.introduce(a, b)
  let isReady = false
  void a
    .link(b)
    .ready()
    .then(() => {
      isReady = true
    })
  await world.until(() => isReady)
  expect(world.clock.monotonic()).toBe(4)
  expect(a.link(b).state).toBe('up')
  a.link(b).send(CHAT, text('one'))
  await world.until(() => b.heard.length > 0)
  expect(b.heard).toEqual(['one (datagram)'])
  expect(world.clock.monotonic()).toBe(6)
  expect(b.link(a).state).toBe('up')
  b.link(a).send(CHAT, text('two'))
  await world.until(() => a.heard.length > 0)
  expect(a.heard).toEqual(['two (datagram)'])
})

test('4/link: one round trip over two different transports: there by letter, back by stream', async () => {
  const world = new LinkWorld()
  const a = await world.node({ has: { letter: 'out', stream: 'both' } })
  const b = await world.node({ has: { letter: 'both', stream: 'out' } })
  world.introduce(a, b)
  a.link(b).send(CHAT, text('by mail'))
  await world.until(() => a.link(b).state === 'up')
  expect(b.heard).toEqual(['by mail (letter, early)'])
  a.link(b).send(CHAT, text('by stream'))
  b.link(a).send(CHAT, text('and back'))
  await world.until(() => b.heard.length === 2 && a.heard.length === 1)
  expect(b.heard[1]).toBe('by stream (stream)')
  expect(a.heard).toEqual(['and back (stream)'])
})
