/**
 * One mail in one file: a line of JSON, then the mail to the octet. `crc` is that of the mail; `lineCrc` that of the line as it
 * would be without it, and the line is written in one way only: no flipped bit passes.
 *
 *   {"spool":2,"from":"","to":"b@example.org","acceptedAt":1800000000000,"octets":12,"crc":305419896,"lineCrc":19088743} LF mail …
 */
import { crc32 } from '@postern/helo'
import type { SpooledMail } from './spool.js'

const SPOOL_VERSION = 2
const LF = 0x0a
/** Two mailboxes of 254 octets, each octet six in JSON at worst, and some. */
export const MAX_SPOOL_HEADER_OCTETS = 4_096

export interface SpoolHeader {
  readonly mail: SpooledMail
  readonly crc: number
  /** Octets of the header line, its end included. */
  readonly headerOctets: number
}

export function encodeSpoolFile(mail: SpooledMail, raw: Buffer): Buffer {
  return Buffer.concat([headerLine(mail, crc32(raw)), raw])
}

function headerLine({ from, to, acceptedAt, octets }: Omit<SpooledMail, 'id'>, crc: number): Buffer {
  const fields = { spool: SPOOL_VERSION, from, to, acceptedAt, octets, crc }
  const lineCrc = crc32(Buffer.from(JSON.stringify(fields)))
  return Buffer.from(`${JSON.stringify({ ...fields, lineCrc })}\n`)
}

/** `bytes`: at least the first MAX_SPOOL_HEADER_OCTETS of the file, or all of it. null: damaged. Never throws. */
export function decodeSpoolHeader(id: string, bytes: Buffer): SpoolHeader | null {
  const end = bytes.subarray(0, MAX_SPOOL_HEADER_OCTETS).indexOf(LF)
  if (end === -1) return null
  const header = parseObject(bytes.toString('utf8', 0, end))
  if (header === null) return null
  const { spool, from, to, acceptedAt, octets, crc } = header
  if (spool !== SPOOL_VERSION || typeof from !== 'string' || typeof to !== 'string') return null
  if (!isCount(acceptedAt) || !isCount(octets) || !isCount(crc)) return null
  const mail = { id, from, to, acceptedAt, octets }
  if (!headerLine(mail, crc).equals(bytes.subarray(0, end + 1))) return null
  return { mail, crc, headerOctets: end + 1 }
}

/** The mail in the file `bytes`; null: damaged. Never throws. */
export function decodeSpoolFile(id: string, bytes: Buffer): Buffer | null {
  const header = decodeSpoolHeader(id, bytes)
  if (header === null) return null
  const raw = bytes.subarray(header.headerOctets)
  return raw.length === header.mail.octets && crc32(raw) === header.crc ? raw : null
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
