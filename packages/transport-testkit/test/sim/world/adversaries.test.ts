import type { Clock, InitTransport } from '@postern/transport-api'
import {
  advertising,
  delaying,
  flapping,
  flooder,
  recordingNode,
  replayer,
  SimWorld,
  silentAfter,
} from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { wrappedTransport } from '../../../src/wrapped-transport.js'
import { message, SimNode, type SimNodeOptions } from './sim-node.js'

async function pair(liar: SimNodeOptions, style: 'datagram' | 'stream' = 'datagram') {
  const world = new SimWorld({ seed: 1, delayMs: 10 })
  const mallory = await SimNode.open(world, world.host('mallory'), style, liar)
  const victim = await SimNode.open(world, world.host('victim'), style)
  return { world, mallory, victim }
}

const encrypted = (octets: number) => ({ ...message(...Array<number>(octets).fill(1)), isEncrypted: true })

describe('tests/adversaries', () => {
  test('tests/advertising: it says it is where others are, thousands of times, instead of or besides its own', async () => {
    const victims = Array.from({ length: 3_000 }, (_, at) => `victim:datagram.${at}`)
    const { mallory } = await pair({ around: (init) => advertising(init, victims) })
    expect(mallory.addresses).toEqual(victims)
    let asked = 0
    const claims = (): readonly string[] => {
      asked += 1
      return [`victim${asked}:datagram`]
    }
    const { mallory: both } = await pair({ around: (init) => advertising(init, claims, { besides: true }) })
    expect([both.addresses, both.addresses]).toEqual([
      ['mallory:datagram', 'victim1:datagram'],
      ['mallory:datagram', 'victim2:datagram'],
    ])
  })

  test('tests/silent-after: what is in the clear and what is small comes through, the rest vanishes', async () => {
    const { world, mallory, victim } = await pair({ around: (init) => silentAfter(init) })
    const session = await victim.dial('mallory:datagram')
    for (const one of [message(...Array<number>(1_000).fill(1)), encrypted(128), encrypted(129)])
      victim.transport.send(session, one)
    await world.pass(100)
    expect(mallory.core.received.map(({ size }) => size)).toEqual([1_000, 128])
  })

  test('tests/silent-after: its caller decides by size and count, or that not even the clear comes through', async () => {
    const { world, mallory, victim } = await pair({
      around: (init) => silentAfter(init, { swallows: (_, count) => count > 2 }),
    })
    const session = await victim.dial('mallory:datagram')
    for (const octets of [300, 200, 100]) victim.transport.send(session, encrypted(octets))
    victim.send(session, 1)
    await world.pass(100)
    expect(mallory.core.received.map(({ size }) => size)).toEqual([300, 200, 1])
    const deaf = await pair({ around: (init) => silentAfter(init, { validates: false }) })
    await deaf.victim.sendTo('mallory:datagram', 1)
    await deaf.world.pass(100)
    expect(deaf.mallory.heard).toEqual([])
  })

  test('tests/delaying: it answers when it likes, message by message, and nothing after it was stopped', async () => {
    const { world, mallory, victim } = await pair({
      around: (init) => delaying(init, ({ msg }) => 100 * msg[0]!),
    })
    const session = await mallory.dial('victim:datagram')
    const reused = message(2)
    mallory.transport.send(session, reused)
    reused.msg[0] = 7 // borrowed: it has its own copy
    for (const octet of [1, 0, 9]) mallory.send(session, octet)
    await world.pass(10)
    expect(victim.heard).toEqual(['0'])
    await world.pass(200)
    expect(victim.heard).toEqual(['0', '1', '2'])
    await mallory.transport.stopTransportServer()
    expect(world.clock.pending).toBe(1) // of the victim's session table
    await world.pass(1_000)
    expect(victim.heard).toHaveLength(3)
    const steady = await pair({ around: (init) => delaying(init, 50) })
    await steady.mallory.sendTo('victim:datagram', 1)
    await steady.world.pass(59)
    expect(steady.victim.heard).toEqual([])
    await steady.world.pass(1)
    expect(steady.victim.heard).toEqual(['1'])
  })

  test('tests/flapping: its sessions end again and again, it refuses, and advertises as if nothing were', async () => {
    const { world, mallory, victim } = await pair(
      { around: (init) => flapping(init, { upMs: 1_000, downMs: 500 }) },
      'stream',
    )
    const session = await victim.dial('mallory:stream')
    victim.send(session, 1)
    await world.pass(1_000)
    expect([mallory.heard, victim.ended, mallory.addresses]).toEqual([['1'], ['closed-by-peer'], ['mallory:stream']])
    await expect(mallory.dial('victim:stream')).rejects.toMatchObject({ code: 'ERR_CONNECT_REFUSED' })
    await world.pass(500)
    await victim.sendTo('mallory:stream', 2)
    await world.pass(100)
    expect(mallory.heard).toEqual(['1', '2'])
    await mallory.transport.stopTransportServer()
    await world.pass(10_000)
    expect([mallory.transport.createHELO(), world.clock.pending]).toEqual([null, 0])
  })

  test('tests/flapping: stopped while it comes up, it stays down', async () => {
    const slow =
      (init: InitTransport, clock: Clock): InitTransport =>
      async (core, env) => {
        const sound = (await init(core, env))!
        const wait = (): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, 100))
        return wrappedTransport(sound, { startTransportServer: () => wait().then(() => sound.startTransportServer()) })
      }
    const world = new SimWorld({ seed: 1 })
    const init = flapping(slow(world.host('mallory').init('stream'), world.clock), { upMs: 1_000, downMs: 500 })
    const { transport } = await recordingNode(init, { name: 'flapping', env: { clock: world.clock } })
    await world.settled(transport.startTransportServer())
    await transport.startTransportServer() // once is enough
    await world.pass(1_550)
    await transport.stopTransportServer()
    await world.pass(10_000)
    expect([transport.createHELO(), world.clock.pending]).toEqual([null, 0])
  })

  test('tests/replayer: what passed comes once more, octet for octet, from the same sender or another', async () => {
    const { world, mallory, victim } = await pair({})
    using recorder = replayer(world, { from: 'mallory', to: 'victim', style: 'datagram', most: 3 })
    await victim.sendTo('mallory:datagram', 9)
    for (const octet of [1, 2, 3, 4]) await mallory.sendTo('victim:datagram', octet)
    await world.pass(100)
    expect(recorder.recorded).toHaveLength(3)
    expect(recorder.replay()).toBe(3)
    expect(recorder.replay({ which: (_, at) => at === 1, from: 'mars:datagram' })).toBe(1)
    await world.pass(100)
    expect(victim.heardFrom.slice(4)).toEqual(['mallory: 1', 'mallory: 2', 'mallory: 3', 'mars: 2'])
  })

  test('tests/flooder: so many, so fast, from whoever it names, and no more', async () => {
    const { world, victim } = await pair({})
    const flood = flooder(world, { to: 'victim:datagram', count: 300, everyMs: 2, from: (number) => `bot${number}` })
    const looked = (): number =>
      Object.entries(victim.transport.counters()).reduce(
        (sum, [name, count]) => sum + (/^dropped\.in|^received$/.test(name) ? count : 0),
        0,
      )
    await world.pass(99 * 2)
    expect(flood.sent).toBe(100)
    await world.pass(10_000)
    expect([flood.sent, looked()]).toEqual([300, 300])
    const burst = flooder(world, { to: 'victim:datagram', count: 50, everyMs: 0, bytes: () => Uint8Array.of(1) })
    await world.pass(20)
    expect([burst.sent, looked()]).toEqual([50, 350])
    const ended = flooder(world, { to: 'victim:datagram', count: 50 })
    ended[Symbol.dispose]()
    await world.pass(100)
    expect(ended.sent).toBe(0)
  })
})
