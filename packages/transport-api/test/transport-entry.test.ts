import { expect, test } from 'vitest'
import { entryOf, transportEntry } from '../src/index.js'

const init = (): null => null

test('2.2/entry: the export is named after the transport, and a dash in the name is an underscore in it', () => {
  expect(entryOf('udp')).toBe('inittransport_udp')
  expect(entryOf('web-rtc-2')).toBe('inittransport_web_rtc_2')
})

test('2.2/entry: the function of that name is the init, whatever else is exported', () => {
  expect(transportEntry('udp', '@postern/transport-udp', { inittransport_udp: init, other: 1 })).toBe(init)
  expect(transportEntry('web-rtc', './mine.js', { inittransport_web_rtc: init })).toBe(init)
})

test.each<[string, unknown, string]>([
  ['another name', { openUdp: init, inittransport_tcp: init }, 'openUdp, inittransport_tcp'],
  ['nothing', {}, 'nothing'],
  ['no module at all', 'text', 'nothing'],
  ['null', null, 'nothing'],
  ['undefined', undefined, 'nothing'],
  ['something else of that name', { inittransport_udp: 7 }, 'inittransport_udp'],
  ['too much to show', Object.fromEntries([...'abcdefghij'].map((name) => [name, 1])), 'a, b, c, d, e, f, g, h'],
])('2.2/entry: a package that exports %s is told so in one sentence', (_, exports, found) => {
  expect(transportEntry('udp', '@postern/transport-udp', exports)).toBe(
    `transport udp (@postern/transport-udp): expected an exported function inittransport_udp, found ${found}`,
  )
})
