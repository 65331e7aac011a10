import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineEndFault } from '../../src/mail/line-ends.js'

const crlf = (text: string) => lineEndFault(Buffer.from(text), 'crlf')
const lf = (text: string) => lineEndFault(Buffer.from(text), 'lf')

test('8/smuggling: on the wire only CRLF ends a line', () => {
  for (const text of ['', 'a', '\r\n', 'a\r\nb', '\r\n\r\n']) expect(crlf(text)).toBeNull()
  for (const text of ['\n', '\r', 'a\nb', 'a\rb', '\n\r', '\r\r\n', '\r\n\n', 'a\r\n\r', '\n.\r\n', '\r.\r\n'])
    expect(crlf(text)).toBe('bare-newline')
})

test('7/newline: where mail is stored with LF, a CR is none of it', () => {
  for (const text of ['', 'a', '\n', 'a\nb\n\n']) expect(lf(text)).toBeNull()
  for (const text of ['\r', '\r\n', 'a\r\nb', 'a\rb', 'a\n\r']) expect(lf(text)).toBe('bare-newline')
})

test('8/nul: a NUL is found anywhere, whatever else is wrong', () => {
  for (const text of ['\0', 'a\0b', 'a\r\n\0']) expect(crlf(text)).toBe('nul')
  expect(lf('a\n\0')).toBe('nul')
  expect(crlf('a\nb\0')).toBe('nul')
})

test('7/newline: agrees with a pattern on arbitrary text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\r', '\n', '\r\n', 'a'), maxLength: 12 }), (text) => {
      expect(crlf(text)).toBe(/[\r\n]/.test(text.replaceAll('\r\n', '')) ? 'bare-newline' : null)
      expect(lf(text)).toBe(text.includes('\r') ? 'bare-newline' : null)
    }),
  )
})
