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
