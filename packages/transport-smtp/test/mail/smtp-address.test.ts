import { MAX_SENDER_ADDRESS_OCTETS } from '@postern/helo'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FilterLine, parseFilterLine } from '../../src/mail/filter-line.js'
import { type Mailbox, parseMailbox } from '../../src/mail/mail-address.js'
import { decodeSmtpAddress, encodeSmtpAddress, SMTP_ADDRESS_FAULTS } from '../../src/mail/smtp-address.js'
import { filterLines, GNUNET, mailboxes } from './samples.js'

const MAILBOX = parseMailbox('Me@b.example')!
// n | mailbox | filter line
const GOLDEN = '0c 4d 65 40 62 2e 65 78 61 6d 70 6c 65 58 2d 6d 61 69 6c 65 72 3a 20 47 4e 55 6e 65 74'
const BYTES = new Uint8Array(Buffer.from(GOLDEN.replaceAll(' ', ''), 'hex'))

const address = (mailbox: string, line: string): Uint8Array =>
  Uint8Array.of(mailbox.length, ...Buffer.from(mailbox + line, 'latin1'))

test('7/address: golden vector, both directions', () => {
  expect(encodeSmtpAddress(MAILBOX, GNUNET)).toEqual(BYTES)
  expect(decodeSmtpAddress(BYTES)).toEqual({ ok: true, value: { mailbox: MAILBOX, filterLine: GNUNET } })
})

test('7/address: the domain comes out in lower case, all else as it was', () => {
  const decoded = decodeSmtpAddress(address('Me@B.Example', 'X-mailer: GNUnet'))
  expect(decoded).toEqual({ ok: true, value: { mailbox: 'Me@b.example', filterLine: GNUNET } })
})

test('7/address: a strict prefix is a fault, or an address with a shorter value: its size stands in the HELO', () => {
  const valueAt = BYTES.length - 'GNUnet'.length
  for (let length = 0; length < BYTES.length; length += 1) {
    const decoded = decodeSmtpAddress(BYTES.subarray(0, length))
    if (length <= 13) expect(decoded).toEqual({ ok: false, fault: 'truncated' })
    else if (length < valueAt - 1) expect(decoded).toEqual({ ok: false, fault: 'not-a-field' })
    else if (length <= valueAt) expect(decoded.ok).toBe(false)
    else expect(decoded).toMatchObject({ value: { filterLine: { value: 'GNUnet'.slice(0, length - valueAt) } } })
  }
})

const L63 = 'd'.repeat(63)
const LONGEST = `${'l'.repeat(60)}@${L63}.${L63}.${L63}.e`
const LINE_76 = `X-a: ${'v'.repeat(71)}`

test('7/address: the largest fits a HELO', () => {
  const bytes = encodeSmtpAddress(parseMailbox(LONGEST)!, parseFilterLine(LINE_76)!)
  expect(bytes.byteLength).toBe(331)
  expect(bytes.byteLength).toBeLessThan(MAX_SENDER_ADDRESS_OCTETS)
  expect(decodeSmtpAddress(bytes)).toMatchObject({ ok: true, value: { mailbox: LONGEST } })
})

const cases: readonly (readonly [fault: string, bytes: Uint8Array])[] = [
  ['truncated', new Uint8Array(0)],
  ['truncated', address('Me@b.example', '')],
  ['truncated', Uint8Array.of(200, 1, 2, 3)],
  ['too-long', address(`l${LONGEST}`, 'X-a: v')],
  ['not-ascii', address('m\u00e9@b.example', 'X-a: v')],
  ['not-a-dot-atom', address('a\r\nDATA@b.example', 'X-a: v')],
  ['not-a-dot-atom', address('a\0@b.example', 'X-a: v')],
  ['not-a-domain', address('', 'X-a: v')],
  ['not-a-domain', address('a@[127.0.0.1]', 'X-a: v')],
  ['command-mailbox', address('Postmaster@b.example', 'X-a: v')],
  ['line-too-long', address('a@b.example', `${LINE_76}v`)],
  ['line-too-long', address('a@b.example', 'X'.repeat(10_000))],
  ['line-not-printable', address('a@b.example', 'X-a: v\r\nBcc: v@b.example')],
  ['line-not-printable', address('a@b.example', 'X-a: v\u00ff')],
  ['not-a-field', address('a@b.example', 'Bcc: v@b.example')],
  ['name-too-long', address('a@b.example', `X-${'n'.repeat(41)}: v`)],
  ['reserved-name', address('a@b.example', 'X-Loop: v')],
  ['bad-value', address('a@b.example', 'X-a: v ')],
]

test.each(cases)('8/address: %s', (fault, bytes) => {
  expect(decodeSmtpAddress(bytes)).toEqual({ ok: false, fault })
})

test('8/address: every fault is reached above', () => {
  expect([...new Set(cases.map(([fault]) => fault))].sort()).toEqual([...SMTP_ADDRESS_FAULTS].sort())
})

test('7/address: what nobody parsed is not encoded', () => {
  expect(() => encodeSmtpAddress('a@b.c\r\nDATA' as Mailbox, GNUNET)).toThrow(RangeError)
  const cast: FilterLine = { name: 'X-a', value: 'v', line: 'X-a: v\r\nBcc: v@b.c' }
  expect(() => encodeSmtpAddress(MAILBOX, cast)).toThrow(RangeError)
})

test('7/address: what goes in comes out', () => {
  fc.assert(
    fc.property(mailboxes, filterLines, (mailbox, filterLine) => {
      expect(decodeSmtpAddress(encodeSmtpAddress(mailbox, filterLine))).toEqual({
        ok: true,
        value: { mailbox, filterLine },
      })
    }),
  )
})

test('8/garbage: arbitrary and damaged octets never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(), fc.nat(255), (bytes, at, octet) => {
      for (const input of [bytes, BYTES.with(at % BYTES.length, octet)]) {
        const decoded = decodeSmtpAddress(input)
        expect(decoded.ok || SMTP_ADDRESS_FAULTS.includes(decoded.fault)).toBe(true)
      }
    }),
  )
})
