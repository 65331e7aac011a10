import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAIL_HEADER_ALLOWANCE_OCTETS } from '../../src/constants.js'
import { composeMail, containerCapacity, type MailParts, mailOctets, mtuOf } from '../../src/mail/compose-mail.js'
import { encodeContainer } from '../../src/mail/container.js'
import { parseFilterLine } from '../../src/mail/filter-line.js'
import { parseMailbox } from '../../src/mail/mail-address.js'
import {
  crlf,
  DATE_MS,
  FROM,
  filterLines,
  GNUNET,
  MAIL_ID,
  MAIL_TEXT,
  MESSAGE_ID,
  mailboxes,
  OPEN,
  SEALED,
  SENDER,
} from './samples.js'

const PARTS: MailParts = {
  from: FROM,
  filterLine: GNUNET,
  messageId: MESSAGE_ID,
  dateMs: DATE_MS,
  container: encodeContainer(SENDER, MAIL_ID, [SEALED, OPEN]),
}

test('7/mail: the whole mail, to the octet', () => {
  expect(composeMail(PARTS).toString('latin1')).toBe(crlf(MAIL_TEXT).toString('latin1'))
})

test('7/mail: the filter line stands exactly as the receiver wrote it', () => {
  const filterLine = parseFilterLine(`X-zZ-9: ${'a b'.repeat(21)}: "<>`)!
  expect(composeMail({ ...PARTS, filterLine }).toString('latin1')).toContain(`\r\n${filterLine.line}\r\n`)
})

test('2/mtu: 64 KiB carry a message of 46 337 octets, 4 KiB one of 1436, 1 MiB one of 764 711', () => {
  expect([4_096, 65_536, 1_048_576].map(containerCapacity)).toEqual([1_494, 46_395, 764_769])
  expect([4_096, 65_536, 1_048_576].map(mtuOf)).toEqual([1_436, 46_337, 764_711])
  for (const octets of [4_095, 1_048_577, Number.NaN]) expect(() => mtuOf(octets)).toThrow(RangeError)
})

test('5/maxMailOctets: a full container never makes a larger mail, even with the longest names', () => {
  const label = 'd'.repeat(63)
  const from = parseMailbox(`l@${label}.${label}.${label}.${'e'.repeat(60)}`)!
  const filterLine = parseFilterLine(`X-a: ${'v'.repeat(71)}`)!
  expect([from.length, filterLine.line.length]).toEqual([254, 76])
  expect(mailOctets(0, { from, filterLine })).toBeLessThan(MAIL_HEADER_ALLOWANCE_OCTETS / 2)
  for (const most of [4_096, 5_000, 65_536, 1_048_576]) {
    const container = new Uint8Array(containerCapacity(most))
    const mail = composeMail({ ...PARTS, from, filterLine, container })
    expect(mail.byteLength).toBeLessThanOrEqual(most)
    expect(mail.byteLength).toBe(mailOctets(container.byteLength, { from, filterLine }))
  }
})

test('7/mail: its size is known beforehand; only CRLF, ASCII and lines of at most 998', () => {
  fc.assert(
    fc.property(
      mailboxes,
      filterLines,
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(4_102_444_800_000),
      (from, filterLine, container, dateMs) => {
        const mail = composeMail({ from, filterLine, container, dateMs, messageId: MESSAGE_ID })
        expect(mail.byteLength).toBe(mailOctets(container.byteLength, { from, filterLine }))
        expect(mail.toString('latin1')).toMatch(/^(?:[ -~]{0,998}\r\n)+$/)
      },
    ),
  )
})

test.each([
  ['a message id in upper case', { messageId: MESSAGE_ID.toUpperCase() }],
  ['a message id of 31 digits', { messageId: MESSAGE_ID.slice(1) }],
  ['a message id with a line end', { messageId: `${MESSAGE_ID}\n` }],
  ['a date that is none', { dateMs: Number.NaN }],
  ['a date before 1970', { dateMs: -1 }],
  ['a date of the year 10000', { dateMs: 253_402_300_800_000 }],
])('7/mail: %s is the caller’s mistake', (_, change) => {
  expect(() => composeMail({ ...PARTS, ...change })).toThrow(RangeError)
})

test('7/mail: the first and the last date have the length that sizes are predicted by', () => {
  for (const dateMs of [0, 253_402_300_799_999]) {
    expect(composeMail({ ...PARTS, dateMs }).byteLength).toBe(mailOctets(PARTS.container.byteLength, PARTS))
  }
})
