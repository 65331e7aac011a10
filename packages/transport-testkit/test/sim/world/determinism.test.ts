import { flooder, SimWorld } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { SimNode } from './sim-node.js'

const HOSTS = 12
const KINDS = ['full-cone', 'address-restricted', 'port-restricted', 'symmetric'] as const

/** Everything at once, all of it by chance. */
async function busyWorld(seed: number, keepsTrace = true): Promise<SimWorld> {
  const world = new SimWorld({ seed, keepsTrace })
  const { random } = world
  world.shape({}, { lossChance: 0.05, jitterMs: 30, duplicateChance: 0.02 })
  Object.assign(world.mail, { jitterMs: 20_000, lossChance: 0.05, quota: { messagesPerMinute: 5, messagesPerDay: 50 } })
  const boxes = KINDS.map((kind, at) => world.nat(`box${at}`, { kind }))
  const hosts = Array.from({ length: HOSTS }, (_, at) => world.host(`host${at}`, { behind: boxes[at % 8] ?? null }))
  const nodes: SimNode[] = []
  for (const host of hosts)
    for (const style of ['datagram', 'stream', 'letter'] as const) nodes.push(await SimNode.open(world, host, style))
  flooder(world, { to: 'host4:datagram', count: 200, everyMs: 10, from: (number) => `stranger${number % 20}` })
  for (let round = 0; round < 60; round += 1) {
    for (const [at, node] of nodes.entries()) {
      const to = `host${random.below(HOSTS)}`
      const style = (['datagram', 'stream', 'letter'] as const)[at % 3]!
      const address = style === 'letter' ? `${to}@mail` : `${to}:${style}`
      node.transport.connect(node.heloFor(address)).then(
        (session) => node.send(session, round),
        () => {},
      )
      const last = node.core.received.at(-1)?.tsession
      if (last) node.send(last, round)
    }
    const host = hosts[random.below(HOSTS)]!
    const doings = [
      () => host.move(),
      () => host.move({ behind: boxes[random.below(boxes.length)]! }),
      () => host.suspend(),
      () => host.resume(),
      () => host.disconnect(),
      () => host.connect(),
      () => boxes[random.below(boxes.length)]!.reset(),
    ]
    doings[random.below(doings.length)]!()
    await world.pass(random.below(10_000))
  }
  return world
}

describe('7/determinism: a busy world', () => {
  test('three runs with one seed have one trace and one digest, whether lines are kept or not', async () => {
    const first = await busyWorld(7)
    expect(first.trace.length).toBeGreaterThan(5_000)
    for (const fate of [
      'sent',
      'arrived',
      'lost',
      'filtered',
      'unreachable',
      'asleep',
      'offline',
      'stale',
      'broken',
      'refused',
    ])
      expect(
        first.trace.some((line) => line.endsWith(` ${fate}`)),
        fate,
      ).toBe(true)
    const second = await busyWorld(7)
    expect(second.trace.join('\n') === first.trace.join('\n')).toBe(true)
    const third = await busyWorld(7, false)
    expect([third.traceDigest(), third.trace]).toEqual([first.traceDigest(), []])
    expect(first.traceDigest()).toMatch(/^[0-9a-f]{16}$/)
  })

  test('another seed has another digest', async () => {
    expect((await busyWorld(8)).traceDigest()).not.toBe((await busyWorld(9)).traceDigest())
  })
})
