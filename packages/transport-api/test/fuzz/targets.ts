/** What this package makes of bytes and text from outside, for `npm run fuzz`. */
import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { type FuzzTarget, sizeClass } from '@postern/transport-testkit'
import {
  ConfigError,
  ConfigSection,
  decodeInetAddress,
  encodeInetAddress,
  formatInetAddress,
  inetSource,
  NetworkPolicy,
  parseInetAddress,
  readInetSettings,
} from '../../src/index.js'
import { parseIp } from '../../src/inet/inet-address.js'
import { isNetwork, Networks } from '../../src/inet/networks.js'

const HOSTS = [
  ...['192.0.2.1', '0.0.0.0', '255.255.255.255', '127.0.0.1', '10.1.2.3', '100.64.0.1'],
  ...['2001:db8::1', '::', '::1', '::ffff:192.0.2.1', '64:ff9b::192.0.2.1', '2002:c000:201::', 'fe80::1', 'fc00::7'],
]
const TOKENS = [
  ...['::', ':', '.', '0', '00', '255', '256', 'ffff', '[', ']', ']:', '/', '/0', '/32', '/128', '%eth0', ':65535'],
  ...[':65536', '::ffff:', '64:ff9b::', '2002:', '192.0.2.1', '\n', '\u0660', '٫'],
].map((text) => Buffer.from(text))
const POLICY = new NetworkPolicy({
  allow: ['10.1.0.0/16', 'fc00::/8'],
  deny: ['192.0.2.0/25', '2001:db8:1::/48'],
  interfaces: () => [{ address: '192.168.1.2', cidr: '192.168.1.2/24', family: 'IPv4', internal: false }],
})

const inetAddress: FuzzTarget = {
  name: 'inet-address',
  maxOctets: 40,
  seeds: () => HOSTS.map((host, at) => encodeInetAddress(host, [0, 1, 2_086, 0xffff][at % 4]!)),
  feed(input) {
    const address = decodeInetAddress(input)
    if (address === null) {
      assert(input.length !== 6 && input.length !== 18)
      return `refused-${sizeClass(input.length)}`
    }
    const { family, host, port } = address
    assert.equal(isIP(host), family)
    const isMapped = input.length === 18 && family === 4
    const encoded = Buffer.from(encodeInetAddress(host, port))
    assert.equal(encoded.compare(isMapped ? input.subarray(12) : input), 0, 'encodes to the same octets')
    assert.deepEqual(parseInetAddress(formatInetAddress(address)), { host, port })
    assert.equal(inetSource(host).length, family === 4 ? 4 : 8)
    const [remote, own] = [POLICY.judge(address, 'rumour'), POLICY.judge(address, 'owner')]
    assert(own === remote || remote === 'private-network', 'the owner may do more than rumour, never less')
    if (POLICY.denies(host)) assert(own !== null, 'what is denied is not dialled')
    return `${isMapped ? 'mapped' : family}-${remote ?? 'ok'}-${own ?? 'ok'}`
  },
}

const inetText: FuzzTarget = {
  name: 'inet-text',
  maxOctets: 128,
  tokens: TOKENS,
  seeds: () =>
    HOSTS.flatMap((host) => {
      const address = decodeInetAddress(encodeInetAddress(host, 2_086))!
      return [Buffer.from(host), Buffer.from(formatInetAddress(address))]
    }),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    const isLiteral = parseIp(text) !== null
    // node:net takes a zone, too, which means nothing to another machine.
    assert.equal(isLiteral, isIP(text) !== 0 && !text.includes('%'), 'an IP literal is what Node takes for one')
    const parsed = parseInetAddress(text)
    if (parsed === null) {
      assert.equal(isLiteral, false)
      return `refused-${Number(text.includes(':'))}${Number(text.includes('.'))}${Number(text.includes('['))}`
    }
    const { host, port } = parsed
    const family = isIP(host)
    assert(family === 4 || family === 6)
    assert.deepEqual(parseInetAddress(host), { host, port: null }, 'what comes out is canonical')
    if (port !== null) assert.deepEqual(parseInetAddress(formatInetAddress({ family, host, port })), parsed)
    const spelling = text.startsWith('[') ? 'bracketed' : text === host ? 'canonical' : 'other'
    return `ok-${family}-${port === null ? 'bare' : 'port'}-${spelling}`
  },
}

const networkText: FuzzTarget = {
  name: 'network-text',
  maxOctets: 96,
  tokens: TOKENS,
  seeds: () => HOSTS.flatMap((host) => [Buffer.from(host), Buffer.from(`${host}/8`), Buffer.from(`${host}/112`)]),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    if (!isNetwork(text)) {
      assert.throws(() => new Networks([text]), RangeError)
      return `refused-${Number(text.includes('/'))}${Number(text.includes(':'))}`
    }
    const host = text.replace(/\/.*$/, '')
    const address = decodeInetAddress(encodeInetAddress(host, 1))!
    const networks = new Networks([text])
    // A mapped network wider than all mapped addresses is one of IPv6, which the address it was written with has left.
    const isWide = address.family !== isIP(host) && text !== host && Number(text.slice(host.length + 1)) < 96
    assert.equal(networks.has(address.host), !isWide, 'a network holds the address it is written with')
    return `${address.family}-${isWide ? 'wide' : sizeClass(Number(text.slice(host.length + 1)))}`
  },
}

const inetSettings: FuzzTarget = {
  name: 'inet-settings',
  maxOctets: 512,
  tokens: [
    ...TOKENS,
    ...[
      '"port":',
      '"listen":',
      '"advertise":',
      '"allow":',
      '"deny":',
      '"auto"',
      '"none"',
      'null',
      '-1',
      '1e9',
      '[]',
    ].map((text) => Buffer.from(text)),
  ],
  seeds: () =>
    [
      {},
      { port: 2_086, listen: ['0.0.0.0', '::'], advertise: 'auto' },
      { listen: '192.0.2.1', advertise: ['192.0.2.7:4001', '[2001:db8::7]'], allow: ['10.0.0.0/8'], deny: 'fd00::/8' },
      { listen: [], advertise: 'none', deny: ['0.0.0.0/0', '::/0'] },
    ].map((values) => Buffer.from(JSON.stringify(values))),
  feed(input) {
    const values = parseObject(Buffer.from(input).toString('utf8'))
    if (values === null) return 'not-json'
    try {
      const config = new ConfigSection('udp', values)
      const { listen, advertise } = readInetSettings(config, () => [])
      config.refuseUnknown()
      assert(listen.every((host) => isIP(host) !== 0))
      return `ok-${listen.length === 0 ? 'deaf' : 'listening'}-${typeof advertise === 'string' ? advertise : 'list'}`
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return `refused-${['port', 'listen', 'advertise', 'allow', 'deny'].find((key) => key === error.key) ?? 'unknown'}`
    }
  },
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

export const targets: readonly FuzzTarget[] = [inetAddress, inetText, networkText, inetSettings]
