import { expect, test } from 'vitest'
import { formatExplanation, type NodeId } from '../../src/index.js'
import { CHAT, LinkWorld, text } from './link-world.js'

test('4/explain: it shows every address and path, which one is used, and changes nothing', async () => {
  const world = new LinkWorld(61)
  const has = { datagram: 'both', letter: 'both' } as const
  const [a, b] = [await world.node({ has }), await world.node({ has })]
  const peer = b.core.nodeId
  expect(a.core.explain(peer)).toEqual({
    peer,
    state: 'none',
    decision: null,
    switches: [],
    switchCount: 0,
    policy: {},
    paths: [],
    addresses: [],
    lostMessages: 0,
  })
  world.introduce(a, b)
  const before = a.core.explain(peer)
  expect(before.state).toBe('none')
  expect(before.addresses.map(({ transport, from, validatedUntil }) => [transport, from, validatedUntil])).toEqual([
    ['datagram', 'card', null],
    ['letter', 'card', null],
  ])
  a.link(b).send(CHAT, text('hello'))
  await world.until(() => a.link(b).state === 'up')
  await world.pass(200)
  const { state, paths, addresses } = a.core.explain(peer)
  expect(state).toBe('up')
  expect(paths[0]).toMatchObject({
    transport: 'datagram',
    isUsed: true,
    begunBy: 'us',
    isProven: true,
    isConfirmed: true,
    health: 'healthy',
    isPassedOver: false,
    mtuOctets: 1_400,
    cost: 100,
    unansweredKeepAlives: 0,
    answeredBy: 'datagram',
  })
  expect(addresses[0]!.validatedUntil).toBeGreaterThan(world.clock.now())
  expect(() => a.core.explain('nobody' as NodeId)).toThrow(expect.objectContaining({ code: 'ERR_PEER' }))
})

test('4/explain: in words it says what is used and why, what failed, and when it is tried again; as JSON it says the same', async () => {
  const world = new LinkWorld(62)
  const has = { datagram: 'both', stream: 'both' } as const
  const [a, b] = [await world.node({ has }), await world.node({ has })]
  const peer = b.core.nodeId
  world.introduce(a, b)
  a.core.setPolicy(peer, { prefer: ['datagram'] })
  a.link(b).send(CHAT, text('hello'))
  await world.until(() => a.link(b).state === 'up')
  await world.pass(500)
  world.drop = ({ from, to }) => from.endsWith('datagram') || to.endsWith('datagram')
  for (let second = 0; second < 20; second += 1) {
    a.link(b).send(CHAT, text('anybody?'))
    await world.pass(1_000)
  }
  const explanation = a.core.explain(peer)
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation)
  const words = formatExplanation(explanation, world.clock.now())
  expect(words).toContain(`${peer.slice(0, 8)}: link up, by stream: `)
  expect(words).toContain('policy: prefer datagram')
  expect(words).toMatch(/> stream +well; cost 200, delay [\d.]+ ms/)
  expect(words).toMatch(/datagram +from a card, validated for 12 h, .*failed \d+ times, last .* ago: (silent|unproven)/)
  expect(words).toMatch(/datagram to stream, /)
  expect(words.split('\n').every((line) => line.length < 200)).toBe(true)
})
