import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { heloCodec, heloFromText, heloToText, MAX_HELO_TEXT_CHARACTERS, TEXT_FAULTS } from '../src/index.js'
import { toBase64url } from '../src/wire/base64url.js'
import { flipBit, HELO, HELO_BYTES, helos, patch } from './samples.js'

/** PROTOCOL.md section 4: HELO_BYTES by Python's base64. */
const TEXT =
  'postern:helo:AQEAAddamAGCsQq31Uv-08lkBzoO4XLz2qYjJa8CGmj3B1EahSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmoAAAWaAAAD6' +
  'AAAAYvP5WgAAAABi9J4lgAABnWn4uDP11qiEIKxyDYglFX1togulXeJF7NNojf1Rjxl6s3j6KMSImppDfDZ15wCX3PNn7D_z0s0mi4ZysLO6QnAAAI' +
  'BCCY'

const spaces = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 3 })

describe('4/helo text', () => {
  test('golden vector, both directions', () => {
    expect(heloToText(HELO)).toBe(TEXT)
    expect(heloFromText(TEXT)).toEqual({ ok: true, value: HELO })
  })

  test('what is written is what is read', () => {
    fc.assert(
      fc.property(helos, (helo) => {
        expect(heloFromText(heloToText(helo))).toEqual({ ok: true, value: helo })
      }),
    )
  })

  test('white space anywhere is skipped, also inside the scheme', () => {
    const wrapped = fc.array(spaces, { minLength: TEXT.length + 1, maxLength: TEXT.length + 1 })
    fc.assert(
      fc.property(wrapped, (between) => {
        const text = between[0] + [...TEXT].map((c, i) => c + between[i + 1]!).join('')
        if (text.length <= MAX_HELO_TEXT_CHARACTERS) expect(heloFromText(text)).toEqual({ ok: true, value: HELO })
      }),
    )
    expect(heloFromText(TEXT.replace(/.{10}/g, '$&\r\n '))).toEqual({ ok: true, value: HELO })
  })

  test('the scheme is compared without case, the rest is not', () => {
    const [scheme, rest] = [TEXT.slice(0, 13), TEXT.slice(13)]
    expect(heloFromText(`PoStErN:HELO:${rest}`)).toEqual({ ok: true, value: HELO })
    expect(heloFromText(scheme + rest.toUpperCase()).ok).toBe(false)
  })

  test('every strict prefix is a fault', () => {
    for (let n = 0; n < TEXT.length; n++) {
      const decoded = heloFromText(TEXT.slice(0, n))
      expect(decoded.ok || decoded.fault).toMatch(n < 13 ? /^not-a-helo$/ : /^(truncated|bad-base64)$/)
    }
  })

  const cases: readonly (readonly [fault: string, text: string])[] = [
    ['not-a-helo', ''],
    ['not-a-helo', 'hello'],
    ['not-a-helo', TEXT.replace('helo', 'card')],
    ['not-a-helo', `x${TEXT}`],
    ['not-a-helo', TEXT.replace('postern', 'po\u017ftern')],
    ['bad-base64', `${TEXT}=`],
    ['bad-base64', TEXT.replace('-', '+')],
    ['bad-base64', `${TEXT}\u00a0`],
    ['bad-base64', `postern:helo:${toBase64url(HELO_BYTES.subarray(0, 1)).slice(0, 1)}`],
    ['bad-base64', TEXT.replace('postern:helo:AQ', 'postern:helo:AR').slice(0, 15)],
    ['trailing', `postern:helo:${toBase64url(Uint8Array.of(...HELO_BYTES, 0))}`],
    ['truncated', 'postern:helo:'],
    ['unknown-version', `postern:helo:${toBase64url(patch(HELO_BYTES, 0, '02'))}`],
    ['bad-mtu', `postern:helo:${toBase64url(patch(HELO_BYTES, 68, 'ffffffff'))}`],
    ['too-long', ' '.repeat(MAX_HELO_TEXT_CHARACTERS + 1)],
  ]

  test.each(cases)('%s: %j', (fault, text) => {
    expect(heloFromText(text)).toEqual({ ok: false, fault })
  })

  test('every fault of text but those of a card is reached above', () => {
    const elsewhere = ['not-a-card', 'bad-count', 'mixed-identities']
    const reached = new Set(cases.map(([fault]) => fault))
    expect(TEXT_FAULTS.filter((fault) => !reached.has(fault))).toEqual(elsewhere)
  })

  test('the longest text is read, one more character is too-long', () => {
    const padded = TEXT.padEnd(MAX_HELO_TEXT_CHARACTERS, '\n')
    expect(heloFromText(padded)).toEqual({ ok: true, value: HELO })
    expect(heloFromText(`${padded}\n`)).toEqual({ ok: false, fault: 'too-long' })
  })

  test('the largest HELO fits twice over', () => {
    const largest = 'postern:helo:'.length + Math.ceil((heloCodec.maxSize * 4) / 3)
    expect(largest).toBe(907)
    expect(2 * largest).toBeLessThan(MAX_HELO_TEXT_CHARACTERS)
  })

  test('neither clock nor signature is judged here', () => {
    const forged = flipBit(HELO_BYTES, 94 * 8)
    expect(heloFromText(`postern:helo:${toBase64url(forged)}`).ok).toBe(true)
  })

  test('arbitrary text never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), fc.boolean(), (text, dressed) => {
        const decoded = heloFromText(dressed ? `postern:helo:${text}` : text)
        expect(decoded.ok).toBe(false)
      }),
    )
  })
})
