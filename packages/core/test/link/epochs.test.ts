import { expect, test } from 'vitest'
import { CHAT, LinkWorld, text, type WorldPacket } from './link-world.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** `npm run soak` has the million. */
const FRAMES = process.env.POSTERN_SOAK === undefined ? 20_000 : 1_000_000
const SOAK_TIMEOUT_MS = 1_800_000
const FULL_FRAME = new Uint8Array(1_360)

test('4/rekey: under loss, disorder and use, epochs change and nothing that arrives is refused', async () => {
  const world = new LinkWorld(31, 2, { jitterMs: 30, lossChance: 0.1 })
  const [a, b] = [await world.node({ has: { datagram: 'both' } }), await world.node({ has: { datagram: 'both' } })]
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  let firstMessages = 0
  world.drop = ({ bytes }) => {
    if (bytes[42 + 3] === 4 && bytes[5] === 0) firstMessages += 1 // the type of a clear message, behind the simulated header
    return false
  }
  for (let minute = 0; minute < 60; minute += 1) {
    // Each in a frame of its own: what is sent in one tick is lost or arrives together.
    for (let count = 0; count < 10; count += 1) {
      a.link(b).send(CHAT, text(`${minute}`))
      b.link(a).send(CHAT, text(`${minute}`))
      await world.pass(100)
    }
    await world.pass(MINUTE_MS - 1_000)
  }
  expect(firstMessages).toBeGreaterThanOrEqual(5)
  expect(firstMessages).toBeLessThanOrEqual(40)
  for (const node of [a, b]) {
    expect(node.heard.length).toBeGreaterThan(500)
    expect(node.heard.at(-1)).toContain('59')
    const { 'dropped.in.unknown-index': unknown = 0, 'dropped.in.forged': forged = 0 } = node.core.counters()
    expect([unknown, forged]).toEqual([0, 0])
  }
})

test(
  '4/late mail: a mail of an earlier epoch opens after very many datagrams and a new epoch',
  async () => {
    const world = new LinkWorld(32, 0)
    const has = { datagram: 'both', letter: 'both' } as const
    const [a, b] = [await world.node({ has }), await world.node({ has })]
    // No datagram gets through: they meet by mail.
    const mails: WorldPacket[] = []
    world.drop = ({ from }) => from.endsWith('-datagram')
    world.introduce(a, b)
    await world.settled(a.link(b).ready())
    await world.pass(1_000)
    world.drop = (packet) => {
      if (packet.from.endsWith('-letter')) mails.push({ ...packet, bytes: packet.bytes.slice() })
      return true
    }
    a.link(b).send(CHAT, text('late'))
    await world.pass(100)
    // Now they do, and the epoch is old.
    world.drop = () => false
    await world.pass(2 * HOUR_MS)
    a.link(b).send(CHAT, text('a new epoch'))
    await world.pass(5_000)
    b.heard.length = 0
    for (let round = 0; round < FRAMES / 100; round += 1) {
      for (let count = 0; count < 100; count += 1) a.link(b).send(CHAT, FULL_FRAME)
      await world.pass(1)
    }
    expect(b.heard.every((line) => line.endsWith('(datagram)'))).toBe(true)
    for (const { from, to, bytes } of mails) world.network.send(from, to, bytes, { inOrder: false })
    await world.pass(1_000)
    expect(b.heard.at(-1)).toBe('late (letter)')
  },
  SOAK_TIMEOUT_MS,
)

test('4/mail for days: a link over mail alone changes its epochs and hands on every mail, however late', async () => {
  const world = new LinkWorld(33)
  const [a, b] = [await world.node({ has: { letter: 'both' } }), await world.node({ has: { letter: 'both' } })]
  const chance = world.random.fork()
  world.delay = () => chance.below(5) * HOUR_MS
  world.introduce(a, b)
  world.introduce(b, a)
  a.link(b).send(CHAT, text('day 0'))
  for (let day = 1; day <= 14; day += 1) {
    await world.pass(DAY_MS)
    a.link(b).send(CHAT, text(`day ${day}`))
    b.link(a).send(CHAT, text(`day ${day}`))
  }
  await world.pass(2 * DAY_MS)
  for (let day = 1; day <= 14; day += 1) {
    expect(
      b.heard.some((line) => line.startsWith(`day ${day} `)),
      `b hears of day ${day}`,
    ).toBe(true)
    expect(
      a.heard.some((line) => line.startsWith(`day ${day} `)),
      `a hears of day ${day}`,
    ).toBe(true)
  }
}, 60_000)

test('3/link key: it changes weekly, and a card of the week before still leads to a link', async () => {
  const world = new LinkWorld(34)
  const has = { datagram: 'both', letter: 'both' } as const
  const b = await world.node({ has })
  const old = b.core.card({ validMs: 30 * DAY_MS })
  await world.pass(8 * DAY_MS)
  const fresh = b.core.card()
  expect(fresh.slice(0, 200)).not.toBe(old.slice(0, 200))
  const a = await world.node({ has })
  a.core.addCard(old)
  a.link(b).send(CHAT, text('by an old card'))
  await world.until(() => b.heard.length === 1)
})

test('4/fragments: 65 535 octets pass both ways over paths that carry 1 400', async () => {
  const world = new LinkWorld(35, 2, { jitterMs: 20 })
  const [a, b] = [await world.node({ has: { datagram: 'both' } }), await world.node({ has: { datagram: 'both' } })]
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  const body = world.random.bytes(65_535)
  a.link(b).send(CHAT, body)
  await world.until(() => b.received.length === 1)
  b.link(a).send(CHAT, body)
  await world.until(() => a.received.length === 1)
  expect(Buffer.compare(b.received[0]!.body, body)).toBe(0)
  expect(Buffer.compare(a.received[0]!.body, body)).toBe(0)
})
