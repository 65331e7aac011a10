import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeInetAddress,
  encodeInetAddress,
  formatInetAddress,
  inetSource,
  parseInetAddress,
} from '../../src/index.js'
import { embeddedIpv4, formatIp, parseIp } from '../../src/inet/inet-address.js'
import { hex, toHex } from '../hex.js'

/** [as somebody may write it, as RFC 5952 wants it, the section that decides] */
const CANONICAL: readonly (readonly [text: string, canonical: string, why: string])[] = [
  ['2001:0db8::0001', '2001:db8::1', '4.1 leading zeros'],
  ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1', '4.2.1 as short as possible'],
  ['2001:db8::0:1', '2001:db8::1', '4.2.1 as short as possible'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', '4.2.2 one group is not shortened'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1', '4.2.2 one group is not shortened'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1', '4.2.3 the longest run'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', '4.2.3 the first of equals'],
  ['2001:DB8:A::F', '2001:db8:a::f', '4.3 lower case'],
  ['0:0:0:0:0:0:0:0', '::', 'all zeros'],
  ['::', '::', 'all zeros'],
  ['0:0:0:0:0:0:0:1', '::1', 'at the front'],
  ['1:0:0:0:0:0:0:0', '1::', 'at the end'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', ':: for one group'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8', ':: for one group'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', 'dotted tail'],
  ['1:2:3:4:5:6:192.0.2.33', '1:2:3:4:5:6:c000:221', 'dotted tail without ::'],
  ['192.0.2.1', '192.0.2.1', 'IPv4'],
  ['0.0.0.0', '0.0.0.0', 'IPv4'],
  ['255.255.255.255', '255.255.255.255', 'IPv4'],
]

const NO_ADDRESS = [
  ['', ':', ':::', '::1::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8'],
  [
    '12345::',
    '::g',
    '::1%eth0',
    '[::1]',
    ' ::1',
    '::1 ',
    ':1',
    '1:',
    '-1::',
    '0x1::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
  ],
  [
    '1:2:3:4:5:6:7:1.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.4 ',
    '1..3.4',
    '1.2.3.-4',
  ],
  ['0x7f.0.0.1', '127.1', '2130706433', '1.2.3.4/8', 'localhost', 'example.org', '١.2.3.4', '1e1.2.3.4'],
].flat()

describe('RFC 5952', () => {
  test.each(CANONICAL)('%s is written %s: %s', (text, canonical) => {
    expect(formatIp(parseIp(text)!)).toBe(canonical)
  })

  test('every IPv6 address is written as a URL writes it, from any of its spellings', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(`[${formatIp(parseIp(text)!)}]`).toBe(new URL(`http://[${text}]/`).hostname)
      }),
    )
  })

  test('every run of zero groups is shortened as a URL shortens it', () => {
    for (let zeros = 0; zeros < 256; zeros += 1) {
      const groups = Array.from({ length: 8 }, (_, at) => ((zeros >> at) & 1 ? '0' : (at + 10).toString(16)))
      const text = groups.join(':')
      expect(`[${formatIp(parseIp(text)!)}]`).toBe(new URL(`http://[${text}]/`).hostname)
    }
  })

  test('every 4 or 16 octets survive being written and read', () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    )
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(parseIp(formatIp(bytes))).toEqual(bytes)
      }),
    )
  })

  test.each(NO_ADDRESS)('%j is no address', (text) => {
    expect(parseIp(text)).toBeNull()
  })

  test('an address is what the runtime takes for one, zones left aside', () => {
    const texts = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom(...'0123456789af:.'), maxLength: 45 }),
      fc.string(),
    )
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(!text.includes('%'))
        const octets = parseIp(text)
        expect(octets === null ? 0 : octets.length === 4 ? 4 : 6).toBe(isIP(text))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('PROTOCOL 5/senderAddress', () => {
  test.each([
    ['192.0.2.1', 4001, 'c0000201 0fa1', 4],
    ['0.0.0.0', 0, '00000000 0000', 4],
    ['255.255.255.255', 65_535, 'ffffffff ffff', 4],
    ['2001:db8::1', 80, '20010db8000000000000000000000001 0050', 6],
  ] as const)('golden: %s port %d', (host, port, golden, family) => {
    expect(toHex(encodeInetAddress(host, port))).toBe(toHex(hex(golden)))
    expect(decodeInetAddress(hex(golden))).toEqual({ family, host, port })
  })

  test('an IPv4-mapped address is written, read and keyed as the IPv4 address it means', () => {
    expect(toHex(encodeInetAddress('::ffff:192.0.2.1', 80))).toBe('c00002010050')
    expect(decodeInetAddress(hex('00000000000000000000ffff c0000201 0050'))).toEqual({
      family: 4,
      host: '192.0.2.1',
      port: 80,
    })
    expect(parseInetAddress('[::ffff:192.0.2.1]:80')).toEqual({ host: '192.0.2.1', port: 80 })
    expect(inetSource('::ffff:192.0.2.1')).toEqual(inetSource('192.0.2.1'))
  })

  test('whatever 6 or 18 octets decode to encodes to the same address again', () => {
    const wire = fc.oneof(
      fc.uint8Array({ minLength: 6, maxLength: 6 }),
      fc.uint8Array({ minLength: 18, maxLength: 18 }),
    )
    fc.assert(
      fc.property(wire, (bytes) => {
        const address = decodeInetAddress(bytes)!
        expect(decodeInetAddress(encodeInetAddress(address.host, address.port))).toEqual(address)
      }),
    )
  })

  test('any other length is no address', () => {
    for (let size = 0; size <= 40; size += 1) {
      expect(decodeInetAddress(new Uint8Array(size)) !== null, `${size} octets`).toBe(size === 6 || size === 18)
    }
  })

  test.each([
    ['example.org', 80, 'not an IP address: "example.org"'],
    ['::1%lo', 80, 'not an IP address: "::1%lo"'],
    ['192.0.2.1', -1, 'port -1 is not from 0 to 65535'],
    ['192.0.2.1', 65_536, 'port 65536 is not from 0 to 65535'],
    ['192.0.2.1', 1.5, 'port 1.5 is not from 0 to 65535'],
    ['192.0.2.1', Number.NaN, 'port NaN is not from 0 to 65535'],
  ])('%s port %d is refused: %s', (host, port, message) => {
    expect(() => encodeInetAddress(host, port)).toThrow(new RangeError(message))
  })
})

describe('2/embedded addresses', () => {
  test.each<[text: string, inner: string | null, why: string]>([
    ['::ffff:192.0.2.1', '192.0.2.1', 'mapped'],
    ['64:ff9b::192.0.2.1', '192.0.2.1', 'NAT64'],
    ['2002:c000:201::', '192.0.2.1', '6to4'],
    ['2002:c000:201:ffff:1:2:3:4', '192.0.2.1', '6to4 of any subnet'],
    ['::192.0.2.1', '192.0.2.1', 'compatible'],
    ['::0.0.0.2', '0.0.0.2', 'compatible'],
    ['::', null, 'unspecified'],
    ['::1', null, 'loopback'],
    ['64:ff9b:0:1::192.0.2.1', null, 'beyond the /96 of NAT64'],
    ['64:ff9b:1::192.0.2.1', null, 'local NAT64 is a private network, not a known form'],
    ['::ffff:0:192.0.2.1', null, 'translated'],
    ['2003::1', null, 'plain'],
    ['192.0.2.1', null, 'IPv4'],
  ])('%s carries %s: %s', (text, inner) => {
    const found = embeddedIpv4(parseIp(text)!)
    expect(found === null ? null : formatIp(found)).toBe(inner)
  })
})

describe('2/sources', () => {
  test.each([
    ['192.0.2.1', 'c0000201', 'an IPv4 address without its port'],
    ['2001:db8:1:2:3:4:5:6', '20010db800010002', 'the /64 that one host can fill'],
    ['fe80::1%eth0', 'fe80000000000000', 'without the zone'],
    ['not an address', '', 'nothing'],
  ])('%s is keyed by %s: %s', (host, key) => {
    expect(toHex(inetSource(host))).toBe(key)
  })
})

describe('endpoints as operators write them', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1', null],
    ['192.0.2.1:80', '192.0.2.1', 80],
    ['2001:DB8::1', '2001:db8::1', null],
    ['[2001:db8::1]', '2001:db8::1', null],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535],
    ['192.0.2.1:0', '192.0.2.1', 0],
  ])('%s is host %s, port %s', (text, host, port) => {
    expect(parseInetAddress(text)).toEqual({ host, port })
  })

  test.each([
    '',
    'localhost',
    'example.org:80',
    '192.0.2.1:',
    '192.0.2.1:65536',
    '192.0.2.1:123456',
    '192.0.2.1:8o',
    '[::1',
    '::1]:80',
    '[::1]:',
    '[::1]80',
    '[::1%lo]:1',
    '1.2.3:4',
  ])('%j is no endpoint', (text) => {
    expect(parseInetAddress(text)).toBeNull()
  })

  test('what is shown to people can be read again', () => {
    const wire = fc.oneof(
      fc.uint8Array({ minLength: 6, maxLength: 6 }),
      fc.uint8Array({ minLength: 18, maxLength: 18 }),
    )
    fc.assert(
      fc.property(wire, (bytes) => {
        const { family, host, port } = decodeInetAddress(bytes)!
        expect(parseInetAddress(formatInetAddress({ family, host, port }))).toEqual({ host, port })
      }),
    )
  })
})
