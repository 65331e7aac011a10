/**
 * The header of a mail as it arrived: its fields, unfolded, and where the body begins. Looks at no octet beyond the largest header
 * we read, however large the mail. Judges no field. RFC 5322 sections 2.2 and 3.6, PROTOCOL.md section 7.
 */
import { MAX_HEADER_OCTETS } from '../constants.js'
import { LINE_END, lineEndFault, type Newline } from './line-ends.js'

/** One field: the name in lower case, the value unfolded and without white space around it; octets above 127 as Latin-1. */
export interface HeaderField {
  readonly name: string
  readonly value: string
}

export interface MailHeader {
  readonly fields: readonly HeaderField[]
  /** Where the body begins; null: there is no empty line, hence no body. */
  readonly bodyAt: number | null
}

export const HEADER_FAULTS = ['header-too-large', 'nul', 'bare-newline'] as const
export type HeaderFault = (typeof HEADER_FAULTS)[number]

export type DecodedHeader =
  | { readonly ok: true; readonly value: MailHeader }
  | { readonly ok: false; readonly fault: HeaderFault }

/** Lines that are no continuation. The largest real headers have some 200. */
export const MAX_HEADER_FIELDS = 1_000

/** RFC 5322 section 2.2: printable, no space, no colon. */
const FIELD = /^([!-9;-~]+):/

/** Reads the start of `raw` (borrowed, nothing is kept). `header-too-large`: by octets, without the empty line, or by fields. */
export function readHeader(raw: Buffer, newline: Newline): DecodedHeader {
  const lineEnd = LINE_END[newline]
  const window = raw.subarray(0, MAX_HEADER_OCTETS + lineEnd.length)
  const emptyLineAt = findEmptyLine(window, lineEnd)
  if (emptyLineAt === null && raw.byteLength > MAX_HEADER_OCTETS) return { ok: false, fault: 'header-too-large' }
  const header = window.subarray(0, emptyLineAt ?? window.byteLength)
  const fault = lineEndFault(header, newline)
  if (fault !== null) return { ok: false, fault }
  const fields = unfold(header.toString('latin1').split(lineEnd))
  if (fields === null) return { ok: false, fault: 'header-too-large' }
  return { ok: true, value: { fields, bodyAt: emptyLineAt === null ? null : emptyLineAt + lineEnd.length } }
}

/** The first line may be the empty one: a mail without a header. */
function findEmptyLine(window: Buffer, lineEnd: string): number | null {
  if (window.subarray(0, lineEnd.length).toString('latin1') === lineEnd) return 0
  const at = window.indexOf(lineEnd + lineEnd, 0, 'latin1')
  return at === -1 ? null : at + lineEnd.length
}

/** Null: too many. A line that is no field, as mbox's `From ` before a mail, is passed over together with its continuations. */
function unfold(lines: readonly string[]): HeaderField[] | null {
  const fields: { name: string; value: string }[] = []
  let started = 0
  let current: { name: string; value: string } | null = null
  for (const line of lines) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (current !== null) current.value += line
      continue
    }
    if (line === '') continue // behind the last line end
    started += 1
    if (started > MAX_HEADER_FIELDS) return null
    const name = FIELD.exec(line)?.[1]
    current = name === undefined ? null : { name: name.toLowerCase(), value: line.slice(name.length + 1) }
    if (current !== null) fields.push(current)
  }
  return fields.map(({ name, value }) => ({ name, value: withoutWhiteSpaceAround(value) }))
}

/** Not trim(), which takes more than RFC 5322's space and tab; not a pattern, which would take quadratic time for 64 KiB of spaces. */
function withoutWhiteSpaceAround(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isWhiteSpace(text[from]!)) from += 1
  while (to > from && isWhiteSpace(text[to - 1]!)) to -= 1
  return text.slice(from, to)
}

function isWhiteSpace(character: string): boolean {
  return character === ' ' || character === '\t'
}
