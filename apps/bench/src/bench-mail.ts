/** A mail of the twin: the header of PROTOCOL.md section 7, then as much base64 as ours has. A test compares the octets. */
import { FILTER_LINE, MAILBOX } from './bench-relay.js'

/** PROTOCOL.md section 7: container and entry header. */
const HEADER_OCTETS = 58

/** `octets` of a message. */
export function mailOf(octets: number): Buffer {
  const id = '0'.repeat(32)
  const base64 = Buffer.alloc(HEADER_OCTETS + octets, 0x5a)
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n')
  return Buffer.from(
    `From: ${MAILBOX}\r\nTo: undisclosed-recipients:;\r\nSubject: Delivery status\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <${id}@bench.test>\r\n` +
      `Auto-Submitted: auto-replied\r\nPrecedence: bulk\r\n${FILTER_LINE}\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n` +
      `Content-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`,
  )
}
