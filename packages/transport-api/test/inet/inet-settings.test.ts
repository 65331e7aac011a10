import { describe, expect, test } from 'vitest'
import { ConfigSection, readInetSettings } from '../../src/index.js'

const read = (values: Record<string, unknown> = {}) => readInetSettings(new ConfigSection('tcp', values), () => [])

describe('6/config of IP transports', () => {
  test('with no setting at all: a free port, on every address of both families, advertised', () => {
    expect(read()).toMatchObject({ port: 0, listen: ['0.0.0.0', '::'], listenChosen: false, advertise: 'auto' })
  })

  test('everything that can be set', () => {
    const settings = read({
      port: 4001,
      listen: ['127.0.0.1', '0:0:0:0:0:0:0:1'],
      advertise: ['192.0.2.7', '192.0.2.7:4002', '[2001:DB8::7]:4003'],
      allow: '127.0.0.0/8',
      deny: ['127.0.0.9'],
    })
    expect(settings).toMatchObject({ port: 4001, listen: ['127.0.0.1', '::1'], listenChosen: true })
    expect(settings.advertise).toEqual([
      { host: '192.0.2.7', port: null },
      { host: '192.0.2.7', port: 4002 },
      { host: '2001:db8::7', port: 4003 },
    ])
    expect(settings.policy.judge({ family: 4, host: '127.0.0.1', port: 1 }, 'rumour')).toBeNull()
    expect(settings.policy.judge({ family: 4, host: '127.0.0.9', port: 1 }, 'rumour')).toBe('denied-network')
  })

  test.each([
    ['none', 'none'],
    [['none'], 'none'],
    ['auto', 'auto'],
    [[], []],
  ])('advertise = %j', (advertise, expected) => {
    expect(read({ advertise }).advertise).toEqual(expected)
  })

  test('listening nowhere is a choice: dialling out only', () => {
    expect(read({ listen: [] })).toMatchObject({ listen: [], listenChosen: true })
  })

  test('loopback addresses side by side, and link-local ones of IPv4, can be listened on', () => {
    const listen = ['127.0.0.1', '127.0.0.2', '169.254.1.1', '::']
    expect(read({ listen })).toMatchObject({ listen })
  })

  test('what peers would refuse can be advertised once the operator allows it, denied or not', () => {
    const allowed = { advertise: ['127.0.0.1', '[fe80::1]:4001'], allow: ['127.0.0.0/8', 'fe80::/10'] }
    expect(read({ ...allowed, deny: ['127.0.0.0/8'] }).advertise).toHaveLength(2)
    expect(() => read({ advertise: '127.0.0.1', deny: ['127.0.0.0/8'] })).toThrow('every peer refuses')
    expect(read({ advertise: '10.0.0.1' }).advertise, 'a LAN is a network, too').toHaveLength(1)
  })

  test('listening nowhere, an address with its port may be named', () => {
    expect(read({ listen: [], advertise: '192.0.2.7:4001' }).advertise).toHaveLength(1)
  })

  const TWICE = 'stands there twice; take one out'
  const MULTICAST = 'a multicast address, which no machine has; write one of this machine'
  const REFUSED =
    'every peer refuses such an address (loopback, link-local, multicast and the like); take it out, or add it to `allow`'
  const noPort = (family: number, complete: string): string =>
    `nothing in \`listen\` is IPv${family}, so its port is not known; write it, as in "${complete}"`
  test.each<[key: 'listen' | 'advertise', entry: string, fault: string, others?: Record<string, unknown>]>([
    ['listen', '192.0.2.7', TWICE, { listen: ['192.0.2.7', '192.0.2.7'] }],
    ['listen', '2001:DB8::7', TWICE, { listen: ['2001:db8:0::7', '2001:DB8::7'] }],
    ['listen', '0.0.0.0', TWICE, { listen: ['0.0.0.0', '0.0.0.0'] }],
    ['listen', '::ffff:192.0.2.7', 'an IPv4-mapped address; write "192.0.2.7"'],
    ['listen', '224.0.0.1', MULTICAST],
    ['listen', 'ff02::1', MULTICAST],
    [
      'listen',
      'fe80::1',
      'a link-local address means nothing without a zone; write another one of this machine, or "::"',
    ],
    ['listen', '127.0.0.1', '"0.0.0.0" covers it; take one of the two out', { listen: ['127.0.0.1', '0.0.0.0'] }],
    ['listen', '::1', '"::" covers it; take one of the two out', { listen: ['0.0.0.0', '::', '::1'] }],
    ...['127.0.0.1', '0.0.0.0:4001', '169.254.1.1', '[fe80::1]:4001', '224.0.0.1', '255.255.255.255:1', '[::]:1'].map(
      (entry): ['advertise', string, string] => ['advertise', entry, REFUSED],
    ),
    ['advertise', '2001:db8::7', noPort(6, '[2001:db8::7]:4001'), { listen: ['0.0.0.0'] }],
    ['advertise', '192.0.2.7', noPort(4, '192.0.2.7:4001'), { listen: [] }],
  ])('%s: %s is refused: %s', (key, entry, fault, others) => {
    const refusal = { code: 'ERR_CONFIG', section: 'tcp', key, message: `[tcp] ${key}: "${entry}": ${fault}` }
    expect(() => read({ [key]: [entry], ...others })).toThrow(expect.objectContaining(refusal))
  })

  const ADVERTISE = 'expected "auto", "none" or addresses such as "192.0.2.7:4001" or "[2001:db8::7]:4001"'
  const NETWORKS = 'expected networks such as "10.0.0.0/8" or "fd00::/8"'
  test.each([
    [{ port: 65_536 }, '[tcp] port: expected a whole number from 0 to 65535, got 65536'],
    [{ port: '4001' }, '[tcp] port: expected a whole number from 0 to 65535, got "4001"'],
    [{ listen: 'localhost' }, '[tcp] listen: expected IP addresses such as "0.0.0.0" or "::", got "localhost"'],
    [{ listen: ['::', '[::1]'] }, '[tcp] listen: expected IP addresses such as "0.0.0.0" or "::", got ["::","[::1]"]'],
    [{ listen: 4001 }, '[tcp] listen: expected a list of strings, got 4001'],
    [{ advertise: 'example.org:80' }, `[tcp] advertise: ${ADVERTISE}, got "example.org:80"`],
    [{ advertise: '192.0.2.7:0' }, `[tcp] advertise: ${ADVERTISE}, got "192.0.2.7:0"`],
    [{ advertise: ['auto', '192.0.2.7'] }, `[tcp] advertise: ${ADVERTISE}, got ["auto","192.0.2.7"]`],
    [{ allow: '10/8' }, `[tcp] allow: ${NETWORKS}, got "10/8"`],
    [{ deny: ['10.0.0.0/8', 'all'] }, `[tcp] deny: ${NETWORKS}, got ["10.0.0.0/8","all"]`],
  ])('%j is refused word for word', (values, message) => {
    expect(() => read(values)).toThrow(message)
  })
})
