import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HEADER_FAULTS, MAX_HEADER_FIELDS, readHeader } from '../../src/mail/header-fields.js'
import { crlf } from './samples.js'

const MAX = 65_536
const fieldsOf = (text: string) => {
  const header = readHeader(crlf(text), 'crlf')
  return header.ok ? header.value.fields : header.fault
}

test('7/header: fields are unfolded, names in lower case, white space around values gone', () => {
  expect(fieldsOf('X-Mailer:GNUnet\nA: \t b\n  c\n\td \nB:\n e\n\nF: body\n')).toEqual([
    { name: 'x-mailer', value: 'GNUnet' },
    { name: 'a', value: 'b  c\td' },
    { name: 'b', value: 'e' },
  ])
})

test('7/header: no other white space is taken for space', () => {
  expect(fieldsOf('A: \u00a0b\v\n\n')).toEqual([{ name: 'a', value: '\u00a0b\v' }])
})

test('7/header: what is no field is passed over with its continuations, as is mbox’s first line', () => {
  const text = 'From me@b.example  Sun Nov  1 09:08:07 2026\n X: y\nno colon\n z\nA : b\n: c\nOk: d\n\n'
  expect(fieldsOf(text)).toEqual([{ name: 'ok', value: 'd' }])
  expect(fieldsOf(' folded: first\nOk: d\n\n')).toEqual([{ name: 'ok', value: 'd' }])
})

test('7/header: the body begins after the first empty line, or nowhere', () => {
  const bodyAt = (text: string, newline: 'crlf' | 'lf' = 'crlf') => {
    const header = readHeader(newline === 'crlf' ? crlf(text) : Buffer.from(text), newline)
    return header.ok ? header.value.bodyAt : header.fault
  }
  expect(bodyAt('A: b\n\nbody\n\n')).toBe(8)
  expect(bodyAt('A: b\n\nbody\n\n', 'lf')).toBe(6)
  expect(bodyAt('\nbody')).toBe(2)
  expect(bodyAt('\nbody', 'lf')).toBe(1)
  for (const text of ['', 'A: b', 'A: b\n', 'A: b\nC: d']) expect(bodyAt(text)).toBeNull()
})

const headerOf = (octets: number): string => `A: ${'b'.repeat(octets - 5)}\n`
const fieldsUpTo = (count: number): string => 'A: b\n'.repeat(count)

test.each([
  ['octets', `${headerOf(MAX)}\n`, `${headerOf(MAX + 1)}\n`],
  ['octets, without an empty line', headerOf(MAX), headerOf(MAX + 1)],
  ['fields', `${fieldsUpTo(MAX_HEADER_FIELDS)}\n`, `${fieldsUpTo(MAX_HEADER_FIELDS + 1)}\n`],
  ['fields, without an empty line', fieldsUpTo(MAX_HEADER_FIELDS), `${fieldsUpTo(MAX_HEADER_FIELDS)}A: b`],
  ['lines that are no field', `${'x\n'.repeat(MAX_HEADER_FIELDS)}\n`, `${'x\n'.repeat(MAX_HEADER_FIELDS + 1)}\n`],
])('8/header-too-large: %s', (_, most, tooMuch) => {
  expect(typeof fieldsOf(most)).toBe('object')
  expect(fieldsOf(tooMuch)).toBe('header-too-large')
})

test('8/header-too-large: exactly 64 KiB and the empty line pass, in either newline', () => {
  for (const newline of ['crlf', 'lf'] as const) {
    const end = newline === 'crlf' ? '\r\n' : '\n'
    const read = (octets: number) =>
      readHeader(Buffer.from(`A: ${'b'.repeat(octets - 3 - end.length)}${end}${end}body`), newline)
    expect(read(MAX)).toMatchObject({ ok: true, value: { bodyAt: MAX + end.length } })
    expect(read(MAX + 1)).toEqual({ ok: false, fault: 'header-too-large' })
  }
})

test('8/header: 64 KiB of continuations or of spaces are one value', () => {
  expect(fieldsOf(`A: b\n${' \n'.repeat(20_000)} c\n\n`)).toEqual([{ name: 'a', value: `b${' '.repeat(20_001)}c` }])
  expect(fieldsOf(`A: b${' '.repeat(60_000)}c\n\n`)).toEqual([{ name: 'a', value: `b${' '.repeat(60_000)}c` }])
})

test('8/header: a mail of 10 MiB in one line is refused after a look at 64 KiB of it', () => {
  const looks: { from: unknown; to: unknown }[] = []
  const raw = new Proxy(Buffer.alloc(10 * 2 ** 20, 'a'), {
    get(target, key) {
      if (key === 'byteLength') return target.byteLength
      if (key !== 'subarray') throw new Error(`looked at ${String(key)}`)
      return (from: number, to: number) => {
        looks.push({ from, to })
        return target.subarray(from, to)
      }
    },
  })
  expect(readHeader(raw, 'crlf')).toEqual({ ok: false, fault: 'header-too-large' })
  expect(looks).toEqual([{ from: 0, to: MAX + 2 }])
})

test('8/header: each fault has its name', () => {
  const named = {
    'header-too-large': crlf(`${headerOf(MAX + 1)}\n`),
    nul: Buffer.from('A: \0\r\n\r\n'),
    'bare-newline': Buffer.from('A: b\nC: d\r\n\r\n'),
  }
  expect(Object.keys(named).sort()).toEqual([...HEADER_FAULTS].sort())
  for (const [fault, raw] of Object.entries(named)) expect(readHeader(raw, 'crlf')).toEqual({ ok: false, fault })
})

test('8/garbage: arbitrary text never throws, and no value has a line end', () => {
  const text = fc.string({ unit: fc.constantFrom('\r\n', '\n', '\r', ':', ' ', '\t', 'a', '\0', 'ÿ'), maxLength: 60 })
  fc.assert(
    fc.property(text, fc.constantFrom('crlf' as const, 'lf' as const), (input, newline) => {
      const header = readHeader(Buffer.from(input, 'latin1'), newline)
      if (header.ok) expect(header.value.fields.some(({ name, value }) => /[\r\n\0]/.test(name + value))).toBe(false)
      else expect(HEADER_FAULTS).toContain(header.fault)
    }),
  )
})
