/**
 * The filter line: one header line, chosen by a receiver, by which its mail system tells our mails from others (paper 3.3).
 * Strangers choose what we write, so it is refused where it enters and written to the octet. DESIGN section 5, PROTOCOL.md section 7.
 */
import { type NodeId, nodeIdOf, nodeIdToBytes } from '@postern/crypto'
import { MAX_FILTER_LINE_OCTETS, MAX_FILTER_NAME_OCTETS } from '../constants.js'
import type { HeaderField } from './header-fields.js'

/** A line that parseFilterLine took. `line` is `name: value`, without its line end, in the receiver's own spelling. */
export interface FilterLine {
  readonly name: string
  readonly value: string
  readonly line: string
}

/** Why a text is no filter line. */
export const FILTER_LINE_FAULTS = [
  'line-too-long',
  'line-not-printable',
  'not-a-field',
  'name-too-long',
  'reserved-name',
  'bad-value',
] as const
export type FilterLineFault = (typeof FILTER_LINE_FAULTS)[number]

/** CR, LF, NUL and TAB among them. */
const NOT_PRINTABLE = /[^ -~]/
const NAME = /^X-[A-Za-z0-9-]+$/
const SEPARATOR = ': '

/** Mail systems act on these. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'x-original-to',
  'x-failed-recipients',
  'x-loop',
  'x-beenthere',
  'x-auto-response-suppress',
])
const RESERVED_PREFIXES = ['x-envelope-', 'x-forwarded-', 'x-spam-', 'x-mailman-'] as const

const CONSONANTS = 'bcdfgklmnprstvz'
const VOWELS = 'aeiou'
const FEWEST_SYLLABLES = 3
const MOST_SYLLABLES = 5
const VALUE_AT = 16
const VALUE_OCTETS = 8

/** The filter line that `text` is. Null: filterLineFault says why. */
export function parseFilterLine(text: string): FilterLine | null {
  if (filterLineFault(text) !== null) return null
  const end = text.indexOf(SEPARATOR)
  return { name: text.slice(0, end), value: text.slice(end + SEPARATOR.length), line: text }
}

/** Null: a filter line. Bounded by its first look at the length; never throws. */
export function filterLineFault(text: string): FilterLineFault | null {
  if (text.length > MAX_FILTER_LINE_OCTETS) return 'line-too-long'
  if (NOT_PRINTABLE.test(text)) return 'line-not-printable'
  const end = text.indexOf(SEPARATOR)
  const name = text.slice(0, Math.max(end, 0))
  if (!NAME.test(name)) return 'not-a-field'
  if (name.length > MAX_FILTER_NAME_OCTETS) return 'name-too-long'
  if (isReserved(name.toLowerCase())) return 'reserved-name'
  const value = text.slice(end + SEPARATOR.length)
  return value === '' || value.startsWith(' ') || value.endsWith(' ') ? 'bad-value' : null
}

/** Is `line` among `fields`? Names without case, because some mail programs rewrite it; values exactly. */
export function matchesFilterLine(fields: readonly HeaderField[], line: FilterLine): boolean {
  const name = line.name.toLowerCase()
  return fields.some((field) => field.name === name && field.value === line.value)
}

/**
 * The line of a node that chose none: always the same for one node, and like any mail program's own. It gives the node id away
 * to nobody who does not know it already: everything comes from SHA-256 over the id's 32 octets.
 */
export function defaultFilterLine(nodeId: NodeId): string {
  const hash = nodeIdToBytes(nodeIdOf(nodeIdToBytes(nodeId))) // a node id is the SHA-256 of 32 octets: the one hash at hand
  const syllables = FEWEST_SYLLABLES + (hash[0]! % (MOST_SYLLABLES - FEWEST_SYLLABLES + 1))
  let letters = ''
  for (let at = 1; letters.length < 2 * syllables; at += 2) {
    letters += CONSONANTS[hash[at]! % CONSONANTS.length]! + VOWELS[hash[at + 1]! % VOWELS.length]!
  }
  const value = Buffer.from(hash.subarray(VALUE_AT, VALUE_AT + VALUE_OCTETS)).toString('hex')
  return `X-${letters[0]!.toUpperCase()}${letters.slice(1)}${SEPARATOR}${value}`
}

function isReserved(name: string): boolean {
  return RESERVED_NAMES.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))
}
