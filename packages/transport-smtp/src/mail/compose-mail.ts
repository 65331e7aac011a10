/**
 * A mail of ours, to the octet: it looks like a bounce, so that no list passes it on and no program answers it (paper 3.3), and
 * says nothing that the protocol does not ask for. Never sends. PROTOCOL.md section 7, RFC 5322, RFC 3834 section 5.
 */
import {
  CONTAINER_HEADER_OCTETS,
  ENTRY_HEADER_OCTETS,
  LARGEST_MAX_MAIL_OCTETS,
  MAIL_HEADER_ALLOWANCE_OCTETS,
  MIN_MAX_MAIL_OCTETS,
} from '../constants.js'
import { base64LinesOctets, octetsInBase64Lines, writeBase64Lines } from './base64-lines.js'
import type { FilterLine } from './filter-line.js'
import { domainOf, type Mailbox } from './mail-address.js'

const CRLF = '\r\n'
const MESSAGE_ID = /^[0-9a-f]{32}$/
/** 31 December 9999: RFC 5322 would go on, but no longer in as many characters. */
const LATEST_DATE_MS = 253_402_300_799_999
/** Of the right length; for predicting sizes. */
const ANY_STAMP: MailStamp = { messageId: '0'.repeat(32), dateMs: 0 }

/** What differs between two mails of one pair. */
export interface MailStamp {
  /** 32 hex digits, lower case, random: a bounce must name it. */
  readonly messageId: string
  /** Unix ms; the mail shows whole seconds. */
  readonly dateMs: number
}

/** Who writes, and what the receiver asked for. */
export interface MailEnds {
  /** Our own address, from our config. */
  readonly from: Mailbox
  /** The receiver's, from its HELO. */
  readonly filterLine: FilterLine
}

export interface MailParts extends MailEnds, MailStamp {
  /** What encodeContainer made; borrowed. */
  readonly container: Uint8Array
}

/** Header and body with CRLF lines, in a new Buffer of mailOctets. RangeError: a messageId or a date of another form. */
export function composeMail({ container, ...parts }: MailParts): Buffer {
  const header = headerOf(parts)
  const mail = Buffer.alloc(header.length + base64LinesOctets(container.byteLength))
  writeBase64Lines(mail, mail.write(header, 'latin1'), container)
  return mail
}

/** Octets of the mail that composeMail makes of a container of `containerOctets` octets. */
export function mailOctets(containerOctets: number, { from, filterLine }: MailEnds): number {
  return headerOf({ from, filterLine, ...ANY_STAMP }).length + base64LinesOctets(containerOctets)
}

/** Octets of the largest container in a mail of `maxMailOctets`. RangeError: outside 4 KiB to 1 MiB. */
export function containerCapacity(maxMailOctets: number): number {
  if (!(maxMailOctets >= MIN_MAX_MAIL_OCTETS && maxMailOctets <= LARGEST_MAX_MAIL_OCTETS))
    throw new RangeError(`mails of ${maxMailOctets} octets, not ${MIN_MAX_MAIL_OCTETS} to ${LARGEST_MAX_MAIL_OCTETS}`)
  return octetsInBase64Lines(maxMailOctets - MAIL_HEADER_ALLOWANCE_OCTETS)
}

/** The MTU that mails of `maxMailOctets` make: a message alone in its container. RangeError as containerCapacity. */
export function mtuOf(maxMailOctets: number): number {
  return containerCapacity(maxMailOctets) - CONTAINER_HEADER_OCTETS - ENTRY_HEADER_OCTETS
}

/** With the empty line; ASCII, because mailboxes and filter lines are. */
function headerOf({ from, filterLine, messageId, dateMs }: MailEnds & MailStamp): string {
  if (!MESSAGE_ID.test(messageId)) throw new RangeError('a message id that is not 32 hex digits')
  return [
    `From: ${from}`,
    'To: undisclosed-recipients:;',
    'Subject: Delivery status',
    `Date: ${dateText(dateMs)}`,
    `Message-ID: <${messageId}@${domainOf(from)}>`,
    'Auto-Submitted: auto-replied',
    'Precedence: bulk',
    filterLine.line,
    'MIME-Version: 1.0',
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: base64',
    CRLF,
  ].join(CRLF)
}

/** RFC 5322 section 3.3; `GMT`, which toUTCString writes, is obsolete there. */
function dateText(dateMs: number): string {
  if (!(dateMs >= 0 && dateMs <= LATEST_DATE_MS)) throw new RangeError(`no date of a mail: ${dateMs} ms`)
  return new Date(dateMs).toUTCString().replace('GMT', '+0000')
}
