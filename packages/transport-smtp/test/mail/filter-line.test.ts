import { nodeIdFromBytes } from '@postern/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  defaultFilterLine,
  FILTER_LINE_FAULTS,
  filterLineFault,
  matchesFilterLine,
  parseFilterLine,
} from '../../src/mail/filter-line.js'
import { filterLines, GNUNET, SENDER, senders } from './samples.js'

const NAME_42 = `X-${'n'.repeat(40)}`
const LINE_76 = `X-a: ${'v'.repeat(71)}`

test('7/filter-line: X-mailer: GNUnet is possible and keeps its spelling', () => {
  expect(GNUNET).toEqual({ name: 'X-mailer', value: 'GNUnet', line: 'X-mailer: GNUnet' })
})

test.each(['X-a: v', 'X-0-: :', 'X-M: a: b', `${NAME_42}: v`, LINE_76, 'X-Looper: v', 'X-Spam: v', 'X-M: <>|%"!@'])(
  '7/filter-line: %.30s is one',
  (text) => {
    expect(filterLineFault(text)).toBeNull()
    const { name, value, line } = parseFilterLine(text)!
    expect([`${name}: ${value}`, line]).toEqual([text, text])
  },
)

const RESERVED = [
  ...['X-Original-To', 'X-Envelope-From', 'X-Envelope-', 'X-Failed-Recipients', 'X-Forwarded-To', 'X-Spam-Flag'],
  ...['X-Loop', 'X-BeenThere', 'X-Mailman-Version', 'X-Auto-Response-Suppress'],
]

const cases: readonly (readonly [fault: string, text: string])[] = [
  ['line-too-long', `${LINE_76}v`],
  ['line-too-long', 'X'.repeat(10_000)],
  ['line-too-long', `X-a: ${'\r\n'.repeat(5_000)}`],
  ['line-not-printable', 'X-a: v\r\nBcc: victim@example.org'],
  ['line-not-printable', 'X-a: v\r\n\r\nbody'],
  ['line-not-printable', 'X-a: v\r\n'],
  ['line-not-printable', 'X-a: v\n'],
  ['line-not-printable', 'X-a: v\r'],
  ['line-not-printable', 'X-a: v\0'],
  ['line-not-printable', 'X-a:\tv'],
  ['line-not-printable', 'X-a: \x7f'],
  ['line-not-printable', 'X-a: vä'],
  ['line-not-printable', 'X-ä: v'],
  ['line-not-printable', 'X-a: \u{1f600}'],
  ['line-not-printable', 'X-a: v\u2028'],
  ['not-a-field', ''],
  ['not-a-field', 'X-a'],
  ['not-a-field', 'X-a:'],
  ['not-a-field', 'X-a:v'],
  ['not-a-field', ': v'],
  ['not-a-field', 'X-: v'],
  ['not-a-field', 'X-a : v'],
  ['not-a-field', 'X-a_b: v'],
  ['not-a-field', 'X-a:b: v'],
  ['not-a-field', 'x-mailer: GNUnet'],
  ['not-a-field', ' X-a: v'],
  ['not-a-field', 'Bcc: victim@example.org'],
  ['not-a-field', 'Subject: subscribe'],
  ['not-a-field', 'List-Id: v'],
  ['name-too-long', `${NAME_42}n: v`],
  ['bad-value', 'X-a: '],
  ['bad-value', 'X-a:  v'],
  ['bad-value', 'X-a: v '],
  ...RESERVED.map((name) => ['reserved-name', `${name}: v`] as const),
  ...RESERVED.map((name) => ['reserved-name', `X-${name.slice(2).toLowerCase()}: v`] as const),
  ...RESERVED.map((name) => ['reserved-name', `${name.toUpperCase()}: v`] as const),
]

test.each(cases)('8/filter-line: %s: %j is refused', (fault, text) => {
  expect(filterLineFault(text)).toBe(fault)
  expect(parseFilterLine(text)).toBeNull()
})

test('8/filter-line: every fault is reached above', () => {
  expect([...new Set(cases.map(([fault]) => fault))].sort()).toEqual([...FILTER_LINE_FAULTS].sort())
})

test('7/filter-line: the limits are 42 octets of name and 76 in all', () => {
  expect([NAME_42.length, LINE_76.length]).toEqual([42, 76])
})

test('7/filter-line: names are compared without case, values exactly', () => {
  const line = parseFilterLine('X-MaiLer: GNUnet')!
  expect(matchesFilterLine([{ name: 'x-mailer', value: 'GNUnet' }], line)).toBe(true)
  const twice = [
    { name: 'x-mailer', value: 'mutt' },
    { name: 'x-mailer', value: 'GNUnet' },
  ]
  expect(matchesFilterLine(twice, line)).toBe(true)
  for (const value of ['gnunet', 'GNUnet 2', 'a GNUnet', '', 'GNU net']) {
    expect(matchesFilterLine([{ name: 'x-mailer', value }], line)).toBe(false)
  }
  expect(matchesFilterLine([{ name: 'x-mailers', value: 'GNUnet' }], line)).toBe(false)
  expect(matchesFilterLine([], line)).toBe(false)
})

test('5/default: SHA-256 over the octets of the node id, as Python computes it, names the line', () => {
  // sha256(bytes(range(32))) = 630dcd29 66c43366 91125448 bbb25b4f f412a49c 732db2c8 abc1b858 1bd710dd
  // 63 % 3 = 0: three syllables; 0d % 15, cd % 5 = v, a; 29, 66 = s, i; c4, 33 = c, e
  expect(defaultFilterLine(SENDER)).toBe('X-Vasice: f412a49c732db2c8')
})

test('5/default: every node has a line of its own that everybody takes', () => {
  fc.assert(
    fc.property(senders, (nodeId) => {
      const text = defaultFilterLine(nodeId)
      expect(text).toMatch(/^X-[A-Z][a-z]{5,9}: [0-9a-f]{16}$/)
      expect(filterLineFault(text)).toBeNull()
      expect(defaultFilterLine(nodeId)).toBe(text)
    }),
  )
  const lines = Array.from({ length: 500 }, (_, at) =>
    defaultFilterLine(
      nodeIdFromBytes(Uint8Array.from({ length: 32 }, (_, octet) => (octet < 2 ? at >> (8 * octet) : 0))),
    ),
  )
  expect(new Set(lines).size).toBe(500)
  expect(new Set(lines.map((line) => line.indexOf(':')))).toEqual(new Set([8, 10, 12]))
})

test('7/filter-line: what was parsed parses to the same again', () => {
  fc.assert(
    fc.property(filterLines, (line) => {
      expect(parseFilterLine(line.line)).toEqual(line)
    }),
  )
})

test('8/garbage: arbitrary text never throws, and no line end passes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 90 }), fc.boolean(), (text, isNamed) => {
      const line = parseFilterLine(isNamed ? `X-a: ${text}` : text)
      expect(line === null || /^X-[ -~]+$/.test(line.line)).toBe(true)
    }),
  )
})
