import { checkContractVersion, TransportError } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { createCore, createIdentity, type InitTransport, type TransportState } from '../src/index.js'
import { INIT_TIMEOUT_MS, START_TIMEOUT_MS, STOP_TIMEOUT_MS } from '../src/limits.js'
import { type Behaviour, fakeTransport } from './fake-transport.js'
import { settled, worldOf } from './world.js'

const NEVER = new Promise<never>(() => {})
const LABEL = 'transport bad (`init` of the program)'

/** The state of a transport that misbehaves, beside one that must run whatever the first one does. */
async function besideGood(bad: InitTransport): Promise<TransportState> {
  const good = fakeTransport({ number: 40_001 })
  const { core, log } = await worldOf({ bad: { init: bad }, good: { init: good.init } })
  const [first, second] = core.transports
  expect(second).toMatchObject({ name: 'good', state: 'running' })
  expect(log).toContainEqual(['error transport.disabled', { transport: 'bad', ...first!.reason }])
  return first!
}

const behaving = (behaviour: Behaviour): InitTransport => fakeTransport(behaviour).init
const failing =
  (error: unknown): InitTransport =>
  () => {
    throw error
  }

describe('2.2/loading', () => {
  test('a transport whose init returns null is disabled and the others run', async () => {
    expect(await besideGood(() => null)).toEqual({
      name: 'bad',
      state: 'disabled',
      reason: {
        code: 'ERR_TRANSPORT_REFUSED',
        message: `${LABEL}: inittransport_bad returned null: it cannot run with these settings`,
      },
    })
  })

  test('a transport whose init throws or rejects is disabled and the others run', async () => {
    const reason = { code: 'ERR_TRANSPORT_INIT', message: `${LABEL}: inittransport_bad failed: no luck` }
    expect(await besideGood(failing(new Error('no luck')))).toMatchObject({ reason })
    expect(await besideGood(() => Promise.reject(new Error('no luck')))).toMatchObject({ reason })
  })

  test('whatever is thrown ends as a sentence', async () => {
    const hostile = {
      toString: () => {
        throw new Error('again')
      },
    }
    const thrown: readonly (readonly [unknown, string])[] = [
      [undefined, 'undefined'],
      ['text', 'text'],
      [hostile, 'an error that cannot be shown'],
    ]
    for (const [error, text] of thrown) {
      const { reason } = await besideGood(failing(error))
      expect(reason).toEqual({ code: 'ERR_TRANSPORT_INIT', message: `${LABEL}: inittransport_bad failed: ${text}` })
    }
    const long = await besideGood(failing(new Error('x'.repeat(10_000))))
    expect(long.reason?.message.length).toBeLessThan(600)
  })

  test('a setting that cannot be used keeps its code and its sentence', async () => {
    const picky: InitTransport = (_, { config }) => config.refuse('port', 'a whole number')
    expect(await besideGood(picky)).toMatchObject({
      reason: {
        code: 'ERR_CONFIG',
        message: `${LABEL}: inittransport_bad failed: [bad] port: expected a whole number, got undefined`,
      },
    })
  })

  test('a transport made for another version of the contract is disabled, and the operator reads its name and both versions', async () => {
    const older: InitTransport = (core, env) => {
      checkContractVersion({ ...core, version: 7 }) // as a package with an older transport-api of its own would see a core of today
      return fakeTransport().init(core, env)
    }
    const refusal = 'core speaks version 7 of the contract, this transport version 1: update the older of the two'
    expect((await besideGood(older)).reason).toEqual({
      code: 'ERR_CONTRACT_VERSION',
      message: `${LABEL}: inittransport_bad failed: ${refusal}`,
    })
    const load = async (): Promise<unknown> => ({ inittransport_bad: older })
    const { core } = await worldOf({ bad: {} }, { load })
    expect(core.transports[0]!.reason?.message).toMatch(/^transport bad \(@postern\/transport-bad\): .* version 7 /)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['lacks send', { send: undefined }, 'send: expected a function, found nothing'],
    ['has an mtu of 0', { mtu: 0 }, 'mtu: expected a whole number of octets from 1 to 1048576, found 0'],
    ['has no traits', { traits: null }, 'traits.directions.in: expected true or false, found nothing'],
  ])('a transport that %s is disabled, and the operator reads which member', async (_, members, text) => {
    const { reason } = await besideGood(behaving({ members }))
    expect(reason).toEqual({ code: 'ERR_TRANSPORT_CONTRACT', message: `${LABEL}: ${text}` })
  })

  test('an init that returns something else is named', async () => {
    const { reason } = await besideGood((() => undefined) as unknown as InitTransport)
    expect(reason?.message).toBe(`${LABEL}: the transport itself: expected an object, found nothing`)
  })

  test('of two transports with one protocol number the second is disabled, and the operator reads both names', async () => {
    const [first, second] = [fakeTransport(), fakeTransport()]
    const { core } = await worldOf({ first: { init: first.init }, second: { init: second.init } })
    expect(core.transports.map(({ state }) => state)).toEqual(['running', 'disabled'])
    expect(core.transports[1]!.reason).toEqual({
      code: 'ERR_TRANSPORT_PROTOCOL_TAKEN',
      message:
        'transport second (`init` of the program): protocolNumber 40000 is taken by transport first (`init` of the program); use one of them',
    })
    expect(second.calls).toEqual(['init'])
  })

  test('first and second are those of the configuration, not those of the clock', async () => {
    const slow: InitTransport = async (core, env) => {
      await settled()
      return fakeTransport().init(core, env)
    }
    const { core } = await worldOf({ slow: { init: slow }, quick: { init: fakeTransport().init } })
    expect(core.transports.map(({ name, state }) => `${name} ${state}`)).toEqual(['slow running', 'quick disabled'])
  })
})

describe('2.2/start', () => {
  test('a running transport states its number, mtu, cost and traits', async () => {
    const { core } = await worldOf({ fake: { init: fakeTransport().init } })
    expect(core.transports).toEqual([
      expect.objectContaining({ name: 'fake', state: 'running', protocolNumber: 40_000, mtu: 1200, cost: 100 }),
    ])
    expect(core.transports[0]!.traits).toMatchObject({ maxLatencyMs: 1000 })
  })

  test('a transport whose port is in use is disabled with that reason, stopped, and the others run', async () => {
    const text = '[bad] cannot listen on 0.0.0.0:53: EADDRINUSE: another program has this port'
    const fake = fakeTransport({ start: () => Promise.reject(new TransportError('ERR_LISTEN_IN_USE', text)) })
    expect(await besideGood(fake.init)).toMatchObject({
      reason: { code: 'ERR_LISTEN_IN_USE', message: `${LABEL}: startTransportServer failed: ${text}` },
    })
    expect(fake.calls).toEqual(['init', 'start', 'stop'])
  })

  test('the code is kept when the package brought its own copy of the contract, a foreign one is not', async () => {
    const copy = Object.assign(new Error('in use'), { code: 'ERR_LISTEN_IN_USE' })
    const foreign = Object.assign(new Error('in use'), { code: 'EADDRINUSE' })
    expect((await besideGood(behaving({ start: () => Promise.reject(copy) }))).reason?.code).toBe('ERR_LISTEN_IN_USE')
    expect((await besideGood(behaving({ start: () => Promise.reject(foreign) }))).reason?.code).toBe(
      'ERR_TRANSPORT_START',
    )
  })

  test('a start that throws instead of rejecting is a failed start', async () => {
    const thrower = () => {
      throw new Error('at once')
    }
    const { reason } = await besideGood(behaving({ members: { startTransportServer: thrower } }))
    expect(reason).toEqual({ code: 'ERR_TRANSPORT_START', message: `${LABEL}: startTransportServer failed: at once` })
  })
})

describe('2.2/time-outs', () => {
  async function waited(init: InitTransport, limitMs: number, load?: () => Promise<unknown>) {
    const clock = new VirtualClock()
    const choice = load === undefined ? { init } : {}
    const options = load === undefined ? {} : { load }
    let isUp = false
    const starting = createCore({ identity: createIdentity(), transports: { bad: choice }, env: { clock }, ...options })
    void starting.then(() => {
      isUp = true
    })
    await settled()
    clock.advance(limitMs - 1)
    await settled()
    expect(isUp, 'not given up too early').toBe(false)
    clock.advance(1)
    const core = await starting
    expect(clock.pending, 'no timer left').toBe(0)
    return { clock, core, reason: core.transports[0]!.reason }
  }

  test('an init that never settles is given up', async () => {
    const { reason } = await waited(() => NEVER, INIT_TIMEOUT_MS)
    expect(reason).toEqual({
      code: 'ERR_TRANSPORT_TIMEOUT',
      message: `${LABEL}: inittransport_bad did not settle within 30 s`,
    })
  })

  test('a package that never finishes loading is given up', async () => {
    const { reason } = await waited(
      () => null,
      INIT_TIMEOUT_MS,
      () => NEVER,
    )
    expect(reason).toEqual({
      code: 'ERR_TRANSPORT_TIMEOUT',
      message: 'transport bad: loading it did not settle within 30 s',
    })
  })

  test('a start that never settles is given up and stopped, and stopped again if it comes up after all', async () => {
    let comeUp = (): void => {}
    const start = new Promise<void>((resolve) => {
      comeUp = resolve
    })
    const fake = fakeTransport({ start: () => start })
    const { clock, reason } = await waited(fake.init, START_TIMEOUT_MS)
    expect(reason).toEqual({
      code: 'ERR_TRANSPORT_TIMEOUT',
      message: `${LABEL}: startTransportServer did not settle within 60 s`,
    })
    expect(fake.calls).toEqual(['init', 'start', 'stop'])
    comeUp()
    await settled()
    expect(fake.calls).toEqual(['init', 'start', 'stop', 'stop'])
    expect(clock.pending).toBe(0)
  })

  test('a failed start whose stop hangs is bounded as well', async () => {
    const fake = fakeTransport({ start: () => Promise.reject(new Error('no')), stop: () => NEVER })
    const { reason } = await waited(fake.init, STOP_TIMEOUT_MS)
    expect(reason?.code).toBe('ERR_TRANSPORT_START')
  })
})
