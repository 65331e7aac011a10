/** Mails as they arrive, and the layers that they are made of. */
import assert from 'node:assert/strict'
import { type FuzzTarget, piecesOf, sizeClass } from '@postern/transport-testkit'
import { readBase64Lines, writeBase64Lines } from '../../src/mail/base64-lines.js'
import { composeMail } from '../../src/mail/compose-mail.js'
import { decodeContainer, encodeContainer } from '../../src/mail/container.js'
import { parseFilterLine } from '../../src/mail/filter-line.js'
import { readHeader } from '../../src/mail/header-fields.js'
import { lineEndFault, type Newline } from '../../src/mail/line-ends.js'
import { readMail } from '../../src/mail/read-mail.js'
import { MailCollector } from '../../src/receiving/mail-collector.js'
import { decodeSpoolFile, decodeSpoolHeader, encodeSpoolFile } from '../../src/relay/spool-file.js'
import { DATE_MS, FROM, GNUNET, MAIL_ID, MESSAGE_ID, OPEN, SEALED, SENDER } from '../mail/samples.js'

const MTU = 1_024
const MAX_MAIL_OCTETS = 4_096
const LARGE = { ...SEALED, msg: new Uint8Array(MTU).fill(7), size: MTU }
const EMPTY = { ...OPEN, msg: new Uint8Array(0), size: 0 }
const CONTAINERS = [[SEALED], [OPEN, SEALED], [EMPTY, EMPTY, OPEN], [LARGE]].map((messages) =>
  encodeContainer(SENDER, MAIL_ID, messages),
)
const OTHER_LINE = parseFilterLine('X-Bakolu: 0011223344556677')!
const MAILS = CONTAINERS.map((container, at) =>
  composeMail({
    from: FROM,
    filterLine: at % 2 === 0 ? GNUNET : OTHER_LINE,
    messageId: MESSAGE_ID,
    dateMs: DATE_MS,
    container,
  }),
)
const TOKENS = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\0',
    '\r\n\r\n',
    '\n\n',
    ' ',
    '\t',
    ':',
    ';',
    '=',
    '==',
    'X-mailer: GNUnet\r\n',
    'Precedence: list\r\n',
  ],
  ...[
    'Content-Type: multipart/mixed; boundary=x\r\n',
    'Content-Type: message/rfc822\r\n',
    'List-Id: <x>\r\n',
    'From x\n',
  ],
  ...[
    'Content-Transfer-Encoding: quoted-printable\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    '\r\n.\r\n',
    '\r\n..',
    '-- \r\n',
  ],
].map((text) => Buffer.from(text))

const bufferOf = (input: Uint8Array): Buffer => Buffer.from(input.buffer, input.byteOffset, input.byteLength)
const withLf = (mail: Buffer): Buffer => Buffer.from(mail.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')

const container: FuzzTarget = {
  name: 'container',
  maxOctets: 2_048,
  seeds: () => CONTAINERS,
  feed(input) {
    const decoded = decodeContainer(input, { mtu: MTU })
    if (!decoded.ok) {
      assert(decoded.offset <= input.length)
      return `${decoded.fault}-${sizeClass(decoded.offset)}`
    }
    const { sender, mailId, messages } = decoded.value
    assert(messages.every(({ msg, size }) => msg.byteLength === size && size <= MTU))
    assert.equal(Buffer.compare(encodeContainer(sender, mailId, messages), input), 0, 'encodes to the same octets')
    return `ok-${sizeClass(messages.length)}`
  },
}

/** The first octet chooses the line end; the rest is the mail. */
function newlineOf(input: Uint8Array): { readonly newline: Newline; readonly raw: Buffer } {
  return { newline: (input[0] ?? 0) % 2 === 0 ? 'crlf' : 'lf', raw: bufferOf(input.subarray(1)) }
}

const inBoth = (mails: readonly Buffer[]): Buffer[] =>
  mails.flatMap((mail) => [Buffer.concat([Buffer.of(0), mail]), Buffer.concat([Buffer.of(1), withLf(mail)])])

const mail: FuzzTarget = {
  name: 'mail',
  maxOctets: 8_192,
  tokens: TOKENS,
  seeds: () => inBoth(MAILS),
  feed(input) {
    const { newline, raw } = newlineOf(input)
    const options = { filterLines: [GNUNET, OTHER_LINE], maxMailOctets: MAX_MAIL_OCTETS, mtu: MTU, newline }
    const reading = readMail(raw, options)
    if (!reading.ok) {
      assert.equal(reading.verdict === 'not-ours', reading.fault === 'no-filter-line')
      return `${reading.fault}-${newline}`
    }
    const { sender, mailId, messages, isFromList } = reading.value
    assert(messages.length > 0 && messages.every(({ msg, size }) => msg.byteLength === size && size <= MTU))
    assert(
      messages.every(({ msg }) => msg.buffer !== input.buffer),
      'the messages are no views of the mail',
    )
    const again = encodeContainer(sender, mailId, messages)
    assert(decodeContainer(again, { mtu: MTU }).ok)
    return `ok-${newline}-${Number(isFromList)}-${sizeClass(messages.length)}`
  },
}

const mailHeader: FuzzTarget = {
  name: 'mail-header',
  maxOctets: 70_000,
  tokens: [...TOKENS, Buffer.from('a:\r\n'.repeat(400)), Buffer.alloc(16_384, ' ')],
  seeds: () => inBoth(MAILS.slice(0, 2)),
  feed(input) {
    const { newline, raw } = newlineOf(input)
    const header = readHeader(raw, newline)
    if (!header.ok) return `${header.fault}-${newline}`
    const { fields, bodyAt } = header.value
    for (const { name, value } of fields) {
      assert.match(name, /^[!-9;-@[-~]+$/, 'lower case, no colon')
      assert(!/[\r\n\0]/.test(value) && !/^[ \t]|[ \t]$/.test(value), 'unfolded, without white space around')
    }
    if (bodyAt !== null) {
      const end = newline === 'crlf' ? '\r\n' : '\n'
      assert(bodyAt <= raw.length)
      assert.equal(raw.toString('latin1', bodyAt - end.length, bodyAt), end)
    }
    return `ok-${newline}-${bodyAt === null ? 'no-body' : 'body'}-${sizeClass(fields.length)}`
  },
}

const base64Lines: FuzzTarget = {
  name: 'base64-lines',
  maxOctets: 1_024,
  tokens: TOKENS,
  seeds: () =>
    inBoth(
      [0, 1, 2, 3, 57, 58, 300].map((octets) => {
        const room = Buffer.alloc(1_024)
        return room.subarray(0, writeBase64Lines(room, 0, new Uint8Array(octets).fill(octets)))
      }),
    ),
  feed(input) {
    const { newline, raw } = newlineOf(input)
    if (lineEndFault(raw, newline) !== null) return 'line-ends' // judged before, always
    const bytes = readBase64Lines(raw, newline)
    if (bytes === null) return `refused-${newline}-${sizeClass(raw.length)}`
    assert.equal(bytes.toString('base64'), raw.toString('latin1').replace(/[\r\n]/g, ''), 'one text for one body')
    const lines = raw.toString('latin1').split(newline === 'crlf' ? '\r\n' : '\n')
    assert(lines.every(({ length }) => length <= 76))
    return `ok-${newline}-${sizeClass(bytes.length)}`
  },
}

const lineEnds: FuzzTarget = {
  name: 'line-ends',
  maxOctets: 1_024,
  tokens: TOKENS,
  seeds: () => inBoth(MAILS.slice(0, 1)),
  feed(input) {
    const { newline, raw } = newlineOf(input)
    const fault = lineEndFault(raw, newline)
    const text = raw.toString('latin1')
    const rest = newline === 'crlf' ? text.replaceAll('\r\n', '') : text.replaceAll('\n', '')
    const expected = text.includes('\0') ? 'nul' : /[\r\n]/.test(rest) ? 'bare-newline' : null
    assert.equal(fault, expected)
    return `${fault ?? 'ok'}-${newline}`
  },
}

const collector: FuzzTarget = {
  name: 'mail-collector',
  maxOctets: 2_048,
  tokens: TOKENS,
  seeds: () => [MAILS[0]!, Buffer.alloc(1_500, '.\r\n'), Buffer.alloc(1_501, 'a')],
  feed(input) {
    const limit = 1_500
    const whole = new MailCollector(limit)
    whole.push(bufferOf(input))
    const inPieces = new MailCollector(limit)
    for (const piece of piecesOf(input)) inPieces.push(bufferOf(piece))
    const [one, other] = [whole.finish(), inPieces.finish()]
    assert.deepEqual(other, one, 'however it is cut, a stream has the same mail')
    if (one.at !== 'mail') {
      assert(one.at === 'refused' && (one.fault === 'too-large') === input.length > limit)
      return one.fault
    }
    assert.equal(one.mail.compare(input), 0)
    return `ok-${sizeClass(input.length)}`
  },
}

const spoolFile: FuzzTarget = {
  name: 'spool-file',
  maxOctets: 6_144,
  tokens: [
    ...TOKENS,
    ...['{"spool":2,', '"octets":', '"from":"', '\\u0000', '\\ud800', '}\n'].map((text) => Buffer.from(text)),
  ],
  seeds: () =>
    MAILS.map((raw, at) => {
      const from = at % 2 === 0 ? '' : 'a"b\\é@example.org'
      return encodeSpoolFile({ id: 'x', from, to: 'b@example.org', acceptedAt: DATE_MS + at, octets: raw.length }, raw)
    }),
  feed(input) {
    const bytes = bufferOf(input)
    const header = decodeSpoolHeader('x', bytes)
    const raw = decodeSpoolFile('x', bytes)
    if (header === null) {
      assert.equal(raw, null)
      return bytes.includes('\n') ? 'damaged-line' : 'no-line'
    }
    if (raw === null) return bytes.length - header.headerOctets === header.mail.octets ? 'damaged-mail' : 'cut-mail'
    assert.equal(encodeSpoolFile(header.mail, raw).compare(bytes), 0, 'encodes to the same octets')
    return `ok-${Number(header.mail.from === '')}`
  },
}

export const mailTargets: readonly FuzzTarget[] = [
  container,
  mail,
  mailHeader,
  base64Lines,
  lineEnds,
  collector,
  spoolFile,
]
