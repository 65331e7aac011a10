import { VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import {
  ConfigSection,
  InetAddressing,
  type InterfaceAddress,
  InterfaceWatch,
  type LogFields,
  readInetSettings,
  silentLog,
  WATCH_MS,
} from '../../src/index.js'

const [HOME, TRAIN] = ['198.51.100.7', '203.0.113.9']
const EVERYWHERE = { family: 4, host: '0.0.0.0', port: 4_001 } as const

function watchOf(values: Record<string, unknown> = {}, hosts: readonly string[] = [HOME]) {
  const clock = new VirtualClock()
  const machine = { hosts, isReadable: true, onChanged: () => {} }
  const told: string[] = []
  const interfaces = (): InterfaceAddress[] => {
    if (!machine.isReadable) throw Object.assign(new Error('not for you'), { code: 'ERR_SYSTEM_ERROR' })
    return machine.hosts.map((address) => ({ address, cidr: `${address}/24`, family: 'IPv4', internal: false }))
  }
  const settings = readInetSettings(new ConfigSection('udp', values), interfaces)
  const addressing = new InetAddressing({ protocol: 1 as never, settings, section: 'udp' })
  const bound = settings.listen.filter((host) => !host.includes(':')).map((host) => ({ ...EVERYWHERE, host }))
  const say = (event: string, fields?: LogFields): void => void told.push(`${event} ${fields?.host ?? fields?.reason}`)
  const watch = new InterfaceWatch({
    clock,
    log: { ...silentLog, warn: say, debug: say },
    settings,
    drafts: () => addressing.drafts(bound, () => 1_434),
    onChanged: () => {
      told.push('changed')
      machine.onChanged()
    },
  })
  return { clock, machine, told, watch, start: () => watch.start(bound) }
}

test('2/moved: another address is told once, at the next look, and the way back as well', () => {
  const { clock, machine, told, start } = watchOf()
  start()
  clock.advance(3 * WATCH_MS)
  machine.hosts = [TRAIN]
  expect(told, 'nothing without a look').toEqual([])
  clock.advance(WATCH_MS)
  expect(told).toEqual(['changed'])
  clock.advance(3 * WATCH_MS)
  expect(told).toEqual(['changed'])
  machine.hosts = [HOME]
  clock.advance(WATCH_MS)
  expect(told).toEqual(['changed', 'changed'])
})

test('2/moved: an address more or less is a change, another order of the same is none', () => {
  const { clock, machine, told, start } = watchOf()
  start()
  machine.hosts = [HOME, TRAIN]
  clock.advance(WATCH_MS)
  expect(told).toEqual(['changed'])
  machine.hosts = [TRAIN, HOME]
  clock.advance(WATCH_MS)
  expect(told).toEqual(['changed'])
  machine.hosts = []
  clock.advance(WATCH_MS)
  expect(told).toEqual(['changed', 'changed'])
})

test('2/moved: what no peer would be told changes nothing', () => {
  const { clock, machine, told, start } = watchOf()
  start()
  machine.hosts = [HOME, '127.0.0.1', '169.254.7.7']
  clock.advance(WATCH_MS)
  expect(told).toEqual([])
})

test.each([['none'], ['192.0.2.1:4001']])(
  '2/moved: with advertise = "%s" nothing can change: no timer',
  (advertise) => {
    const { clock, start } = watchOf({ advertise })
    start()
    expect(clock.pending).toBe(0)
  },
)

test('2/moved: who listens nowhere has no timer', () => {
  const { clock, start } = watchOf({ listen: [] })
  start()
  expect(clock.pending).toBe(0)
})

test('2/moved: after the stop no timer is left, and a new start begins with what is then', () => {
  const { clock, machine, told, watch, start } = watchOf()
  start()
  start()
  expect(clock.pending).toBe(1)
  watch.stop()
  watch.stop()
  expect(clock.pending).toBe(0)
  machine.hosts = [TRAIN]
  start()
  clock.advance(2 * WATCH_MS)
  expect(told).toEqual([])
})

test('2/moved: whoever is told may stop the watch', () => {
  const { clock, machine, told, watch, start } = watchOf()
  start()
  machine.hosts = [TRAIN]
  machine.onChanged = () => watch.stop()
  clock.advance(WATCH_MS)
  expect([told, clock.pending]).toEqual([['changed'], 0])
})

test('2/moved: an address of `listen` that the machine has lost stands in the log, once, whatever is advertised', () => {
  const { clock, machine, told, start } = watchOf({ listen: [HOME, '127.0.0.2'], advertise: 'none' })
  start()
  machine.hosts = [TRAIN]
  clock.advance(3 * WATCH_MS)
  expect(told).toEqual([`listen.address-gone ${HOME}`])
  machine.hosts = [HOME]
  clock.advance(WATCH_MS)
  machine.hosts = [TRAIN]
  clock.advance(WATCH_MS)
  expect(told).toEqual([`listen.address-gone ${HOME}`, `listen.address-gone ${HOME}`])
})

test('2/moved: interfaces that cannot be read are no change', () => {
  const { clock, machine, told, start } = watchOf()
  start()
  machine.isReadable = false
  clock.advance(WATCH_MS)
  machine.isReadable = true
  clock.advance(WATCH_MS)
  expect(told).toEqual(['interfaces.unreadable ERR_SYSTEM_ERROR'])
  machine.hosts = [TRAIN]
  clock.advance(WATCH_MS)
  expect(told).toHaveLength(2)
})
