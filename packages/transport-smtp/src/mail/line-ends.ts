/**
 * How lines end: CRLF on the wire, LF where mail servers store mail. Nothing in between is read, because two readers that differ
 * on what ends a line differ on what ends a mail. RFC 5321 section 2.3.8, DESIGN section 8 (SMTP smuggling).
 */

/** `crlf`: from SMTP, LMTP, POP3 and IMAP. `lf`: from a fifo or a maildir. */
export type Newline = 'crlf' | 'lf'

/** The text of each line end. */
export const LINE_END: Readonly<Record<Newline, string>> = { crlf: '\r\n', lf: '\n' }

export const LF = 0x0a
const CR = 0x0d

/**
 * Null: no NUL in `octets` (borrowed), and every CR and LF part of a line end; it is looked at from the start of a line. A NUL
 * anywhere comes before all else.
 */
export function lineEndFault(octets: Buffer, newline: Newline): 'nul' | 'bare-newline' | null {
  // indexOf: 7 to 14 µs for 16 KB in lines of 76, against 40 to 80 µs octet by octet (Node 20)
  if (octets.indexOf(0) !== -1) return 'nul'
  let cr = octets.indexOf(CR)
  if (newline === 'lf') return cr === -1 ? null : 'bare-newline'
  let lf = octets.indexOf(LF)
  while (cr !== -1) {
    if (lf !== cr + 1) return 'bare-newline'
    cr = octets.indexOf(CR, lf)
    lf = octets.indexOf(LF, lf + 1)
  }
  return lf === -1 ? null : 'bare-newline'
}
