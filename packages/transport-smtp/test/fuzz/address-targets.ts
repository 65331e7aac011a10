/** Mailboxes, filter lines and the addresses that strangers' HELOs are made of. */
import assert from 'node:assert/strict'
import { nodeIdFromBytes } from '@postern/crypto'
import type { FuzzTarget } from '@postern/transport-testkit'
import { MAX_FILTER_LINE_OCTETS, MAX_MAILBOX_OCTETS } from '../../src/constants.js'
import { defaultFilterLine, filterLineFault, parseFilterLine } from '../../src/mail/filter-line.js'
import { mailboxBudgetKey, mailboxFault, parseMailbox } from '../../src/mail/mail-address.js'
import { decodeSmtpAddress, encodeSmtpAddress } from '../../src/mail/smtp-address.js'

const MAILBOXES = [
  'me@example.org',
  'First.Last+tag@Mail.Example.ORG',
  'a@b.c',
  `${'l'.repeat(64)}@${'d'.repeat(63)}.${'e'.repeat(63)}.${'f'.repeat(60)}`,
]
const LINES = [
  'X-mailer: GNUnet',
  `X-a: ${'v'.repeat(71)}`,
  ...[0, 1, 2].map((octet) => defaultFilterLine(nodeIdFromBytes(new Uint8Array(32).fill(octet)))),
]
const TOKENS = [
  ...[
    '@',
    '.',
    '..',
    '+',
    '-',
    '%',
    '!',
    '|',
    '"',
    '<',
    '>',
    '(',
    ' ',
    '\r\n',
    '\n',
    '\r',
    '\0',
    'é',
    'ſ',
    'K',
    '[1.2.3.4]',
  ],
  ...[
    '127.0.0.1',
    '0x7f',
    'postmaster',
    'owner-',
    '-request',
    '-confirm',
    'xn--',
    'X-',
    ': ',
    ':',
    'X-Spam-',
    'X-Loop',
  ],
  ...['X-Envelope-', '\r\nRCPT TO:<x@y.z>', 'From: '],
].map((text) => Buffer.from(text))

/** What must never come out, whatever goes in: line ends, brackets, quotes, anything that is not printable ASCII. */
const SAFE_MAILBOX = /^[A-Za-z0-9#$&'*+\-/=?^_`{}~.]+@[a-z0-9.-]+$/
const SAFE_LINE = /^X-[A-Za-z0-9-]+: [!-~](?:[ -~]*[!-~])?$/

const mailbox: FuzzTarget = {
  name: 'mailbox',
  maxOctets: 320,
  tokens: TOKENS,
  seeds: () => MAILBOXES.map((text) => Buffer.from(text)),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    const fault = mailboxFault(text)
    const parsed = parseMailbox(text)
    assert.equal(parsed === null, fault !== null)
    if (parsed === null) return `${fault}-${Number(text.includes('@'))}`
    assert.match(parsed, SAFE_MAILBOX)
    assert(parsed.length <= MAX_MAILBOX_OCTETS)
    assert.equal(parseMailbox(parsed), parsed, 'what comes out is canonical')
    const key = mailboxBudgetKey(parsed)
    assert(key === key.toLowerCase() && !key.slice(0, key.indexOf('@')).includes('+'))
    return `ok-${Number(parsed !== text)}${Number(text.includes('+'))}`
  },
}

const filterLine: FuzzTarget = {
  name: 'filter-line',
  maxOctets: 128,
  tokens: TOKENS,
  seeds: () => LINES.map((text) => Buffer.from(text)),
  feed(input) {
    const text = Buffer.from(input).toString('utf8')
    const fault = filterLineFault(text)
    const parsed = parseFilterLine(text)
    assert.equal(parsed === null, fault !== null)
    if (parsed === null) return fault!
    assert.match(parsed.line, SAFE_LINE)
    assert(parsed.line.length <= MAX_FILTER_LINE_OCTETS)
    assert.equal(`${parsed.name}: ${parsed.value}`, text, 'written as it was read')
    return 'ok'
  },
}

const smtpAddress: FuzzTarget = {
  name: 'smtp-address',
  maxOctets: 360,
  tokens: TOKENS,
  seeds: () =>
    MAILBOXES.flatMap((box) => LINES.map((line) => encodeSmtpAddress(parseMailbox(box)!, parseFilterLine(line)!))),
  feed(input) {
    const decoded = decodeSmtpAddress(input)
    if (!decoded.ok) return decoded.fault
    const { mailbox: box, filterLine: line } = decoded.value
    assert.match(box, SAFE_MAILBOX)
    assert.match(line.line, SAFE_LINE)
    const encoded = Buffer.from(encodeSmtpAddress(box, line))
    assert.deepEqual(decodeSmtpAddress(encoded), decoded)
    const isSame = encoded.compare(input) === 0
    // Only the case of the domain may differ.
    if (!isSame)
      assert.equal(encoded.toString('latin1').toLowerCase(), Buffer.from(input).toString('latin1').toLowerCase())
    return isSame ? 'ok' : 'ok-upper-case'
  },
}

export const addressTargets: readonly FuzzTarget[] = [mailbox, filterLine, smtpAddress]
