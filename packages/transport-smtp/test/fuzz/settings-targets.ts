/** What an operator writes: settings, the URLs in them, and routes. */
import assert from 'node:assert/strict'
import { nodeIdFromBytes } from '@postern/crypto'
import { ConfigError, ConfigSection } from '@postern/transport-api'
import type { FuzzTarget } from '@postern/transport-testkit'
import { parseTarget } from '../../src/relay/routes.js'
import { readSmtpSettings } from '../../src/smtp-settings.js'

const NODE_ID = nodeIdFromBytes(new Uint8Array(32).fill(1))
const PASSWORD = 'hunter2'
const KEYS = (
  'address submit submitSecurity submitCa connections timeoutMs plaintextCredentials inbox filter acceptedFilters ' +
  'envelope maxMailOctets maxLatencyMs cost allow deny'
).split(' ')

const smtpSettings: FuzzTarget = {
  name: 'smtp-settings',
  maxOctets: 768,
  tokens: [
    ...KEYS.map((key) => `"${key}":`),
    ...[
      'smtp://',
      'smtps://',
      'listen://',
      'listen+lmtp://',
      ':465',
      ':65536',
      '%',
      '%00',
      '%25',
      '@',
      '[::1]',
      '[',
      '#',
      '?',
    ],
    ...['"none"', '"tls"', '"starttls"', '"own"', 'null', 'true', '[]', '-1', '1e99', '"', '\\u0000', 'é', '\t'],
  ].map((text) => Buffer.from(text)),
  seeds: () =>
    [
      { address: 'me@example.org' },
      {
        address: 'me@example.org',
        submit: `smtps://me:${PASSWORD}@mail.example.org`,
        inbox: 'listen://127.0.0.1:2525',
      },
      { address: 'Me@Example.org', submit: 'smtp://[::1]:2525', submitSecurity: 'none', inbox: 'listen+lmtp://[::1]' },
      { address: 'a@b.cd', filter: 'X-mailer: GNUnet', acceptedFilters: ['X-a: b'], envelope: 'own', allow: ['b.cd'] },
      { address: 'a@b.cd', maxMailOctets: 4_096, maxLatencyMs: 1_000, cost: 0, connections: 2, timeoutMs: 60_000 },
      {
        address: 'a@b.cd',
        submit: `smtp://u:${PASSWORD}@h.example`,
        submitSecurity: 'none',
        plaintextCredentials: true,
      },
    ].map((values) => Buffer.from(JSON.stringify(values))),
  feed(input) {
    const values = parseObject(Buffer.from(input).toString('utf8'))
    if (values === null) return 'not-json'
    try {
      const { submit, inbox } = readSmtpSettings(new ConfigSection('smtp', values), NODE_ID)
      for (const port of [submit?.port, inbox?.port]) assert(port === undefined || (port >= 0 && port <= 0xffff))
      assert(submit === null || submit.host !== '')
      return `ok-${submit?.security ?? 'silent'}-${Number(submit?.auth !== undefined)}-${inbox?.protocol ?? 'deaf'}`
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      const others = Object.entries(values).filter(([key]) => key !== 'submit' && key !== 'inbox')
      if (!JSON.stringify(others).includes(PASSWORD))
        assert(!error.message.includes(PASSWORD), 'a password is never shown')
      return `refused-${KEYS.find((key) => key === error.key) ?? 'unknown'}`
    }
  },
}

const route: FuzzTarget = {
  name: 'route',
  maxOctets: 256,
  tokens: [
    'smtp://',
    'lmtp://',
    '://',
    '[',
    ']',
    ':',
    '::',
    '/',
    '@',
    '\n',
    'K',
    'ſ',
    ':0',
    ':65535',
    ':65536',
    '%',
  ].map((text) => Buffer.from(text)),
  seeds: () =>
    ['smtp://mail.example.org:25', 'lmtp://127.0.0.1:2424', 'smtp://[2001:db8::1]:25'].map((text) =>
      Buffer.from(parseTarget(text)!.key.replace(/\/\/(.*:.*):/, (_, host: string) => `//[${host}]:`)),
    ),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    const target = parseTarget(text)
    if (target === null) return `refused-${Number(text.includes('://'))}${Number(text.includes('['))}`
    const { host, port, protocol, key } = target
    assert(port >= 1 && port <= 0xffff)
    assert.match(host, /^[0-9a-z:.-]+$/)
    assert.equal(key, `${protocol}://${host}:${port}`)
    return `ok-${protocol}-${Number(host.includes(':'))}`
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

export const settingsTargets: readonly FuzzTarget[] = [smtpSettings, route]
