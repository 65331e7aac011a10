/**
 * A mail as it arrived, from anybody: is it ours, and what does it carry? The header alone decides whether it is ours; the body
 * is looked at only then. Every size is checked before anything is made of it; never throws. PROTOCOL.md section 7, DESIGN section 8.
 */
import { MAX_HEADER_OCTETS } from '../constants.js'
import { readBase64Lines } from './base64-lines.js'
import { CONTAINER_FAULTS, type Container, type ContainerFault, decodeContainer } from './container.js'
import { type FilterLine, matchesFilterLine } from './filter-line.js'
import { HEADER_FAULTS, type HeaderFault, type HeaderField, readHeader } from './header-fields.js'
import { lineEndFault, type Newline } from './line-ends.js'

export interface ReadMailOptions {
  /** The one we advertise and those that unexpired HELOs still carry. */
  readonly filterLines: readonly FilterLine[]
  /** Octets; ours, whole mails. */
  readonly maxMailOctets: number
  /** Octets; ours. */
  readonly mtu: number
  /** Default `crlf`. */
  readonly newline?: Newline
}

export interface ReadMail extends Container {
  /** It came through a mailing list: never answered, its HELOs are not learnt (DESIGN section 5). */
  readonly isFromList: boolean
}

/** Faults of a mail that bears our filter line, before those of its container. */
const BODY_FAULTS = ['too-large', 'no-body', 'ambiguous-header', 'nested-mime', 'not-base64', 'bad-base64'] as const
type BodyFault = (typeof BODY_FAULTS)[number]

/** Why a mail is not a mail of ours; also the reason under which it is counted. */
export type MailFault = 'no-filter-line' | HeaderFault | BodyFault | ContainerFault
export const MAIL_FAULTS: readonly MailFault[] = [
  'no-filter-line',
  ...HEADER_FAULTS,
  ...BODY_FAULTS,
  ...CONTAINER_FAULTS,
]

export type MailReading =
  | { readonly ok: true; readonly value: ReadMail }
  /** `no-filter-line`, and nothing else, is `not-ours`. */
  | { readonly ok: false; readonly verdict: 'not-ours' | 'malformed'; readonly fault: MailFault }

/** Octets of the largest mail that readMail takes: our own limit, and what servers on the way may have added. */
export function largestMailOctets(maxMailOctets: number): number {
  return maxMailOctets + MAX_HEADER_OCTETS
}

/** Reads `raw` (borrowed: the messages are views of the decoded body, which is new and theirs alone). */
export function readMail(raw: Buffer, options: ReadMailOptions): MailReading {
  const newline = options.newline ?? 'crlf'
  const header = readHeader(raw, newline)
  if (!header.ok) return malformed(header.fault)
  const { fields, bodyAt } = header.value
  if (!options.filterLines.some((line) => matchesFilterLine(fields, line)))
    return { ok: false, verdict: 'not-ours', fault: 'no-filter-line' }
  if (raw.byteLength > largestMailOctets(options.maxMailOctets)) return malformed('too-large')
  if (bodyAt === null) return malformed('no-body')
  const fault = encodingFault(fields)
  if (fault !== null) return malformed(fault)
  const bytes = readBody(raw.subarray(bodyAt), newline)
  if (typeof bytes === 'string') return malformed(bytes)
  const container = decodeContainer(bytes, options)
  if (!container.ok) return malformed(container.fault)
  return { ok: true, value: { ...container.value, isFromList: fields.some(isListField) } }
}

function malformed(fault: MailFault): MailReading {
  return { ok: false, verdict: 'malformed', fault }
}

/** Null: a single part in base64. A missing Content-Type does no harm; parameters are passed over. */
function encodingFault(fields: readonly HeaderField[]): BodyFault | null {
  const types = fields.filter(({ name }) => name === 'content-type')
  const encodings = fields.filter(({ name }) => name === 'content-transfer-encoding')
  if (types.length > 1 || encodings.length > 1) return 'ambiguous-header'
  if (/^(?:multipart|message)\//i.test(types[0]?.value ?? '')) return 'nested-mime'
  return encodings[0]?.value.toLowerCase() === 'base64' ? null : 'not-base64'
}

/** A body of nothing but line ends is none. */
function readBody(body: Buffer, newline: Newline): Buffer | MailFault {
  const fault = lineEndFault(body, newline)
  if (fault !== null) return fault
  const bytes = readBase64Lines(body, newline)
  if (bytes === null) return 'bad-base64'
  return bytes.byteLength === 0 ? 'no-body' : bytes
}

function isListField({ name, value }: HeaderField): boolean {
  if (name === 'precedence') return value.toLowerCase() === 'list'
  return name.startsWith('list-') || name.startsWith('x-mailman-') || name === 'x-beenthere' || name === 'mailing-list'
}
