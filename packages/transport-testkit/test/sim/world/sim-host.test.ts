import { protocolNumber } from '@postern/helo'
import { SimWorld } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { SimNode } from './sim-node.js'

describe('tests/sim-host clocks', () => {
  test('tests/suspend: a clock and its timers stand still while the lid is closed; the time of day jumps on', async () => {
    const world = new SimWorld({ seed: 1 })
    const { clock } = world.host('anna')
    const anna = world.hosts[0]!
    const [started, startedMs] = [clock.now(), clock.monotonic()]
    const fired: number[] = []
    clock.setTimer(() => fired.push(clock.monotonic()), 100)
    await world.pass(60)
    anna.suspend()
    anna.suspend() // is nothing more
    const late = clock.setTimer(() => fired.push(clock.monotonic()), 500)
    await world.pass(10_000)
    expect([clock.monotonic() - startedMs, clock.now() - started, fired]).toEqual([60, 60, []])
    anna.resume()
    anna.resume()
    expect([clock.monotonic() - startedMs, clock.now() - started]).toEqual([60, 10_060])
    await world.pass(39)
    expect(fired).toEqual([])
    await world.pass(1)
    expect(fired).toEqual([startedMs + 100])
    late[Symbol.dispose]()
    await world.pass(1_000)
    expect(fired).toHaveLength(1)
  })

  test('tests/suspend: a timer that fired, or was disposed of, does not come back', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    let fired = 0
    const timer = anna.clock.setTimer(() => {
      fired += 1
    }, 10)
    await world.pass(20)
    anna.suspend()
    anna.resume()
    await world.pass(100)
    expect(fired).toBe(1)
    anna.suspend()
    timer.reset(50)
    anna.resume()
    await world.pass(49)
    expect(fired).toBe(1)
    await world.pass(1)
    expect(fired).toBe(2)
    timer.reset(10)
    timer[Symbol.dispose]()
    timer.reset(10)
    await world.pass(100)
    expect([fired, world.clock.pending]).toEqual([2, 0])
  })
})

describe('tests/sim-host presence', () => {
  test.each(['suspended', 'disconnected'] as const)(
    'tests/presence: of what is sent to or from a %s machine nothing arrives',
    async (how) => {
      const world = new SimWorld({ seed: 1 })
      const anna = world.host('anna')
      const a = await SimNode.open(world, anna, 'datagram')
      const b = await SimNode.open(world, world.host('bert'), 'datagram')
      const [toBert, toAnna] = [await a.dial('bert:datagram'), await b.dial('anna:datagram')]
      if (how === 'suspended') anna.suspend()
      else anna.disconnect()
      expect(anna.isUp).toBe(false)
      a.send(toBert, 1)
      b.send(toAnna, 1)
      await world.pass(1_000)
      if (how === 'suspended') anna.resume()
      else anna.connect()
      await world.pass(1_000)
      expect([a.heard, b.heard]).toEqual([[], []])
      a.send(toBert, 2)
      b.send(toAnna, 2)
      await world.pass(1_000)
      expect([a.heard, b.heard]).toEqual([['2'], ['2']])
    },
  )

  test('tests/suspend: who sleeps too long finds its streams broken when it wakes up', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'stream')
    const b = await SimNode.open(world, world.host('bert'), 'stream')
    await a.sendTo('bert:stream', 1)
    await world.pass(100)
    anna.suspend()
    b.send(b.lastSession, 2)
    await world.pass(61_000)
    expect([b.ended, a.ended]).toEqual([['broken'], []])
    anna.resume()
    expect(a.ended).toEqual(['broken'])
  })

  test('tests/suspend: what a sleeper has not got through yet it sends on when it wakes up, as if no time had passed', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'stream')
    const b = await SimNode.open(world, world.host('bert'), 'stream')
    const session = await a.dial('bert:stream')
    const wall = world.shape({}, { isBlocked: true })
    a.send(session, 1)
    await world.pass(100)
    wall[Symbol.dispose]()
    anna.suspend()
    await world.pass(100_000)
    anna.resume()
    await world.pass(1_000)
    expect([b.heard, a.ended]).toEqual([['1'], []])
  })
})

describe('tests/sim-host transports', () => {
  test('tests/suspend: a transport stands still with its machine, whatever clock its core has', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const init = anna.init('stream')
    const a = await SimNode.open(world, anna, 'stream', {
      around: () => (core, env) => init(core, { ...env, clock: world.clock }),
    })
    const outcome: string[] = []
    a.transport.connect(a.heloFor('nobody:stream')).catch((error: Error) => outcome.push(error.message))
    await world.pass(5_000)
    anna.suspend()
    await world.pass(20_000)
    expect(outcome).toEqual([])
    anna.resume()
    await world.pass(5_000)
    expect(outcome).toEqual(['no answer within 10000 ms'])
  })

  test('tests/reachable: who is not to be reached advertises nothing, refuses, and dials', async () => {
    const world = new SimWorld({ seed: 1 })
    const a = await SimNode.open(world, world.host('anna'), 'stream', { reachable: false })
    const b = await SimNode.open(world, world.host('bert'), 'stream')
    expect(a.transport.createHELO()).toBeNull()
    await expect(b.dial('anna:stream')).rejects.toMatchObject({ code: 'ERR_CONNECT_REFUSED' })
    await a.sendTo('bert:stream', 1)
    await world.pass(100)
    expect(b.heard).toEqual(['1'])
  })

  test('tests/options: cost, mtu, number and traits are what the machine was told', async () => {
    const world = new SimWorld({ seed: 1 })
    const facts = { cost: 7, mtu: 99, protocolNumber: protocolNumber(0xf00f) }
    const a = await SimNode.open(world, world.host('anna'), 'letter', { ...facts, traits: { maxLatencyMs: 5 } })
    expect(a.transport).toMatchObject({ ...facts, traits: { maxLatencyMs: 5, reliable: false } })
  })
})

describe('tests/sim-host roaming', () => {
  test('tests/roaming: datagrams leave from the new address at once, and what goes to the old one arrives nowhere', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'datagram')
    const b = await SimNode.open(world, world.host('bert'), 'datagram')
    const session = await a.dial('bert:datagram')
    a.send(session, 1)
    await world.pass(100)
    const toOld = b.lastSession
    anna.move()
    b.send(toOld, 2)
    a.send(session, 3)
    await world.pass(100)
    expect([anna.address, a.addresses, a.heard, b.heardFrom]).toEqual([
      'anna.2',
      ['anna.2:datagram'],
      [],
      ['anna: 1', 'anna.2: 3'],
    ])
    expect(a.told('advertisement-changed')).toBe(1)
    b.send(b.lastSession, 4)
    await world.pass(100)
    expect(a.heard).toEqual(['4'])
  })

  test('tests/roaming: a transport notices after its time, and once for two moves in a row', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'datagram', { noticeMs: 500 })
    anna.move()
    await world.pass(400)
    anna.move()
    await world.pass(499)
    expect(a.told('advertisement-changed')).toBe(0)
    await world.pass(1)
    expect(a.told('advertisement-changed')).toBe(1)
    anna.move({ noticeMs: 100 }) // this time
    await world.pass(99)
    expect(a.told('advertisement-changed')).toBe(1)
    await world.pass(1)
    expect(a.told('advertisement-changed')).toBe(2)
  })

  test('tests/roaming: who moved while it was stopped starts at its new address', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'datagram')
    await a.transport.stopTransportServer()
    anna.move()
    await a.transport.startTransportServer()
    expect(a.addresses).toEqual(['anna.2:datagram'])
    anna.move()
    await a.transport.stopTransportServer() // leaves the new address, not the one where it began
    await a.transport.startTransportServer()
    expect(a.addresses).toEqual(['anna.3:datagram'])
  })

  test('tests/roaming: a stream of the old address says nothing, stalls, and breaks at both ends when one gives up', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'stream')
    const b = await SimNode.open(world, world.host('bert'), 'stream')
    const session = await a.dial('bert:stream')
    a.send(session, 1)
    await world.pass(100)
    anna.move()
    await world.pass(60_000)
    expect([a.ended, b.ended]).toEqual([[], []]) // nobody has sent anything
    a.send(session, 2)
    await a.sendTo('bert:stream', 3)
    await world.pass(59_000)
    expect([a.ended, b.ended]).toEqual([[], []])
    await world.pass(2_000)
    expect([a.ended, b.ended, b.heardFrom]).toEqual([['broken'], ['broken'], ['anna: 1', 'anna.2: 3']])
  })

  test('tests/roaming: who stayed gives up, too, and the one that moved learns of it', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'stream')
    const b = await SimNode.open(world, world.host('bert'), 'stream')
    await a.sendTo('bert:stream', 1)
    await world.pass(100)
    anna.move()
    b.send(b.lastSession, 2)
    await world.pass(61_000)
    expect([a.heard, a.ended, b.ended]).toEqual([[], ['broken'], ['broken']])
  })

  test('tests/roaming: into a network behind a box and out again changes what is advertised', async () => {
    const world = new SimWorld({ seed: 1 })
    const box = world.nat('box', { kind: 'port-restricted' })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'datagram')
    const b = await SimNode.open(world, world.host('bert'), 'datagram')
    anna.move({ behind: box })
    expect([a.transport.createHELO(), anna.nat]).toEqual([null, box])
    await a.sendTo('bert:datagram', 1)
    await world.pass(100)
    anna.move()
    expect(anna.nat).toBe(box)
    anna.move({ behind: null })
    await a.sendTo('bert:datagram', 2)
    await world.pass(100)
    expect([a.addresses, b.heardFrom]).toEqual([['anna.4:datagram'], ['box: 1', 'anna.4: 2']])
  })

  test('tests/roaming: a mailbox stays where it is', async () => {
    const world = new SimWorld({ seed: 1 })
    const anna = world.host('anna')
    const a = await SimNode.open(world, anna, 'letter')
    anna.move()
    await world.pass(100)
    expect([a.addresses, a.told('advertisement-changed')]).toEqual([['anna@mail'], 0])
  })
})
