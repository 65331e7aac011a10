import { describe, expect, test } from 'vitest'
import { type InterfaceAddress, NetworkPolicy } from '../../src/index.js'
import { isNetwork } from '../../src/inet/networks.js'

interface Rules {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly own?: readonly string[]
}

function policyOf({ allow = [], deny = [], own = [] }: Rules = {}): NetworkPolicy {
  const interfaces = (): InterfaceAddress[] => own.map((cidr) => interfaceOf(cidr))
  return new NetworkPolicy({ allow, deny, interfaces })
}

function interfaceOf(cidr: string, internal = false): InterfaceAddress {
  const address = cidr.replace(/\/.*/, '')
  return { address, cidr, family: address.includes(':') ? 'IPv6' : 'IPv4', internal }
}

function judge(host: string, rules: Rules = {}, provenance: 'owner' | 'rumour' = 'rumour') {
  return policyOf(rules).judge({ family: host.includes(':') ? 6 : 4, host, port: 4001 }, provenance)
}

/** [first, last] of each network, and its neighbours that are not in it and on the Internet. */
const SPECIAL: readonly (readonly [name: string, inside: readonly string[], outside: readonly string[]])[] = [
  ['this network', ['0.0.0.0', '0.255.255.255'], ['1.0.0.0']],
  ['loopback', ['127.0.0.0', '127.0.0.1', '127.255.255.255'], ['126.255.255.255', '128.0.0.0']],
  ['link-local', ['169.254.0.0', '169.254.169.254', '169.254.255.255'], ['169.253.255.255', '169.255.0.0']],
  ['multicast', ['224.0.0.0', '239.255.255.255'], ['223.255.255.255']],
  ['reserved and broadcast', ['240.0.0.0', '255.255.255.255'], []],
  ['unspecified and loopback, IPv6', ['::', '::1'], []],
  ['link-local, IPv6', ['fe80::', 'febf:ffff::1'], ['fe7f::1']],
  ['site-local', ['fec0::', 'feff::1'], []],
  ['multicast, IPv6', ['ff00::', 'ff02::1', 'ffff:ffff::'], []],
]

const PRIVATE: typeof SPECIAL = [
  ['10/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  ['shared', ['100.64.0.0', '100.127.255.255'], ['100.63.255.255', '100.128.0.0']],
  ['172.16/12', ['172.16.0.0', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
  ['192.168/16', ['192.168.0.0', '192.168.255.255'], ['192.167.255.255', '192.169.0.0']],
  ['ULA', ['fc00::', 'fdff:ffff::1'], ['fbff::1']],
  ['local NAT64', ['64:ff9b:1::', '64:ff9b:1:ffff::1'], ['64:ff9b:2::1']],
]

describe('2/special networks', () => {
  test.each(SPECIAL)('%s is refused whoever told us, and allowed only by the operator', (_, inside, outside) => {
    for (const host of inside) {
      expect(judge(host), host).toBe('special-network')
      expect(judge(host, { own: [`${host}/8`] }, 'owner'), host).toBe('special-network')
      expect(judge(host, { allow: [host] }), host).toBeNull()
    }
    for (const host of outside) expect(judge(host), host).toBeNull()
  })

  test('port 0 is refused, whatever is allowed', () => {
    const policy = policyOf({ allow: ['0.0.0.0/0', '::/0'] })
    expect(policy.judge({ family: 4, host: '192.0.2.1', port: 0 }, 'owner')).toBe('port-zero')
    expect(policy.judge({ family: 4, host: '192.0.2.1', port: 1 }, 'owner')).toBeNull()
  })
})

describe('2/private networks', () => {
  test.each(PRIVATE)('%s is refused, and allowed by the operator', (_, inside, outside) => {
    for (const host of inside) {
      expect(judge(host), host).toBe('private-network')
      expect(judge(host, {}, 'owner'), host).toBe('private-network')
      expect(judge(host, { allow: [host] }), host).toBeNull()
    }
    for (const host of outside) expect(judge(host), host).toBeNull()
  })

  test.each([
    ['192.168.1.7/24', '192.168.1.200', '192.168.2.1'],
    ['10.1.2.3/25', '10.1.2.100', '10.1.2.200'],
    ['fd12:3456::1/64', 'fd12:3456::ffff', 'fd12:3456:0:1::1'],
  ])('inside the prefix of our interface %s: from the owner yes, from a rumour no', (own, near, far) => {
    expect(judge(near, { own: [own] }, 'owner')).toBeNull()
    expect(judge(near, { own: [own] }, 'rumour')).toBe('private-network')
    expect(judge(far, { own: [own] }, 'owner')).toBe('private-network')
  })

  test('an internal interface, or one without a prefix, makes nobody a neighbour', () => {
    const interfaces = () => [interfaceOf('10.0.0.1/8', true), { ...interfaceOf('10.0.0.1/8'), cidr: null }]
    const policy = new NetworkPolicy({ allow: [], deny: [], interfaces })
    expect(policy.judge({ family: 4, host: '10.0.0.2', port: 1 }, 'owner')).toBe('private-network')
  })

  test('interfaces are asked anew each time: networks come and go', () => {
    const own: string[] = []
    const policy = policyOf({ own })
    const neighbour = { family: 4, host: '10.0.0.2', port: 1 } as const
    expect(policy.judge(neighbour, 'owner')).toBe('private-network')
    own.push('10.0.0.1/24')
    expect(policy.judge(neighbour, 'owner')).toBeNull()
  })
})

describe('2/allow and deny', () => {
  test('deny wins over allow', () => {
    const rules = { allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] }
    expect(judge('10.2.0.1', rules)).toBeNull()
    expect(judge('10.1.0.1', rules)).toBe('denied-network')
    expect(judge('10.1.0.1', { allow: ['10.1.0.1'], deny: ['10.0.0.0/8'] })).toBe('denied-network')
  })

  test('deny takes Internet addresses and our own neighbours, too', () => {
    expect(judge('192.0.2.1', { deny: ['192.0.2.1'] })).toBe('denied-network')
    expect(judge('192.0.2.2', { deny: ['192.0.2.1'] })).toBeNull()
    expect(judge('10.0.0.2', { deny: ['10.0.0.0/24'], own: ['10.0.0.1/24'] }, 'owner')).toBe('denied-network')
  })

  test('a network of one family says nothing about the other', () => {
    expect(judge('127.0.0.1', { allow: ['::/0'] })).toBe('special-network')
    expect(judge('192.0.2.1', { deny: ['::/0'] })).toBeNull()
    expect(judge('2001:db8::1', { deny: ['0.0.0.0/0'] })).toBeNull()
    expect(judge('2001:db8::1', { deny: ['::/0'] })).toBe('denied-network')
  })

  test('a network written in IPv4-mapped form is the IPv4 network it means', () => {
    expect(judge('10.1.2.3', { deny: ['::ffff:10.0.0.0/104'] })).toBe('denied-network')
    expect(judge('11.1.2.3', { deny: ['::ffff:10.0.0.0/104'] })).toBeNull()
    expect(judge('10.1.2.3', { allow: ['::ffff:10.1.2.3'] })).toBeNull()
  })

  test('denies() drops inbound traffic by the form the operating system reports', () => {
    const policy = policyOf({ deny: ['192.0.2.0/24', 'fe80::/10'] })
    expect(policy.denies('192.0.2.9')).toBe(true)
    expect(policy.denies('::ffff:192.0.2.9')).toBe(true)
    expect(policy.denies('fe80::1%eth0')).toBe(true)
    expect(policy.denies('198.51.100.1')).toBe(false)
    expect(policy.denies('10.0.0.1'), 'private is for those we dial').toBe(false)
    expect(policy.denies('not an address')).toBe(false)
  })
})

describe('2/embedded addresses', () => {
  test.each(['::ffff:127.0.0.1', '64:ff9b::127.0.0.1', '2002:7f00:1::1', '::127.0.0.1'])(
    '%s is judged as loopback',
    (host) => {
      expect(judge(host)).toBe('special-network')
      expect(judge(host, { deny: ['127.0.0.0/8'] })).toBe('denied-network')
      expect(judge(host, { allow: ['127.0.0.0/8'] })).toBeNull()
    },
  )

  test.each(['64:ff9b::10.0.0.1', '2002:a00:1::1', '::ffff:10.0.0.1'])('%s is judged as private', (host) => {
    expect(judge(host)).toBe('private-network')
  })

  test('allowing the outer form does not allow the inner address', () => {
    expect(judge('2002:7f00:1::1', { allow: ['2002::/16'] })).toBe('special-network')
    expect(judge('64:ff9b::10.0.0.1', { allow: ['64:ff9b::/96'] })).toBe('private-network')
  })

  test('denying the outer form refuses any inner address', () => {
    expect(judge('2002:c000:201::1', { deny: ['2002::/16'] })).toBe('denied-network')
    expect(judge('2002:c000:201::1')).toBeNull()
  })
})

describe('networks as operators write them', () => {
  test.each(['10.0.0.0/8', '10.1.2.3/8', '192.0.2.1', '0.0.0.0/0', '::/0', 'fd00::/8', '::1', '2001:db8::/128'])(
    '%s is one',
    (text) => {
      expect(isNetwork(text)).toBe(true)
    },
  )

  test.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10/8',
    '::/129',
    'localhost',
    '[::1]',
    '10.0.0.0 /8',
    '10.0.0.0/8\n',
    '10.0.0.0/255.0.0.0',
  ])('%j is none', (text) => {
    expect(isNetwork(text)).toBe(false)
    expect(() => policyOf({ deny: [text] })).toThrow(new RangeError(`not a network: ${JSON.stringify(text)}`))
  })
})
