import { SimWorld, type SimWorldOptions, STREAM_GIVE_UP_MS } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { SimNode } from './sim-node.js'

async function pair(options: Partial<SimWorldOptions> = {}) {
  const world = new SimWorld({ seed: 1, delayMs: 10, ...options })
  const [anna, bert] = [world.host('anna'), world.host('bert')]
  const [a, b] = [await SimNode.open(world, anna, 'stream'), await SimNode.open(world, bert, 'stream')]
  return { world, anna, bert, a, b, session: await a.dial('bert:stream') }
}

test('tests/world-streams: what cannot pass is sent again after 200, 400, 800 ms, and arrives when it can', async () => {
  const { world, a, b, session } = await pair()
  const startMs = world.clock.monotonic()
  const wall = world.shape({ from: 'anna', to: 'bert' }, { isBlocked: true })
  a.send(session, 1)
  await world.pass(1_000)
  wall[Symbol.dispose]()
  await world.until(() => b.heard.length > 0)
  expect(world.clock.monotonic() - startMs).toBe(200 + 400 + 800 + 10)
  const tries = world.trace.filter((line) => line.endsWith(' blocked')).map((line) => Number.parseFloat(line) - startMs)
  expect(tries).toEqual([0, 200, 600])
  const again = world.shape({ from: 'anna' }, { isHeld: true }) // is the same to a stream
  a.send(session, 2)
  await world.pass(100)
  again[Symbol.dispose]()
  await world.pass(109)
  expect(b.heard).toEqual(['1'])
  await world.pass(1)
  expect(b.heard).toEqual(['1', '2'])
})

test('tests/world-streams: loss costs time, never order and never a message', async () => {
  const { world, a, b, session } = await pair()
  world.shape({}, { lossChance: 0.3, jitterMs: 30 })
  for (let number = 0; number < 100; number += 1) {
    a.send(session, number)
    await world.pass(5)
  }
  await world.pass(STREAM_GIVE_UP_MS)
  expect(b.heard).toEqual(Array.from({ length: 100 }, (_, number) => `${number}`))
  expect(world.trace.filter((line) => line.endsWith(' lost')).length).toBeGreaterThan(10)
  expect(a.ended).toEqual([])
})

test('tests/world-streams: after a minute without anything arriving both ends are told, once, and what waited is gone', async () => {
  const { world, a, b, session } = await pair()
  const wall = world.shape({ from: 'anna', to: 'bert' }, { isBlocked: true })
  a.send(session, 1)
  await world.pass(STREAM_GIVE_UP_MS - 1)
  expect([a.ended, b.ended]).toEqual([[], []])
  await world.pass(1)
  expect([a.ended, b.ended, a.send(session, 2)]).toEqual([['broken'], ['broken'], false])
  wall[Symbol.dispose]()
  await world.pass(STREAM_GIVE_UP_MS)
  expect([a.ended, b.ended, b.heard]).toEqual([['broken'], ['broken'], []])
  expect(world.network.underWayOctets('anna:stream', 'bert:stream')).toBe(0)
})

test('tests/world-streams: a stream that stalls holds up no other one between the same two', async () => {
  const { world, a, b, session } = await pair()
  let isFirst = true
  const tap = world.tap(({ fromHost }) => {
    if (fromHost !== 'anna' || !isFirst) return 'pass'
    isFirst = false
    return 'drop'
  })
  a.send(session, 1)
  await a.sendTo('bert:stream', 2)
  await world.pass(100)
  expect(b.heard).toEqual(['2'])
  await world.pass(200)
  expect(b.heard).toEqual(['2', '1'])
  tap[Symbol.dispose]()
})

test('tests/world-streams: what is in flight to a machine that loses its cable is sent again', async () => {
  const { world, bert, a, b, session } = await pair()
  a.send(session, 1)
  a.send(session, 2)
  await world.pass(5)
  bert.disconnect()
  await world.pass(10)
  a.send(session, 3)
  bert.connect()
  await world.pass(1_000)
  expect(b.heard).toEqual(['1', '2', '3'])
})

test('tests/world-streams: behind what is missing nothing is handed over', async () => {
  const { world, a, b, session } = await pair()
  let number = 0
  world.tap(({ fromHost }) => {
    if (fromHost !== 'anna') return 'pass'
    number += 1
    return number === 2 ? 'drop' : 'pass'
  })
  for (const octet of [1, 2, 3]) a.send(session, octet)
  await world.pass(150)
  expect(b.heard).toEqual(['1'])
  await world.pass(150)
  expect(b.heard).toEqual(['1', '2', '3'])
})

test('tests/world-streams: a machine that starts again dials anew, whatever is left of its old streams', async () => {
  const { world, anna, a, b, session } = await pair()
  const wall = world.shape({ from: 'anna' }, { isBlocked: true })
  a.send(session, 1)
  await a.transport.stopTransportServer()
  wall[Symbol.dispose]()
  const again = await SimNode.open(world, anna, 'stream')
  await again.sendTo('bert:stream', 2)
  await world.pass(STREAM_GIVE_UP_MS)
  expect(b.heard).toEqual(['2'])
})

test('tests/world-streams: what is said while the missing piece is on its way comes after it', async () => {
  const { world, a, b, session } = await pair({ delayMs: 100 })
  const wall = world.shape({ from: 'anna', bothWays: false }, { isBlocked: true })
  a.send(session, 1)
  await world.pass(150)
  wall[Symbol.dispose]()
  await world.pass(100) // sent again, not there yet
  a.send(session, 2)
  await world.pass(60)
  expect(b.heard).toEqual(['1'])
  await world.pass(100)
  expect(b.heard).toEqual(['1', '2'])
})

test('tests/world-streams: one that has ended is not told that it broke', async () => {
  const { world, bert, a, b, session } = await pair()
  a.send(session, 1)
  await world.pass(100)
  await a.transport.disconnect(session)
  await world.pass(100)
  bert.disconnect()
  await world.pass(2 * STREAM_GIVE_UP_MS)
  expect([a.ended, b.ended, world.clock.pending]).toEqual([[], ['closed-by-peer'], 0])
})

test('tests/world-streams: what arrives although something before it did not waits for that', async () => {
  const { world, bert, a, b, session } = await pair()
  a.send(session, 1)
  await world.pass(5)
  a.send(session, 2)
  bert.disconnect()
  await world.pass(7) // the first is lost on arrival
  bert.connect()
  await world.pass(100)
  expect(b.heard).toEqual([])
  await world.pass(200)
  expect(b.heard).toEqual(['1', '2'])
})

test('tests/world-streams: what arrives while something before it is on its way once more waits for that', async () => {
  const { world, bert, a, b, session } = await pair({ delayMs: 300 })
  a.send(session, 1)
  await world.pass(250)
  a.send(session, 2)
  bert.disconnect()
  await world.pass(100) // the first is lost on arrival, at 300, and sent again at 500
  bert.connect()
  await world.pass(440)
  expect(b.heard).toEqual([]) // at 790, the second has arrived at 550
  await world.pass(500)
  expect(b.heard).toEqual(['1', '2'])
})

test('tests/world-streams: nothing is sent again over a stream that the other side has ended', async () => {
  const { world, a, b, session } = await pair()
  a.send(session, 1)
  await world.pass(100)
  world.shape({ from: 'bert', bothWays: false }, { isBlocked: true })
  b.send(b.lastSession, 2)
  await a.transport.disconnect(session)
  await world.pass(20)
  expect([b.ended, world.clock.pending]).toEqual([['closed-by-peer'], 0])
  expect(world.network.underWayOctets('bert:stream', 'anna:stream')).toBe(0)
})

test('tests/world-streams: where a machine is and nobody listens, a dial is refused and a stream breaks at once', async () => {
  const { world, a, b } = await pair()
  await b.transport.stopTransportServer()
  await expect(a.dial('bert:stream')).rejects.toMatchObject({ code: 'ERR_CONNECT_REFUSED' })
  await expect(a.dial('nobody:stream')).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT' })
  expect(a.ended).toEqual(['closed-by-peer'])
  const [c, d] = [await SimNode.open(world, world.host('cleo'), 'stream'), world.host('dora')]
  const gone = await SimNode.open(world, d, 'stream')
  const left = await c.dial('dora:stream')
  const wall = world.shape({ from: d, bothWays: false }, { isBlocked: true })
  await gone.transport.stopTransportServer()
  c.send(left, 1)
  await world.pass(10)
  expect([c.ended, c.send(left, 1)]).toEqual([['broken'], false])
  wall[Symbol.dispose]()
  await world.pass(STREAM_GIVE_UP_MS)
  expect([c.ended, world.clock.pending]).toEqual([['broken'], 0])
})
