import { DROP_REPORT_MS, type TransportEvent, type TSession } from '@postern/transport-api'
import { describe, expect, test } from 'vitest'
import { type CoreEvent, createIdentity, protocolNumber } from '../src/index.js'
import { fakeTransport } from './fake-transport.js'
import { settled, worldOf } from './world.js'

async function watching() {
  const fake = fakeTransport()
  const world = await worldOf({ fake: { init: fake.init } })
  return { ...world, tell: (event: unknown) => fake.core.event(event as TransportEvent) }
}

const tsession: TSession = { ttype: protocolNumber(40_000), source: new Uint8Array(4) }

describe('4/watch', () => {
  test.each<TransportEvent>([
    { kind: 'session-ended', tsession, reason: 'idle' },
    { kind: 'address-failed', senderAddress: Uint8Array.of(1), lasts: 'now', reason: 'ECONNREFUSED' },
    { kind: 'advertisement-changed' },
    { kind: 'came-through-list', sender: createIdentity().nodeId },
  ])('$kind is passed on with the name of its transport', async (event) => {
    const { events, tell } = await watching()
    tell(event)
    expect(events).toEqual([{ kind: 'transport-event', transport: 'fake', event }])
  })

  test('what a transport dropped is told like what core dropped', async () => {
    const { events, tell } = await watching()
    tell({ kind: 'dropped', direction: 'out', reason: 'queue-full', count: 7 })
    expect(events).toEqual([{ kind: 'dropped', transport: 'fake', direction: 'out', reason: 'queue-full', count: 7 }])
  })

  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['nothing', undefined],
    ['an unknown kind', { kind: 'gossip' }],
    ['a drop without a count', { kind: 'dropped', direction: 'in', reason: 'x' }],
    ['a drop to nowhere', { kind: 'dropped', direction: 'up', reason: 'x', count: 1 }],
    [
      'a trap',
      Object.defineProperty({}, 'kind', {
        get: () => {
          throw new Error('no')
        },
      }),
    ],
  ])('%s is no event: counted, not passed on, not thrown', async (_, event) => {
    const { core, clock, events, tell } = await watching()
    expect(() => tell(event)).not.toThrow()
    expect(core.counters()).toMatchObject({ 'dropped.in.malformed-event': 1 })
    clock.advance(DROP_REPORT_MS)
    expect(events).toMatchObject([{ kind: 'dropped', reason: 'malformed-event' }])
  })

  test('a new watcher is told which transports are disabled, but not from inside watch', async () => {
    const { core } = await worldOf({ fake: { init: () => null } })
    const told: CoreEvent[] = []
    const gone: CoreEvent[] = []
    core.watch((event) => told.push(event))
    core.watch((event) => gone.push(event))[Symbol.dispose]()
    expect(told).toEqual([])
    await settled()
    expect(told).toEqual([{ kind: 'transport-disabled', transport: 'fake', reason: core.transports[0]!.reason }])
    expect(gone).toEqual([])
  })

  test('a watcher that throws is logged, and the others are told', async () => {
    const { core, log, tell } = await watching()
    const told: string[] = []
    core.watch(() => {
      throw new Error('a mistake')
    })
    core.watch(({ kind }) => told.push(kind))
    expect(() => tell({ kind: 'advertisement-changed' })).not.toThrow()
    expect(told).toEqual(['transport-event'])
    expect(log).toContainEqual(['error watcher.threw', { event: 'transport-event', error: 'a mistake' }])
  })

  test('after it was disposed of a watcher hears nothing; one function may watch twice', async () => {
    const { core, tell } = await watching()
    const told: string[] = []
    const watcher = ({ kind }: CoreEvent): void => void told.push(kind)
    const first = core.watch(watcher)
    core.watch(watcher)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    tell({ kind: 'advertisement-changed' })
    expect(told).toEqual(['transport-event'])
  })
})
