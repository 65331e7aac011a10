/** Deterministic mails and their parts, random ones, and ways to damage them. */
import { type NodeId, nodeIdFromBytes } from '@postern/crypto'
import type { Message } from '@postern/transport-api'
import fc from 'fast-check'
import { type FilterLine, parseFilterLine } from '../../src/mail/filter-line.js'
import { type Mailbox, parseMailbox } from '../../src/mail/mail-address.js'
import { type ReadMailOptions, readMail } from '../../src/mail/read-mail.js'

/** Node id of the octets 00 to 1f. */
export const SENDER: NodeId = nodeIdFromBytes(Uint8Array.from({ length: 32 }, (_, at) => at))
/** f0 to ff. */
export const MAIL_ID: Uint8Array = Uint8Array.from({ length: 16 }, (_, at) => 0xf0 + at)
export const SEALED: Message = { msg: Uint8Array.of(0xca, 0xfe), size: 2, isEncrypted: true, crc: 0 }
export const OPEN: Message = { msg: Uint8Array.of(1), size: 1, isEncrypted: false, crc: 0x01020304 }

export const FROM: Mailbox = parseMailbox('Alice.b@Example.ORG')!
export const GNUNET: FilterLine = parseFilterLine('X-mailer: GNUnet')!

export const OPTIONS: ReadMailOptions = { filterLines: [GNUNET], maxMailOctets: 65_536, mtu: 46_337 }

/** PROTOCOL.md section 7, written by hand; the body by Python's base64. */
export const MAIL_TEXT = `From: Alice.b@example.org
To: undisclosed-recipients:;
Subject: Delivery status
Date: Sun, 01 Nov 2026 09:08:07 +0000
Message-ID: <00112233445566778899aabbccddeeff@example.org>
Auto-Submitted: auto-replied
Precedence: bulk
X-mailer: GNUnet
MIME-Version: 1.0
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f8PHy8/T19vf4+fr7/P3+/wEAAAAAAAAA
Asr+AAECAwQAAAABAQ==
`
export const DATE_MS: number = Date.UTC(2026, 10, 1, 9, 8, 7, 999)
export const MESSAGE_ID = '00112233445566778899aabbccddeeff'

/** With CRLF, as SMTP carries it. */
export const crlf = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')
/** MAIL_TEXT with CRLF, `from` replaced by `to` first. */
export const mailWith = (from: string, to: string): Buffer => {
  if (!MAIL_TEXT.includes(from)) throw new Error(`not in the mail: ${from}`)
  return crlf(MAIL_TEXT.replace(from, () => to))
}
/** `ok`, or the fault. */
export const outcome = (raw: Buffer, options: Partial<ReadMailOptions> = {}): string => {
  const mail = readMail(raw, { ...OPTIONS, ...options })
  return mail.ok ? 'ok' : mail.fault
}

export const messages: fc.Arbitrary<Message[]> = fc.array(
  fc
    .record({ msg: fc.uint8Array({ maxLength: 300 }), isEncrypted: fc.boolean(), crc: fc.nat(0xffff_ffff) })
    .map((message) => ({ ...message, size: message.msg.byteLength })),
  { minLength: 1, maxLength: 12 },
)
export const senders: fc.Arbitrary<NodeId> = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(nodeIdFromBytes)
export const mailIds: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 16, maxLength: 16 })

const atoms = fc.string({ unit: fc.constantFrom(..."abcXYZ019#$&'*+-/=?^_`{}~"), minLength: 1, maxLength: 12 })
const labels = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/)
/** Most are mailboxes; the few commands among them are left out. */
export const mailboxes: fc.Arbitrary<Mailbox> = fc
  .tuple(fc.array(atoms, { minLength: 1, maxLength: 4 }), fc.array(labels, { minLength: 2, maxLength: 5 }))
  .map(([local, domain]) => parseMailbox(`${local.join('.')}@${domain.join('.')}`))
  .filter((mailbox) => mailbox !== null)
export const filterLines: fc.Arbitrary<FilterLine> = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/), fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/))
  .map(([name, value]) => parseFilterLine(`X-${name}: ${value}`))
  .filter((line) => line !== null)
