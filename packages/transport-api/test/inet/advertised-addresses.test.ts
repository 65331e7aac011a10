import { describe, expect, test } from 'vitest'
import {
  type Advertise,
  advertisedAddresses,
  type InterfaceAddress,
  MAX_ADVERTISED_ADDRESSES,
  NetworkPolicy,
  parseInetAddress,
} from '../../src/index.js'

const CIDRS = [
  '127.0.0.1/8',
  '::1/128',
  '192.168.1.7/24',
  '198.51.100.7/24',
  'fe80::7/64',
  '2001:db8::7/64',
  'fd00::7/64',
]
const INTERNAL = new Set(['127.0.0.1', '::1'])

function advertised(
  bound: readonly string[],
  { advertise = 'auto' as Advertise, allow = [] as string[], deny = [] as string[], cidrs = CIDRS } = {},
) {
  const interfaces = (): InterfaceAddress[] =>
    cidrs.map((cidr) => {
      const address = cidr.replace(/\/.*/, '')
      return { address, cidr, family: address.includes(':') ? 'IPv6' : 'IPv4', internal: INTERNAL.has(address) }
    })
  const policy = new NetworkPolicy({ allow, deny, interfaces })
  const endpoints = bound.map((text) => {
    const { host, port } = parseInetAddress(text)!
    return { family: host.includes(':') ? (6 as const) : (4 as const), host, port: port! }
  })
  return advertisedAddresses({ bound: endpoints, advertise, policy, interfaces }).map(
    ({ host, port }) => `${host} ${port}`,
  )
}

describe('2/createHELO over IP', () => {
  test('an unspecified address stands for every interface of its family, Internet addresses first', () => {
    expect(advertised(['0.0.0.0:4001'])).toEqual(['198.51.100.7 4001', '192.168.1.7 4001'])
    expect(advertised(['[::]:4002'])).toEqual(['2001:db8::7 4002', 'fd00::7 4002'])
    expect(advertised(['0.0.0.0:4001', '[::]:4002'])).toEqual([
      '198.51.100.7 4001',
      '2001:db8::7 4002',
      '192.168.1.7 4001',
      'fd00::7 4002',
    ])
  })

  test('an address that we listen on alone is advertised alone', () => {
    expect(advertised(['198.51.100.7:4001'])).toEqual(['198.51.100.7 4001'])
  })

  test('loopback and link-local are told to nobody until the operator allows them', () => {
    expect(advertised(['127.0.0.1:4001'])).toEqual([])
    expect(advertised(['127.0.0.1:4001'], { allow: ['127.0.0.0/8'] })).toEqual(['127.0.0.1 4001'])
  })

  test('a denied network is not advertised', () => {
    expect(advertised(['0.0.0.0:4001'], { deny: ['198.51.100.0/24'] })).toEqual(['192.168.1.7 4001'])
  })

  test('nothing bound, or "none": nobody can reach us', () => {
    expect(advertised([])).toEqual([])
    expect(advertised([], { advertise: [{ host: '203.0.113.1', port: 99 }] })).toEqual([])
    expect(advertised(['0.0.0.0:4001'], { advertise: 'none' })).toEqual([])
  })

  test('what the operator names is advertised as it is, even a mapped or private address', () => {
    const advertise = [
      { host: '203.0.113.1', port: null },
      { host: '203.0.113.1', port: 99 },
      { host: '10.0.0.1', port: null },
      { host: '2001:db8::99', port: null },
    ]
    expect(advertised(['0.0.0.0:4001', '[::]:4002'], { advertise })).toEqual([
      '203.0.113.1 4001',
      '203.0.113.1 99',
      '10.0.0.1 4001',
      '2001:db8::99 4002',
    ])
  })

  test('an address without a port needs something of its family that we listen on', () => {
    const advertise = [{ host: '2001:db8::99', port: null }]
    expect(advertised(['0.0.0.0:4001'], { advertise })).toEqual([])
    const complete = [{ host: '2001:db8::99', port: 99 }]
    expect(advertised(['0.0.0.0:4001'], { advertise: complete })).toEqual(['2001:db8::99 99'])
  })

  test('a machine with many interfaces advertises no more than the limit, Internet addresses first', () => {
    const near = Array.from({ length: 50 }, (_, at) => `10.0.${at}.1/24`)
    const cidrs = [...near, '198.51.100.7/24']
    const list = advertised(['0.0.0.0:1'], { cidrs })
    expect(list).toHaveLength(MAX_ADVERTISED_ADDRESSES)
    expect(list[0]).toBe('198.51.100.7 1')
    const advertise = Array.from({ length: 50 }, (_, at) => ({ host: '203.0.113.1', port: at + 1 }))
    expect(advertised(['0.0.0.0:1'], { advertise })).toHaveLength(MAX_ADVERTISED_ADDRESSES)
  })
})
