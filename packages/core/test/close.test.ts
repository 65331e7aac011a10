import { crc32, encodeMessage } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { createCore, createIdentity } from '../src/index.js'
import { STOP_TIMEOUT_MS } from '../src/limits.js'
import { type Fake, fakeTransport } from './fake-transport.js'
import { settled, worldOf } from './world.js'

const CHAT = 0x8001

function arrive(fake: Fake): void {
  const msg = encodeMessage(CHAT, Uint8Array.of(1))
  const sender = createIdentity().nodeId
  fake.core.receive({ tsession: null, sender, msg, size: msg.length, isEncrypted: false, crc: crc32(msg) })
}

describe('2.2/close', () => {
  test('every transport is stopped once, however often the core is closed', async () => {
    const [a, b] = [fakeTransport({ number: 1 }), fakeTransport({ number: 2 })]
    const { core } = await worldOf({ a: { init: a.init }, b: { init: b.init } })
    await Promise.all([core.close(), core.close()])
    await core.close()
    expect([a.calls, b.calls]).toEqual([
      ['init', 'start', 'stop'],
      ['init', 'start', 'stop'],
    ])
    expect(core.transports.map(({ reason }) => reason?.code)).toEqual(['ERR_CLOSED', 'ERR_CLOSED'])
  })

  test('leaving an `await using` block closes it', async () => {
    const fake = fakeTransport()
    {
      await using core = await createCore({ identity: createIdentity(), transports: { fake: { init: fake.init } } })
      expect(core.transports[0]!.state).toBe('running')
    }
    expect(fake.calls).toEqual(['init', 'start', 'stop'])
  })

  test('a transport whose stop rejects is told about, and the others are stopped', async () => {
    const bad = fakeTransport({ number: 1, stop: () => Promise.reject(new Error('stuck')) })
    const good = fakeTransport({ number: 2 })
    const { core, events } = await worldOf({ bad: { init: bad.init }, good: { init: good.init } })
    await expect(core.close()).resolves.toBeUndefined()
    expect(good.calls).toContain('stop')
    expect(events).toEqual([
      { kind: 'transport-error', transport: 'bad', member: 'stopTransportServer', message: 'stuck' },
    ])
    expect(core.transports[0]!.state).toBe('disabled')
  })

  test('a transport whose stop never settles is given up', async () => {
    const fake = fakeTransport({ stop: () => new Promise(() => {}) })
    const { core, clock, events } = await worldOf({ fake: { init: fake.init } })
    const closing = core.close()
    await settled()
    clock.advance(STOP_TIMEOUT_MS)
    await closing
    const message = 'transport fake (`init` of the program): stopTransportServer did not settle within 10 s'
    expect(events).toMatchObject([{ kind: 'transport-error', message }])
    expect(clock.pending).toBe(0)
  })

  test('a transport that never ran is not stopped', async () => {
    const fake = fakeTransport()
    const { core } = await worldOf({ one: { init: fakeTransport().init }, same: { init: fake.init } })
    await core.close()
    expect(fake.calls).toEqual(['init'])
  })

  test('what arrives until its transport has stopped is handed on, what comes later is dropped without a timer', async () => {
    let finish = (): void => {}
    const fake = fakeTransport({
      stop: () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    })
    const { core, clock } = await worldOf({ fake: { init: fake.init } })
    const messages: unknown[] = []
    core.on(CHAT, (message) => messages.push(message), { acceptUnproven: true })
    const closing = core.close()
    await settled()
    arrive(fake)
    finish()
    await closing
    arrive(fake)
    fake.core.event({ kind: 'advertisement-changed' })
    expect(messages).toHaveLength(1)
    expect(core.counters()).toMatchObject({ received: 1, 'dropped.in.closed': 1 })
    expect(clock.pending).toBe(0)
  })

  test('the last drops are told before the watchers go', async () => {
    const fake = fakeTransport()
    const { core, clock, events } = await worldOf({ fake: { init: fake.init } })
    arrive(fake)
    await core.close()
    expect(events).toEqual([{ kind: 'dropped', transport: 'fake', direction: 'in', reason: 'no-handler', count: 1 }])
    expect(clock.pending).toBe(0)
    arrive(fake)
    expect(events, 'and nothing after that').toHaveLength(1)
  })

  test('a closed core refuses what needs an open one', async () => {
    const { core } = await worldOf({})
    await core.close()
    const closed = expect.objectContaining({ code: 'ERR_CLOSED', message: 'the core was closed' })
    expect(() => core.card()).toThrow(closed)
    expect(() => core.on(CHAT, () => {})).toThrow(closed)
    expect(() => core.watch(() => {})).toThrow(closed)
  })
})
