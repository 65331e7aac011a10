import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  base64LinesOctets,
  octetsInBase64Lines,
  readBase64Lines,
  writeBase64Lines,
} from '../../src/mail/base64-lines.js'
import { crlf } from './samples.js'

const written = (bytes: Uint8Array): Buffer => {
  const target = Buffer.alloc(base64LinesOctets(bytes.byteLength))
  expect(writeBase64Lines(target, 0, bytes)).toBe(target.byteLength)
  return target
}
const read = (text: string): string | null => readBase64Lines(crlf(text), 'crlf')?.toString('latin1') ?? null

test('7/base64: the vectors of RFC 4648 section 10, each line with its CRLF', () => {
  const vectors = { f: 'Zg==', fo: 'Zm8=', foo: 'Zm9v', foob: 'Zm9vYg==', fooba: 'Zm9vYmE=', foobar: 'Zm9vYmFy' }
  for (const [octets, text] of Object.entries(vectors)) {
    expect(written(Buffer.from(octets)).toString('latin1')).toBe(`${text}\r\n`)
    expect(read(`${text}\n`)).toBe(octets)
  }
  expect(written(new Uint8Array(0)).byteLength).toBe(0)
})

test('7/base64: 76 characters to the line', () => {
  const lines = written(new Uint8Array(58)).toString('latin1').split('\r\n')
  expect(lines).toEqual(['A'.repeat(76), 'AA==', ''])
})

test('7/base64: sizes are known beforehand, and the largest that fits is the largest', () => {
  for (let octets = 0; octets < 400; octets += 1) {
    expect(written(new Uint8Array(octets)).byteLength).toBe(base64LinesOctets(octets))
    const most = octetsInBase64Lines(octets)
    expect(base64LinesOctets(most)).toBeLessThanOrEqual(octets)
    expect(base64LinesOctets(most + 1)).toBeGreaterThan(octets)
  }
})

test.each([
  ['shorter lines', 'Zm9v\nYm\nFy\n', 'foobar'],
  ['no last line end', 'Zm9v', 'foo'],
  ['empty lines behind', 'Zm9v\n\n\n\n', 'foo'],
  ['a full line', `${'A'.repeat(76)}\n`, '\0'.repeat(57)],
  ['nothing', '', ''],
  ['empty lines', '\n\n', ''],
])('7/base64: takes %s', (_, text, octets) => {
  expect(read(text)).toBe(octets)
})

test.each([
  ['a line of 77', `${'A'.repeat(77)}AAA\n`],
  ['a line of 80', `${'A'.repeat(80)}\n`],
  ['a foreign character', 'Zm9*\n'],
  ['a character above 127', 'Zm9\u00ff\n'],
  ['base64url', 'Zm-_\n'],
  ['white space', 'Zm9v Ym Fy\n'],
  ['white space at the end', 'Zm9v \n'],
  ['an indented line', '\tZm9v\n'],
  ['one character too many', 'Zm9vY\n'],
  ['two too many', 'Zm9vYg\n'],
  ['too little padding', 'Zm9vYg=\n'],
  ['too much padding', 'Zm9v====\n'],
  ['only padding', '====\n'],
  ['padding of three', 'Z===\n'],
  ['padding inside', 'Zg==Zm9v\n'],
  ['padding inside one group', 'Z=9v\n'],
  ['spare bits of four', 'Zh==\n'],
  ['spare bits of two', 'Zm9=\n'],
  ['a footer', 'Zm9v\n\nZm9v\n'],
  ['an empty line before', '\nZm9v\n'],
  ['the footer of a list', 'Zm9v\n_____\nlist mailing list\n'],
])('8/bad-base64: %s', (_, text) => {
  expect(read(text)).toBeNull()
})

test('7/base64: every strict prefix is refused, or gives the octets before it', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, at) => at * 7)
  const text = written(bytes)
  for (let length = 0; length < text.byteLength - 2; length += 1) {
    const prefix = text.subarray(0, length)
    if (prefix.at(-1) === 13) continue // lineEndFault's: no line end is cut in two
    const octets = readBase64Lines(prefix, 'crlf')
    if (octets !== null) expect(octets.equals(bytes.subarray(0, octets.byteLength))).toBe(true)
    expect(octets?.byteLength ?? 0).toBeLessThan(100)
  }
})

test('7/base64: what goes in comes out, in memory of its own, with either newline', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      const text = written(bytes)
      const octets = readBase64Lines(text, 'crlf')!
      expect(octets.equals(bytes)).toBe(true)
      expect(octets.buffer.byteLength).toBe(bytes.byteLength)
      const stored = Buffer.from(text.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
      expect(readBase64Lines(stored, 'lf')!.equals(bytes)).toBe(true)
    }),
  )
})

test('8/garbage: text that is taken is the only text of its octets', () => {
  const text = fc.string({ unit: fc.constantFrom(...'Ab+/=9', '\n', '-', ' '), maxLength: 12 })
  fc.assert(
    fc.property(text, (input) => {
      const octets = readBase64Lines(crlf(input), 'crlf')
      if (octets !== null) expect(octets.toString('base64')).toBe(input.replaceAll('\n', ''))
    }),
    { numRuns: 1_000 },
  )
})
