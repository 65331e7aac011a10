/** States that a link could stay in for ever, or in which messages could go lost without a word: it leaves them by itself. */
import { encodeCard, signHelo } from '@postern/helo'
import type { InitTransport, Transport } from '@postern/transport-api'
import { type SimStyle, simTransport } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { importIdentity } from '../../src/index.js'
import type { PeerLink } from '../../src/link/link.js'
import { CHAT, LinkWorld, text, type WorldNode } from './link-world.js'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const datagram = { datagram: 'both' } as const
const stream = { stream: 'both' } as const
const letter = { letter: 'both' } as const

/** From now on what `moved` sends has another source, and only that one leads to it. */
function move(world: LinkWorld, moved: WorldNode, other: WorldNode): void {
  const [before, there, now] = [`${moved.name}-datagram`, `${other.name}-datagram`, `${moved.name}-moved`]
  let isPassingOn = false
  const passOn = (from: string, to: string, bytes: Uint8Array): void => {
    isPassingOn = true
    world.network.send(from, to, bytes.slice(), { inOrder: false })
    isPassingOn = false
  }
  world.network.attach(now, { deliver: (_from, bytes) => passOn(there, before, bytes) })
  world.drop = ({ from, to, bytes }) => {
    if (isPassingOn) return false
    const isOut = from === before && to === there
    if (isOut) passOn(now, there, bytes)
    return isOut || (from === there && to === before)
  }
}

/** Both write every second. */
async function talk(world: LinkWorld, a: WorldNode, b: WorldNode, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    a.link(b).send(CHAT, text('there'))
    b.link(a).send(CHAT, text('back'))
    await world.pass(1_000)
  }
}

/** How many each of them hears of what both write in so many seconds. */
async function heardIn(world: LinkWorld, a: WorldNode, b: WorldNode, seconds: number): Promise<[number, number]> {
  const [before, beforeToo] = [a.heard.length, b.heard.length]
  await talk(world, a, b, seconds)
  return [a.heard.length - before, b.heard.length - beforeToo]
}

describe('4/dial', () => {
  test('what was to go with a dial that was refused leaves as soon as somebody answers', async () => {
    const world = new LinkWorld(81)
    const [a, b] = [await world.node({ has: stream }), await world.node({ has: stream })]
    world.introduce(a, b)
    world.drop = () => true
    expect(a.link(b).send(CHAT, text('patience'))).toBe(true)
    await world.pass(MINUTE_MS)
    world.drop = () => false
    await world.until(() => b.heard.length > 0, 2 * MINUTE_MS)
    expect(b.heard).toEqual(['patience (stream, early)'])
  })

  test('an address that refuses at once does not keep the next one from its turn', async () => {
    const world = new LinkWorld(82)
    const [a, b] = [await world.node({ has: stream }), await world.node({ has: stream })]
    const refusing = await world.node({ has: { stream: 'out' } })
    const { helos } = world.helosOf(b)
    const [real] = helos as [(typeof helos)[number]]
    const { linkKey, protocol, mtu, sequence, expiration } = real
    const senderAddress = text(`${refusing.name}-stream`)
    const dead = signHelo(
      importIdentity(world.identityOf(b)),
      linkKey,
      { protocol, mtu, senderAddressSize: senderAddress.byteLength, senderAddress },
      { maxLatencyMs: 10_000, gossip: false, withdrawn: false, sequence: sequence + 1, expiration },
    )
    a.core.addCard(encodeCard([dead, real]))
    await world.settled(a.link(b).ready(), MINUTE_MS)
  })

  test('what was sent before there was a card leaves when there is one', async () => {
    const world = new LinkWorld(83)
    const [a, b] = [await world.node({ has: datagram }), await world.node({ has: datagram })]
    a.link(b).send(CHAT, text('to whom it may concern'))
    await world.pass(1_000)
    world.introduce(a, b)
    await world.until(() => b.heard.length > 0, 1_000)
    expect(b.heard).toEqual(['to whom it may concern (datagram, early)'])
  })
})

describe('4/move', () => {
  test('of a peer that came to us: both go on within seconds, and after a new epoch', async () => {
    const world = new LinkWorld(84)
    const [a, b] = [await world.node({ has: { datagram: 'out' } }), await world.node({ has: datagram })]
    world.introduce(a, b)
    await talk(world, a, b, 3)
    move(world, a, b)
    await talk(world, a, b, 10)
    expect(await heardIn(world, a, b, 10)).toEqual([10, 10])
    await world.pass(11 * MINUTE_MS)
    await talk(world, a, b, 10)
    expect(await heardIn(world, a, b, 10)).toEqual([10, 10])
  })

  test('of a peer that we dialled: both go on within half a minute, and after a new epoch', async () => {
    const world = new LinkWorld(85)
    const [a, b] = [await world.node({ has: datagram }), await world.node({ has: datagram })]
    world.introduce(b, a)
    b.link(a).send(CHAT, text('it is b who dials'))
    await world.until(() => a.heard.length === 1)
    await talk(world, a, b, 3)
    move(world, a, b)
    await talk(world, a, b, 30)
    expect(await heardIn(world, a, b, 10)).toEqual([10, 10])
    await world.pass(11 * MINUTE_MS)
    await talk(world, a, b, 30)
    expect(await heardIn(world, a, b, 10)).toEqual([10, 10])
  })
})

test('4/forgotten: a peer that has lost the link and cannot dial us hears us again within twenty seconds', async () => {
  const world = new LinkWorld(86)
  const [a, b] = [await world.node({ has: { datagram: 'out' } }), await world.node({ has: datagram })]
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  await world.pass(500)
  const lost = b.link(a) as PeerLink
  lost.end() // without a word
  await talk(world, a, b, 20)
  expect(b.heard.length).toBeGreaterThan(0)
  expect(await heardIn(world, a, b, 10)).toEqual([10, 10])
})

describe('4/drop matrix by mail: whichever letter of the first is lost, both hear each other in the end', () => {
  for (const [name, from] of [
    ['the initiator', 0],
    ['the responder', 1],
  ] as const) {
    test.each([1, 2, 3])(`number %i of ${name}`, async (nth) => {
      const world = new LinkWorld(87)
      const [a, b] = [await world.node({ has: letter }), await world.node({ has: letter })]
      world.introduce(a, b)
      const sender = [a, b][from]!
      let sent = 0
      world.drop = (packet) => {
        if (!packet.from.startsWith(`${sender.name}-`)) return false
        sent += 1
        return sent === nth
      }
      for (let day = 0; day < 10; day += 1) {
        a.link(b).send(CHAT, text(`day ${day}`))
        b.link(a).send(CHAT, text(`day ${day}`))
        await world.pass(DAY_MS)
      }
      expect([a.heard.at(-1), b.heard.at(-1)]).toEqual(['day 9 (letter)', 'day 9 (letter)'])
    })
  }
})

test('4/mtu: a link comes up over a path that carries 520 octets', async () => {
  const world = new LinkWorld(88)
  const narrow = async (address: string): Promise<WorldNode> => {
    const init = simTransport({ network: world.network, address, style: 'datagram', mtu: 520 })
    return world.node({ has: {}, core: { transports: { datagram: { init } } } })
  }
  const [a, b] = [await narrow('p'), await narrow('q')]
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  b.link(a).send(CHAT, new Uint8Array(5_000))
  await world.until(() => a.received.length === 1)
})

describe('4/transport that breaks its contract', () => {
  /** A node with one transport, whose members a test replaces; `mend` puts them back. */
  async function breakable(world: LinkWorld, style: SimStyle) {
    const made: Transport[] = []
    const init: InitTransport = async (core, env) => {
      const transport = await simTransport({ network: world.network, address: `w-${style}`, style })(core, env)
      if (transport !== null) made.push(transport)
      return transport
    }
    const node = await world.node({ has: {}, core: { transports: { [style]: { init } } } })
    const [transport] = made as [Transport]
    const spoil = (members: Partial<Transport>): void => void Object.assign(transport, members)
    const mend = (...names: readonly (keyof Transport)[]): void => {
      for (const name of names) Reflect.deleteProperty(transport, name)
    }
    return { node, spoil, mend }
  }
  const broken = (): never => {
    throw new Error('its contract forbids it')
  }

  test('a session that cannot be held is given up, and another one is dialled', async () => {
    const world = new LinkWorld(89)
    const { node: a, spoil, mend } = await breakable(world, 'stream')
    const b = await world.node({ has: stream })
    world.introduce(a, b)
    await world.settled(a.link(b).ready())
    await world.pass(200)
    spoil({ send: () => false, associate: broken })
    a.link(b).send(CHAT, text('into the void'))
    await world.pass(100)
    expect(a.core.counters()['links.dropped.out.path-refused']).toBe(1)
    mend('send', 'associate')
    a.link(b).send(CHAT, text('and on'))
    await world.until(() => b.heard.length > 0)
    expect(b.heard[0]).toContain('and on')
  })

  test('an address that it throws at is not used, and is when it does no longer', async () => {
    const world = new LinkWorld(90)
    const { node: a, spoil, mend } = await breakable(world, 'stream')
    const b = await world.node({ has: stream })
    world.introduce(a, b)
    spoil({ verifyHelo: broken })
    expect(a.link(b).send(CHAT, text('later'))).toBe(true)
    await world.pass(100)
    expect(b.heard).toEqual([])
    mend('verifyHelo')
    a.link(b).send(CHAT, text('now'))
    await world.until(() => b.heard.length === 2)
  })
})
