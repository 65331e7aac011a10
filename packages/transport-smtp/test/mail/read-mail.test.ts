import fc from 'fast-check'
import { expect, test } from 'vitest'
import { composeMail, containerCapacity, mtuOf } from '../../src/mail/compose-mail.js'
import { encodeContainer } from '../../src/mail/container.js'
import { parseFilterLine } from '../../src/mail/filter-line.js'
import { largestMailOctets, MAIL_FAULTS, readMail } from '../../src/mail/read-mail.js'
import * as sample from './samples.js'

const { crlf, GNUNET, MAIL_TEXT, mailWith, OPTIONS, outcome } = sample
const VALUE = {
  sender: sample.SENDER,
  mailId: sample.MAIL_ID,
  messages: [sample.SEALED, sample.OPEN],
  isFromList: false,
}
const BODY = MAIL_TEXT.slice(MAIL_TEXT.indexOf('\n\n') + 2)
const HEADER = MAIL_TEXT.slice(0, MAIL_TEXT.indexOf('\n\n') + 1)
const TYPE = 'Content-Type: application/octet-stream'
const ENCODING = 'Content-Transfer-Encoding: base64'

test('7/read: the golden mail, as SMTP carries it and as a maildir or a fifo stores it', () => {
  expect(readMail(crlf(MAIL_TEXT), OPTIONS)).toEqual({ ok: true, value: VALUE })
  const stored = [MAIL_TEXT, `From me@b.example  Sun Nov  1 09:08:07 2026\n${MAIL_TEXT}\n\n`]
  for (const text of stored) {
    expect(readMail(Buffer.from(text), { ...OPTIONS, newline: 'lf' })).toEqual({ ok: true, value: VALUE })
  }
})

test.each([
  ['fields above', crlf(`Return-Path: <>\nReceived: from a\n\tby b; Sun\n${MAIL_TEXT}`)],
  ['fields below', mailWith(`${ENCODING}\n`, `${ENCODING}\nX-Spam-Flag: NO\nStatus: RO\n`)],
  ['empty lines behind', crlf(`${MAIL_TEXT}\n\n\n`)],
  ['no last line end', crlf(MAIL_TEXT.trimEnd())],
  ['lines of 20', crlf(`${HEADER}\n${BODY.replaceAll('\n', '').replaceAll(/.{20}/g, '$&\n')}\n`)],
  ['no Content-Type', mailWith(`${TYPE}\n`, '')],
  ['a Content-Type of text', mailWith(TYPE, 'content-type: text/plain; charset=utf-8')],
  ['folded parameters', mailWith(TYPE, `${TYPE};\n\tname="a.bin";\n charset=binary`)],
  ['an encoding in capitals', mailWith(ENCODING, 'content-transfer-encoding:  BASE64 ')],
  ['a filter name in another case', mailWith('X-mailer', 'X-MAILER')],
  ['a folded filter line', mailWith('X-mailer: GNUnet', 'X-mailer:\n GNUnet')],
  ['another filter line beside it', mailWith('X-mailer: GNUnet', 'X-mailer: mutt\nX-mailer: GNUnet')],
])('7/read: takes %s', (_, raw) => {
  expect(readMail(raw, OPTIONS)).toEqual({ ok: true, value: VALUE })
})

test('5/change: the old filter line is taken beside the new one', () => {
  const filterLines = [parseFilterLine('X-New: 1')!, GNUNET]
  expect(outcome(crlf(MAIL_TEXT), { filterLines })).toBe('ok')
})

const cases: readonly (readonly [fault: string, title: string, raw: Buffer])[] = [
  ['no-filter-line', 'nothing', Buffer.alloc(0)],
  ['no-filter-line', 'none', mailWith('X-mailer: GNUnet\n', '')],
  ['no-filter-line', 'another value', mailWith('GNUnet', 'gnunet')],
  ['no-filter-line', 'a longer value', mailWith('GNUnet', 'GNUnet 2')],
  ['no-filter-line', 'in the body only', crlf(`A: b\n\n${MAIL_TEXT}`)],
  ['no-filter-line', 'in another field', mailWith('X-mailer: GNUnet', 'Subject: X-mailer: GNUnet')],
  ['no-filter-line', 'in a continuation', mailWith('X-mailer: GNUnet', ' X-mailer: GNUnet')],
  ['no-filter-line', 'before a body that is none of ours', crlf('A: b\n\n\0\n')],
  ['header-too-large', 'a line of 10 MiB', crlf(`A: ${'b'.repeat(10 * 2 ** 20)}\n${MAIL_TEXT}`)],
  ['header-too-large', 'our line first, 10 MiB then', mailWith('MIME', `A: ${'b'.repeat(10 * 2 ** 20)}\nMIME`)],
  ['nul', 'in the header', mailWith('Delivery', 'Deliv\0ery')],
  ['nul', 'in the body', mailWith('AQAB', 'AQ\0AB')],
  ['nul', 'behind the body', crlf(`${MAIL_TEXT}\0`)],
  ['bare-newline', 'LF everywhere', Buffer.from(MAIL_TEXT)],
  ['bare-newline', 'LF in the header', Buffer.from(crlf(MAIL_TEXT).toString().replace('status\r\n', 'status\n'))],
  ['bare-newline', 'LF in the body', Buffer.from(crlf(`${MAIL_TEXT}`).toString().replace(/\r\n$/, '\n'))],
  ['bare-newline', 'CR in the body', crlf(MAIL_TEXT.replace('AQAB', 'AQ\rAB'))],
  ['bare-newline', 'a smuggled end', Buffer.concat([crlf(MAIL_TEXT), Buffer.from('\n.\r\nMAIL FROM:<>\r\n')])],
  ['too-large', 'a body above the limit', crlf(`${MAIL_TEXT}${'A'.repeat(131_073 - crlf(MAIL_TEXT).length)}`)],
  ['no-body', 'no empty line', crlf(HEADER)],
  ['no-body', 'cut in the header', crlf(HEADER.trimEnd())],
  ['no-body', 'nothing behind the empty line', crlf(`${HEADER}\n`)],
  ['no-body', 'only line ends', crlf(`${HEADER}\n\n\n\n`)],
  ['ambiguous-header', 'two types', mailWith(TYPE, `${TYPE}\nContent-Type: text/plain`)],
  ['ambiguous-header', 'one type twice', mailWith(TYPE, `${TYPE}\n${TYPE}`)],
  ['ambiguous-header', 'two encodings', mailWith(ENCODING, `${ENCODING}\ncontent-transfer-encoding: 7bit`)],
  ['nested-mime', 'multipart', mailWith(TYPE, 'Content-Type: multipart/mixed; boundary=b')],
  ['nested-mime', 'MULTIPART, folded', mailWith(TYPE, 'Content-Type:\n\tMULTIPART/ALTERNATIVE;\n boundary=b')],
  ['nested-mime', 'a mail in a mail', mailWith(TYPE, 'Content-Type: message/rfc822')],
  ['nested-mime', 'a delivery status', mailWith(TYPE, 'Content-Type: message/delivery-status')],
  ['not-base64', 'no encoding', mailWith(`${ENCODING}\n`, '')],
  ['not-base64', 'quoted-printable', mailWith(ENCODING, 'Content-Transfer-Encoding: quoted-printable')],
  ['not-base64', '8bit', mailWith(ENCODING, 'Content-Transfer-Encoding: 8bit')],
  ['not-base64', 'a parameter', mailWith(ENCODING, `${ENCODING}; x`)],
  ['bad-base64', 'a foreign character', mailWith('AQAB', 'AQ*B')],
  ['bad-base64', 'an empty line before', mailWith('\n\n', '\n\n\n')],
  ['bad-base64', 'a list’s footer', crlf(`${MAIL_TEXT}\n-- \nlist@b.example\n`)],
  ['bad-base64', 'spare bits', mailWith('AQ==', 'AR==')],
  ['bad-base64', 'no padding', mailWith('AQ==', 'AQ')],
  ['bad-base64', 'one long line', crlf(`${HEADER}\n${BODY.replaceAll('\n', '')}\n`)],
  ['bad-base64', 'words', crlf(`${HEADER}\nHello, this is a letter.\n`)],
  ['truncated', 'half a container', mailWith(BODY, BODY.slice(0, 40))],
  ['unknown-version', 'base64 of something else', mailWith(BODY, 'SGVsbG8gd29ybGQh\n')],
  ['reserved-flags', 'a flag of the future', mailWith('/wEAAAAA', '/wMAAAAA')],
  ['oversize', 'a message of 4 GiB', mailWith('AAAAAAAA\nAsr+', 'AAD/////\n/sr+')],
  ['no-entry', 'a container without a message', mailWith(BODY, `${BODY.slice(0, 64)}/w==\n`)],
]

test.each(cases)('8/bad-mail: %s: %s', (fault, _, raw) => {
  const verdict = fault === 'no-filter-line' ? 'not-ours' : 'malformed'
  expect(readMail(raw, OPTIONS)).toEqual({ ok: false, verdict, fault })
})

test('8/bad-mail: every fault is reached above', () => {
  expect([...new Set(cases.map(([fault]) => fault))].sort()).toEqual([...MAIL_FAULTS].sort())
})

test('7/read: every strict prefix that lost a character of the body is refused, but for the one that ends with an entry', () => {
  const raw = crlf(MAIL_TEXT)
  const entryEnd = raw.indexOf('Asr+') + 4
  for (let length = 0; length < raw.length - 2; length += 1) {
    const mail = readMail(raw.subarray(0, length), OPTIONS)
    if (length === entryEnd) expect(mail).toMatchObject({ value: { messages: [sample.SEALED] } })
    else expect(mail.ok).toBe(false)
  }
})

test('7/too-large: the largest mail of ours with 64 KiB of fields on top passes, one octet more does not', () => {
  expect(largestMailOctets(65_536)).toBe(131_072)
  const most = 65_536
  const msg = new Uint8Array(mtuOf(most))
  const container = encodeContainer(sample.SENDER, sample.MAIL_ID, [{ ...sample.OPEN, msg, size: msg.length }])
  expect(container.byteLength).toBe(containerCapacity(most))
  const mail = composeMail({
    from: sample.FROM,
    filterLine: GNUNET,
    messageId: sample.MESSAGE_ID,
    dateMs: sample.DATE_MS,
    container,
  })
  const header = mail.indexOf('\r\n\r\n') + 2
  const added = Buffer.from(`A: ${'b'.repeat(65_536 - header - 5)}\r\n`)
  const padded = Buffer.concat([added, mail])
  expect(outcome(padded, { mtu: msg.length })).toBe('ok')
  const blank = Buffer.from('\r\n'.repeat(Math.floor((131_072 - padded.length) / 2)))
  expect(outcome(Buffer.concat([padded, blank]), { mtu: msg.length })).toBe('ok')
  expect(outcome(Buffer.concat([padded, blank, Buffer.from('\r\n')]), { mtu: msg.length })).toBe('too-large')
  expect(outcome(padded, { mtu: msg.length - 1 })).toBe('oversize')
})

test('8/too-large: a body above the limit is not looked at', () => {
  const raw = crlf(`${MAIL_TEXT}${'\0'.repeat(200_000)}`)
  const looks: number[] = []
  const watched = new Proxy(raw, {
    get(target, key) {
      if (key === 'byteLength') return target.byteLength
      if (key !== 'subarray') throw new Error(`looked at ${String(key)}`)
      return (from: number, to: number) => {
        looks.push(to - from)
        return target.subarray(from, to)
      }
    },
  })
  expect(outcome(watched)).toBe('too-large')
  expect(looks).toEqual([65_538])
})

test.each([
  ...['List-Id: <l.b.example>', 'list-unsubscribe: <>', 'X-Mailman-Version: 2', 'X-BeenThere: l@b.example'],
  ...['Precedence: list', 'precedence:  LIST', 'Mailing-List: contact l@b.example'],
])('5/list: %s says that it came through a list', (line) => {
  const mail = readMail(crlf(`${line}\n${MAIL_TEXT}`), OPTIONS)
  expect(mail).toEqual({ ok: true, value: { ...VALUE, isFromList: true } })
})

test.each(['Precedence: bulk', 'Listing: a', 'X-List: a', 'Subject: List-Id: a'])('5/list: %s does not', (line) => {
  expect(readMail(crlf(`${line}\n${MAIL_TEXT}`), OPTIONS)).toEqual({ ok: true, value: VALUE })
})

test('7/read: what is composed is read, whoever writes to whom', () => {
  const { filterLines, mailboxes, mailIds, messages, senders } = sample
  fc.assert(
    fc.property(
      fc.record({ from: mailboxes, filterLine: filterLines, sender: senders, mailId: mailIds, messages }),
      ({ from, filterLine, ...value }) => {
        const container = encodeContainer(value.sender, value.mailId, value.messages)
        const stamp = { messageId: sample.MESSAGE_ID, dateMs: sample.DATE_MS }
        const mail = composeMail({ from, filterLine, container, ...stamp })
        const read = readMail(mail, { ...OPTIONS, filterLines: [filterLine] })
        expect(read).toEqual({ ok: true, value: { ...value, isFromList: false } })
      },
    ),
  )
})

test('7/read: the messages are in memory of their own, not in the mail’s nor in Node’s pool', () => {
  const raw = crlf(MAIL_TEXT)
  const mail = readMail(raw, OPTIONS)
  if (!mail.ok) throw new Error(mail.fault)
  const before = mail.value.messages[0]!.msg.slice()
  raw.fill(0)
  expect(mail.value.messages[0]!.msg).toEqual(before)
  expect(mail.value.messages[0]!.msg.buffer.byteLength).toBe(70)
})

test('8/garbage: arbitrary and damaged mails never throw, and each fault is a known one', () => {
  const golden = crlf(MAIL_TEXT)
  const damage = fc.array(fc.tuple(fc.nat(golden.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  const known = ['ok', ...MAIL_FAULTS]
  fc.assert(
    fc.property(damage, fc.uint8Array({ maxLength: 200 }), fc.nat(golden.length), (changes, bytes, at) => {
      const damaged = Buffer.from(golden)
      for (const [place, octet] of changes) damaged[place] = octet
      const inserted = Buffer.concat([golden.subarray(0, at), bytes, golden.subarray(at)])
      for (const newline of ['crlf', 'lf'] as const) {
        for (const raw of [damaged, inserted, Buffer.from(bytes)]) expect(known).toContain(outcome(raw, { newline }))
      }
    }),
    { numRuns: 500 },
  )
})
