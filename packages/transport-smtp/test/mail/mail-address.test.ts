import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  domainOf,
  MAILBOX_FAULTS,
  type Mailbox,
  mailboxBudgetKey,
  mailboxFault,
  parseMailbox,
} from '../../src/mail/mail-address.js'
import { mailboxes } from './samples.js'

const LABEL_63 = 'd'.repeat(63)
/** 254 octets: a local part of 60 and a domain of 193. */
const LONGEST = `${'l'.repeat(60)}@${LABEL_63}.${LABEL_63}.${LABEL_63}.e`

test.each([
  ['a@b.c', 'a@b.c'],
  ['Alice.b@Example.ORG', 'Alice.b@example.org'],
  ["!#$&'*+-/=?^_`{}~".slice(1).concat('@x.y'), "#$&'*+-/=?^_`{}~@x.y"],
  ['me+tag@4chan.example', 'me+tag@4chan.example'],
  ['x@xn--bcher-kva.xn--p1ai', 'x@xn--bcher-kva.xn--p1ai'],
  ['x@1.2.3.4a', 'x@1.2.3.4a'],
  [LONGEST, LONGEST],
  [`${'l'.repeat(64)}@b.c`, `${'l'.repeat(64)}@b.c`],
])('7/mailbox: %.40s is one; the local part stays as written', (text, mailbox) => {
  expect(mailboxFault(text)).toBeNull()
  expect(parseMailbox(text)).toBe(mailbox)
})

const COMMANDS = [
  ...['postmaster', 'abuse', 'mailer-daemon', 'majordomo', 'listserv', 'owner-list', 'owner-'],
  ...['list-request', 'list-subscribe', 'list-unsubscribe', 'list-bounces', 'list-confirm', 'list-confirm-4711'],
]

const cases: readonly (readonly [fault: string, text: string])[] = [
  ['too-long', `l${LONGEST}`],
  ['too-long', `${'l'.repeat(65)}@b.c`],
  ['too-long', 'a'.repeat(10_000)],
  ['too-long', `a@${'b.'.repeat(5_000)}c`],
  ['not-ascii', 'ä@b.c'],
  ['not-ascii', 'a@bücher.example'],
  ['not-ascii', 'a@b.\u212a'], // KELVIN SIGN, which toLowerCase makes a k
  ['not-ascii', '\u{1f600}@b.c'],
  ['not-a-dot-atom', '@b.c'],
  ['not-a-dot-atom', '.a@b.c'],
  ['not-a-dot-atom', 'a.@b.c'],
  ['not-a-dot-atom', 'a..b@b.c'],
  ['not-a-dot-atom', '"a b"@b.c'],
  ['not-a-dot-atom', '"a"@b.c'],
  ['not-a-dot-atom', 'a%x.y@b.c'],
  ['not-a-dot-atom', 'x!a@b.c'],
  ['not-a-dot-atom', '|sh@b.c'],
  ['not-a-dot-atom', 'a b@b.c'],
  ['not-a-dot-atom', 'a\r\nRCPT TO:<v@b.c>@b.c'],
  ['not-a-dot-atom', 'a\n@b.c'],
  ['not-a-dot-atom', 'a\r@b.c'],
  ['not-a-dot-atom', 'a\0@b.c'],
  ['not-a-dot-atom', 'a\x7f@b.c'],
  ['not-a-dot-atom', '<a@b.c>'],
  ['not-a-dot-atom', '@x.y:a@b.c'],
  ['not-a-dot-atom', 'a,b@b.c'],
  ['not-a-dot-atom', 'a(b)@b.c'],
  ['not-a-dot-atom', 'a\\b@b.c'],
  ['not-a-domain', ''],
  ['not-a-domain', 'a'],
  ['not-a-domain', 'a@'],
  ['not-a-domain', 'a@b'],
  ['not-a-domain', 'a@localhost'],
  ['not-a-domain', 'a@b.'],
  ['not-a-domain', 'a@b.c.'],
  ['not-a-domain', 'a@.b.c'],
  ['not-a-domain', 'a@b..c'],
  ['not-a-domain', 'a@-b.c'],
  ['not-a-domain', 'a@b-.c'],
  ['not-a-domain', 'a@b_c.d'],
  ['not-a-domain', 'a@b.c@d.e'],
  ['not-a-domain', 'a@[127.0.0.1]'],
  ['not-a-domain', 'a@[IPv6:::1]'],
  ['not-a-domain', 'a@127.0.0.1'],
  ['not-a-domain', 'a@127.1'],
  ['not-a-domain', 'a@0x7f.0x1'],
  ['not-a-domain', 'a@b.0X'],
  ['not-a-domain', 'a@b.c\r\n'],
  ['not-a-domain', 'a@b.c\n'],
  ['not-a-domain', 'a@b.c\0'],
  ['not-a-domain', 'a@b.c> SIZE=1'],
  ['not-a-domain', `a@${LABEL_63}d.c`],
  ...COMMANDS.map((local) => ['command-mailbox', `${local}@b.c`] as const),
  ...COMMANDS.map((local) => ['command-mailbox', `${local.toUpperCase()}@b.c`] as const),
  ...COMMANDS.map((local) => ['command-mailbox', `${local}+tag@b.c`] as const),
  ['command-mailbox', 'me+list-request@b.c'],
  ['command-mailbox', 'PostMaster+a+b@b.c'],
]

test.each(cases)('8/mailbox: %s: %j is refused', (fault, text) => {
  expect(mailboxFault(text)).toBe(fault)
  expect(parseMailbox(text)).toBeNull()
})

test('8/mailbox: every fault is reached above', () => {
  expect([...new Set(cases.map(([fault]) => fault))].sort()).toEqual([...MAILBOX_FAULTS].sort())
})

test.each(['abused@b.c', 'request@b.c', 'my-requests@b.c', 'homeowner-x@b.c', 'confirm@b.c', 'postmaster.x@b.c'])(
  '7/mailbox: %s is nobody’s command',
  (text) => {
    expect(mailboxFault(text)).toBeNull()
  },
)

test('7/mailbox: the limits are 254 octets in all, 64 before the @ and 63 a label', () => {
  expect(LONGEST).toHaveLength(254)
  expect(mailboxFault(`a@${LABEL_63}.c`)).toBeNull()
})

test('4/budget: case and tag make no other mailbox', () => {
  const keys = ['Me@Example.org', 'me+1@example.org', 'ME+1+2@EXAMPLE.ORG'].map((text) =>
    mailboxBudgetKey(parseMailbox(text)!),
  )
  expect(new Set(keys)).toEqual(new Set(['me@example.org']))
  expect(domainOf(parseMailbox('Me@Example.org')!)).toBe('example.org')
})

test('7/mailbox: what was parsed parses to itself, and has the budget of any tag', () => {
  fc.assert(
    fc.property(mailboxes, (mailbox) => {
      expect(parseMailbox(mailbox)).toBe(mailbox)
      const tagged = mailbox.replace('@', '+tag@') as Mailbox
      expect(mailboxBudgetKey(tagged)).toBe(mailboxBudgetKey(mailbox))
    }),
  )
})

test('8/garbage: arbitrary text never throws, and nothing with a character of a command line passes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const mailbox = parseMailbox(text)
      expect(mailbox === null || /^[^\s<>\0"%!|]+@[a-z0-9.-]+$/.test(mailbox)).toBe(true)
    }),
  )
})
