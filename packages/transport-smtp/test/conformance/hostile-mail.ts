/** What strangers may write: addresses that nobody must write to, and mails to a listener that carry no messages. */
import type { NodeId } from '@postern/crypto'
import { silentLog } from '@postern/transport-api'
import { CONTAINER_HEADER_OCTETS, ENTRY_HEADER_OCTETS, MAX_FILTER_LINE_OCTETS } from '../../src/constants.js'
import { composeMail } from '../../src/mail/compose-mail.js'
import { encodeContainer } from '../../src/mail/container.js'
import { type FilterLine, parseFilterLine } from '../../src/mail/filter-line.js'
import { parseMailbox } from '../../src/mail/mail-address.js'
import type { SmtpAddress } from '../../src/mail/smtp-address.js'
import { createNodemailerSender } from '../../src/sending/nodemailer-sender.js'

const STRANGER = parseMailbox('stranger@left.example')!
const OTHER_LINE = parseFilterLine('X-Other: somebody else')!
const DIALOGUE_TIMEOUT_MS = 5_000

/** As in a HELO, without a look at what they are. */
function addressOf(mailbox: string, line: string): Uint8Array {
  return Uint8Array.from([mailbox.length, ...Buffer.from(mailbox + line, 'latin1')])
}

const COMMAND_MAILBOXES = [
  'postmaster',
  'Abuse+1',
  'majordomo',
  'friends-request',
  'friends-confirm+a1',
  'owner-friends',
]
const NO_MAILBOXES = [
  'friend',
  'friend@localhost',
  'friend@[127.0.0.1]',
  'friend@127.0.0.1',
  '"my friend"@right.example',
  '<friend@right.example>',
  'friend@right.example\r\nRCPT TO:<all@right.example>',
  'friend@right.example@left.example',
  'fri end@right.example',
  'fr\xefend@right.example',
  `${'a'.repeat(65)}@right.example`,
  `friends@${'a.'.repeat(120)}example`,
]
const NO_FILTER_LINES = [
  'Bcc: all@right.example',
  'X-A: b\r\nBcc: all@right.example',
  'X-A: b\r\n\r\nGood morning',
  'X-A: b\nBcc: all@right.example',
  'X-A: \0',
  'X-A: \xe9',
  'X-A:b',
  'X-A: ',
  'X-Spam-Flag: NO',
  'no field',
  `X-A: ${'a'.repeat(MAX_FILTER_LINE_OCTETS)}`,
]

export const UNUSABLE_SMTP_ADDRESSES: readonly Uint8Array[] = [
  ...COMMAND_MAILBOXES.map((local) => addressOf(`${local}@right.example`, 'X-A: b')),
  ...NO_MAILBOXES.map((mailbox) => addressOf(mailbox, 'X-A: b')),
  ...NO_FILTER_LINES.map((line) => addressOf('friend@right.example', line)),
  addressOf('', 'X-A: b'),
  addressOf('friend@right.example', ''),
  Uint8Array.of(255, 1, 2, 3),
  new Uint8Array(64),
  new Uint8Array(331).fill(0xff),
]

/** Mails as an MTA would hand them over, one after the other; what it is told is its own affair. */
export async function handOver(port: number, to: string, mails: readonly Buffer[]): Promise<void> {
  const sender = createNodemailerSender(
    { host: '127.0.0.1', port, security: 'none', name: 'left.example', connections: 1, timeoutMs: DIALOGUE_TIMEOUT_MS },
    silentLog,
  )
  try {
    for (const raw of mails) await sender.send({ envelopeFrom: '', to, raw })
  } finally {
    await sender.close()
  }
}

/** None of them carries a message to whoever is at the address, each for a reason of its own. */
export function mailsWithoutMessages({ filterLine }: SmtpAddress, sender: NodeId): readonly Buffer[] {
  const message = { msg: new Uint8Array(20), size: 20, isEncrypted: false, crc: 7 }
  const container = encodeContainer(sender, new Uint8Array(16).fill(1), [message])
  const changed = (at: number, octet: number): Uint8Array => {
    const copy = container.slice()
    copy[at] = octet
    return copy
  }
  const mail = (line: FilterLine, content: Uint8Array): Buffer =>
    composeMail({ from: STRANGER, filterLine: line, container: content, dateMs: 0, messageId: '0'.repeat(32) })
  const text = (fields: string, body: string): Buffer =>
    Buffer.from(`From: ${STRANGER}\r\n${filterLine.line}\r\n${fields}\r\n${body}`, 'latin1')
  const base64 = 'Content-Transfer-Encoding: base64\r\n'
  return [
    mail(OTHER_LINE, container),
    mail(filterLine, changed(0, 2)),
    mail(filterLine, changed(CONTAINER_HEADER_OCTETS, 0x80)),
    mail(filterLine, changed(CONTAINER_HEADER_OCTETS + ENTRY_HEADER_OCTETS - 4, 0xff)),
    mail(filterLine, container.subarray(0, -1)),
    mail(filterLine, container.subarray(0, CONTAINER_HEADER_OCTETS)),
    mail(filterLine, container.subarray(0, 7)),
    text('', 'Good morning\r\n'),
    text(base64, '!!!!\r\n'),
    text(base64, ''),
    text(`${base64}Content-Type: message/rfc822\r\n`, 'AQID\r\n'),
    text(base64, 'AQ\0ID\r\n'),
  ]
}
