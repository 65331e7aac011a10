import { expect, test } from 'vitest'
import type { NodeId } from '../../src/index.js'
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
