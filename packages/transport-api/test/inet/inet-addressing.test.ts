import { createIdentity, createLinkKey } from '@postern/crypto'
import { type Helo, PROTOCOL, type ProtocolNumber, signHelo } from '@postern/helo'
import { expect, test } from 'vitest'
import {
  ConfigSection,
  encodeInetAddress,
  InetAddressing,
  interfaceAddresses,
  readInetSettings,
} from '../../src/index.js'

const LAN = { address: '192.168.1.7', cidr: '192.168.1.7/24', family: 'IPv4', internal: false }
const BOUND = { family: 4, host: '0.0.0.0', port: 1 } as const
const identity = createIdentity()
const linkKey = createLinkKey().publicKey

function addressingOf(values: Record<string, unknown> = {}): InetAddressing {
  const interfaces = () => [LAN]
  const settings = readInetSettings(new ConfigSection('udp', values), interfaces)
  return new InetAddressing({ protocol: PROTOCOL.UDP, settings, section: 'udp' })
}

function heloAt(senderAddress: Uint8Array, protocol: ProtocolNumber = PROTOCOL.UDP): Helo {
  const draft = { protocol, mtu: 1434, senderAddressSize: senderAddress.length, senderAddress }
  const terms = { maxLatencyMs: 1, gossip: false, withdrawn: false, sequence: 1, expiration: 2 }
  return signHelo(identity, linkKey, draft, terms)
}

test('2/verifyHelo: an Internet address is allowed, a neighbour only from its owner, anything malformed never', () => {
  const addressing = addressingOf()
  const internet = heloAt(encodeInetAddress('198.51.100.1', 4001))
  const neighbour = heloAt(encodeInetAddress('192.168.1.9', 4001))
  expect([addressing.verify(internet, 'rumour'), addressing.verify(internet, 'owner')]).toEqual([true, true])
  expect([addressing.verify(neighbour, 'rumour'), addressing.verify(neighbour, 'owner')]).toEqual([false, true])
  for (const size of [1, 5, 7, 17, 19]) expect(addressing.verify(heloAt(new Uint8Array(size)), 'owner')).toBe(false)
})

test('2/connect: what cannot be dialled is told word for word', () => {
  const addressing = addressingOf()
  expect(addressing.dialable(heloAt(encodeInetAddress('192.168.1.9', 4001)))).toEqual({
    family: 4,
    host: '192.168.1.9',
    port: 4001,
  })
  expect(() => addressing.dialable(heloAt(new Uint8Array(7)))).toThrow(
    expect.objectContaining({ code: 'ERR_ADDRESS_MALFORMED', message: '7 octets are not an IP address and a port' }),
  )
  expect(() => addressing.dialable(heloAt(encodeInetAddress('::1', 80)))).toThrow(
    expect.objectContaining({
      code: 'ERR_ADDRESS_FORBIDDEN',
      message: '[::1]:80: special-network; see `allow` and `deny` of [udp]',
    }),
  )
})

test('2/verifyHelo: an address of another transport is refused, and not dialled, whatever its octets mean here', () => {
  const addressing = addressingOf()
  const tcp = heloAt(encodeInetAddress('198.51.100.1', 4001), PROTOCOL.TCP)
  expect(addressing.verify(tcp, 'owner')).toBe(false)
  expect(() => addressing.dialable(tcp)).toThrow(
    expect.objectContaining({
      code: 'ERR_ADDRESS_MALFORMED',
      message: "an address of protocol 2, and this transport's is 1",
    }),
  )
})

test.each([
  ['198.51.100.7', ['198.51.100.7', '198.51.100.0/24']],
  ['2001:db8:1:2:3:4:5:6', ['2001:db8:1:2::/64']],
  ['2001:db8:1:2::', ['2001:db8:1:2::/64']],
  ['::ffff:198.51.100.7', ['198.51.100.7', '198.51.100.0/24']],
  ['64:ff9b::198.51.100.7', ['198.51.100.7', '198.51.100.0/24']],
  ['2002:c633:6407::1', ['198.51.100.7', '198.51.100.0/24']],
])('4/destinations: a flood to %s would hit %j', (host, destinations) => {
  const addressing = addressingOf()
  const one = heloAt(encodeInetAddress(host, 4001))
  const otherPort = heloAt(encodeInetAddress(host, 4002), PROTOCOL.TCP)
  expect(addressing.destinations(one)).toEqual(destinations)
  expect(addressing.destinations(otherPort)).toEqual(destinations)
})

test('4/destinations: an IPv4-mapped address written out in full is the IPv4 address; octets that are no address hit nothing', () => {
  const mapped = new Uint8Array([...new Uint8Array(10), 255, 255, 198, 51, 100, 7, 15, 161])
  expect(addressingOf().destinations(heloAt(mapped))).toEqual(['198.51.100.7', '198.51.100.0/24'])
  expect(addressingOf().destinations(heloAt(new Uint8Array(7)))).toEqual([])
})

test('2/createHELO: drafts carry the protocol, the mtu of their family and the exact size of their address', () => {
  const addressing = addressingOf({ advertise: ['198.51.100.1:1', '[2001:db8::1]:2'] })
  expect(addressing.drafts([BOUND], (family) => (family === 4 ? 1434 : 1414))).toEqual([
    { protocol: PROTOCOL.UDP, mtu: 1434, senderAddressSize: 6, senderAddress: encodeInetAddress('198.51.100.1', 1) },
    { protocol: PROTOCOL.UDP, mtu: 1414, senderAddressSize: 18, senderAddress: encodeInetAddress('2001:db8::1', 2) },
  ])
})

test('2/createHELO: with nothing to advertise it refuses', () => {
  expect(addressingOf({ advertise: 'none' }).drafts([BOUND], () => 1434)).toBeNull()
})

test('2/createHELO: while nothing listens it refuses, even what the operator named', () => {
  const addressing = addressingOf({ advertise: ['198.51.100.1:1'] })
  expect(addressing.drafts([], () => 1434)).toBeNull()
  expect(addressing.drafts([BOUND], () => 1434)).toHaveLength(1)
})

test('2/createHELO: the interfaces of node:os are one list', () => {
  expect(interfaceAddresses({ eth0: [LAN], gone: undefined, eth1: [LAN] })).toEqual([LAN, LAN])
})
