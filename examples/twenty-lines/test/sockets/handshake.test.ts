/** The first meeting over each transport: what is sent before there is a link arrives with the first message. */
import { expect, test } from 'vitest'
import { CHAT, linked, SocketWorld, text, until } from './socket-world.js'

const LONGEST_MS = 10_000

for (const transport of ['udp', 'tcp', 'smtp'] as const) {
  test(`4/link: over ${transport} the first message carries early data, and then both sides talk`, async (t) => {
    const world = new SocketWorld(t.onTestFinished)
    const [a, b] = [await world.node({ [transport]: 'both' }), await world.node({ [transport]: 'both' })]
    world.introduce(a, b)
    const begunMs = performance.now()
    expect(a.link(b).send(CHAT, text('hello'))).toBe(true)
    await until(() => b.heard.length > 0)
    const heardMs = performance.now() - begunMs
    await a.link(b).ready({ signal: AbortSignal.timeout(LONGEST_MS) })
    const readyMs = performance.now() - begunMs
    expect(b.heard).toEqual([`hello (${transport}, early)`])
    expect(b.received[0]).toMatchObject({ peer: a.core.nodeId, proven: true, early: true })
    await linked(a, b)
    a.link(b).send(CHAT, text('one'))
    b.link(a).send(CHAT, text('two'))
    await until(() => b.heard.length === 2 && a.heard.length === 1)
    expect([b.heard[1], a.heard[0]]).toEqual([`one (${transport})`, `two (${transport})`])
    await t.annotate(`${transport}: heard after ${heardMs.toFixed(1)} ms, link after ${readyMs.toFixed(1)} ms`)
  })
}

test('4/link: over udp a link takes one round trip: one datagram there, one back', async (t) => {
  const world = new SocketWorld(t.onTestFinished)
  const [a, b] = [await world.node({ udp: 'out' }), await world.node({ udp: 'both', gated: true })]
  world.introduce(a, b)
  await a.link(b).ready({ signal: AbortSignal.timeout(LONGEST_MS) })
  expect(b.gate.passed('toClient')).toHaveLength(1)
  expect(b.gate.passed('toTarget')[0]!.datagram[1]).toBe(0) // no frame of a link yet: a first message
})

test('4/link: one round trip over two transports: there by mail, back by tcp, and there they stay', async (t) => {
  const world = new SocketWorld(t.onTestFinished)
  const a = await world.node({ smtp: 'out', tcp: 'both' })
  const b = await world.node({ smtp: 'both', tcp: 'out' })
  world.introduce(a, b)
  const begunMs = performance.now()
  a.link(b).send(CHAT, text('by mail'))
  await a.link(b).ready({ signal: AbortSignal.timeout(LONGEST_MS) })
  const readyMs = performance.now() - begunMs
  expect(b.heard).toEqual(['by mail (smtp, early)'])
  await linked(a, b)
  a.link(b).send(CHAT, text('by tcp'))
  b.link(a).send(CHAT, text('and back'))
  await until(() => b.heard.length === 2 && a.heard.length === 1)
  expect([b.heard[1], a.heard[0]]).toEqual(['by tcp (tcp)', 'and back (tcp)'])
  await t.annotate(`there by mail, back by tcp: link after ${readyMs.toFixed(1)} ms`)
})

test('4/link: there by mail, back by udp: the climb waits for no second mail', async (t) => {
  const world = new SocketWorld(t.onTestFinished)
  const a = await world.node({ smtp: 'out', udp: 'both' })
  const b = await world.node({ smtp: 'both', udp: 'out' })
  world.introduce(a, b)
  a.link(b).send(CHAT, text('by mail'))
  await until(() => {
    world.isMailStuck ||= b.heard.length > 0
    return a.link(b).state === 'up'
  })
  const readyMs = performance.now()
  await linked(a, b)
  const climbedMs = performance.now() - readyMs
  a.link(b).send(CHAT, text('by udp'))
  await until(() => b.heard.includes('by udp (udp)'))
  await t.annotate(`climbed to udp ${climbedMs.toFixed(1)} ms after the link was up`)
})

test('4/link: a peer that can only mail, and is only reached by tcp', async (t) => {
  const world = new SocketWorld(t.onTestFinished)
  const a = await world.node({ smtp: 'out', tcp: 'in' })
  const b = await world.node({ smtp: 'both', tcp: 'out' })
  world.introduce(a, b)
  const begunMs = performance.now()
  a.link(b).send(CHAT, text('by mail'))
  await linked(a, b)
  const upMs = performance.now() - begunMs
  a.link(b).send(CHAT, text('mail again'))
  b.link(a).send(CHAT, text('tcp back'))
  await until(() => b.heard.length === 2 && a.heard.length === 1)
  expect([b.heard, a.heard]).toEqual([['by mail (smtp, early)', 'mail again (smtp)'], ['tcp back (tcp)']])
  await t.annotate(`mail out, tcp in: both sides up after ${upMs.toFixed(1)} ms`)
})
