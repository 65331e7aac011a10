/**
 * The senderAddress of a mail HELO: which mailbox, and the header line its owner wants to see. Judged whole before anything of
 * it is kept. PROTOCOL.md section 7, DESIGN section 8.
 *
 *   0      1   n, octets of the mailbox
 *   1      n   mailbox
 *   1 + n  …   filter line, to the end
 */
import { MAX_FILTER_LINE_OCTETS, MAX_MAILBOX_OCTETS } from '../constants.js'
import {
  FILTER_LINE_FAULTS,
  type FilterLine,
  type FilterLineFault,
  filterLineFault,
  parseFilterLine,
} from './filter-line.js'
import { MAILBOX_FAULTS, type Mailbox, type MailboxFault, mailboxFault, parseMailbox } from './mail-address.js'

const MAILBOX_AT = 1

/** Where and how somebody takes mail from peers. */
export interface SmtpAddress {
  readonly mailbox: Mailbox
  readonly filterLine: FilterLine
}

/** Why bytes are no address of ours to use. */
export type SmtpAddressFault = 'truncated' | MailboxFault | FilterLineFault
export const SMTP_ADDRESS_FAULTS: readonly SmtpAddressFault[] = ['truncated', ...MAILBOX_FAULTS, ...FILTER_LINE_FAULTS]

export type DecodedSmtpAddress =
  | { readonly ok: true; readonly value: SmtpAddress }
  | { readonly ok: false; readonly fault: SmtpAddressFault }

/** A new array of at most 331 octets. RangeError: a mailbox or a filter line that was cast and not parsed. */
export function encodeSmtpAddress(mailbox: Mailbox, filterLine: FilterLine): Uint8Array {
  const fault = mailboxFault(mailbox) ?? filterLineFault(filterLine.line)
  if (fault !== null) throw new RangeError(`not an smtp address: ${fault}`)
  return new Uint8Array([mailbox.length, ...Buffer.from(mailbox + filterLine.line, 'latin1')])
}

/**
 * All of `bytes` (borrowed) is the address: its size stands in the HELO, so nothing can trail. Never throws. The domain comes
 * out in lower case, whatever its case on the wire.
 */
export function decodeSmtpAddress(bytes: Uint8Array): DecodedSmtpAddress {
  const lineAt = MAILBOX_AT + (bytes[0] ?? 0)
  if (bytes.byteLength <= lineAt) return { ok: false, fault: 'truncated' }
  if (lineAt > MAILBOX_AT + MAX_MAILBOX_OCTETS) return { ok: false, fault: 'too-long' }
  if (bytes.byteLength > lineAt + MAX_FILTER_LINE_OCTETS) return { ok: false, fault: 'line-too-long' }
  const text = Buffer.from(bytes).toString('latin1') // an octet above 127 stays one character, which both parsers refuse
  const [mailboxText, lineText] = [text.slice(MAILBOX_AT, lineAt), text.slice(lineAt)]
  const fault = mailboxFault(mailboxText) ?? filterLineFault(lineText)
  if (fault !== null) return { ok: false, fault }
  return { ok: true, value: { mailbox: parseMailbox(mailboxText)!, filterLine: parseFilterLine(lineText)! } }
}
