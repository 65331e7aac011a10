import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeCard,
  encodeCard,
  type Helo,
  heloCodec,
  MAX_ADDRESSES_PER_PEER,
  MAX_CARD_TEXT_CHARACTERS,
  signHelo,
  TEXT_FAULTS,
} from '../src/index.js'
import { toBase64url } from '../src/wire/base64url.js'
import * as sample from './samples.js'

const { HELO, HELO_BYTES, OWNER, OTHER, LINK_KEY, OTHER_LINK_KEY, DRAFT, TERMS, drafts, flipBit, patch } = sample
const SECOND = sample.WITHDRAWN_ADDRESSLESS

/** PROTOCOL.md section 4: version, count 2 and the two golden HELOs by Python's base64. */
const TEXT =
  'postern:card:AQIApAEBAAHXWpgBgrEKt9VL_tPJZAc6DuFy89qmIyWvAhpo9wdRGoUg8AmJMKdUdIt93LQ-91oNvzoNJjga9OukqY6qm05qAAAF' +
  'mgAAA-gAAAGLz-VoAAAAAYvSeJYAAAZ1p-Lgz9daohCCscg2IJRV9baILpV3iRezTaI39UY8ZerN4-ijEiJqaQ3w2decAl9zzZ-w_89LNJouGcrCz' +
  'ukJwAACAQgmAJ4BAgAA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURqFIPAJiTCnVHSLfdy0PvdaDb86DSY4GvTrpKmOqptOagAAAAAAAA' +
  'AAAAABi8_laAEAAAGL0niWAAAAoip2Nnc9r8oscj-904w5QLcWRjqdSr9njoMTY96_oub-rQVtn-zhkAzSRkC84zF1aigOhUitgTLM6oVxNSHrAA'

function card(version: number, count: number, ...helos: Uint8Array[]): string {
  return `postern:card:${toBase64url(Uint8Array.of(version, count, ...helos.flatMap((helo) => [helo.length >> 8, helo.length & 255, ...helo])))}`
}

describe('4/card', () => {
  test('golden vector, both directions', () => {
    expect(encodeCard([HELO, SECOND])).toBe(TEXT)
    expect(decodeCard(TEXT)).toEqual({ ok: true, value: { nodeId: OWNER.nodeId, helos: [HELO, SECOND] } })
  })

  test('what is written is what is read, in the same order', () => {
    const many = fc.array(drafts, { minLength: 1, maxLength: MAX_ADDRESSES_PER_PEER })
    fc.assert(
      fc.property(many, (all) => {
        const helos = all.map((draft) => signHelo(OWNER, LINK_KEY, draft, TERMS))
        expect(decodeCard(encodeCard(helos))).toEqual({ ok: true, value: { nodeId: OWNER.nodeId, helos } })
      }),
      { numRuns: 30 },
    )
  })

  test('line breaks of mail programs and the case of the scheme do not matter', () => {
    const mailed = TEXT.replace('postern:card:', 'Postern:Card: ').replace(/.{76}/g, '$&\r\n\t')
    expect(decodeCard(mailed)).toMatchObject({ ok: true, value: { nodeId: OWNER.nodeId } })
  })

  test('every strict prefix is a fault', () => {
    for (let n = 0; n < TEXT.length; n++) {
      const decoded = decodeCard(TEXT.slice(0, n))
      expect(decoded.ok || decoded.fault).toMatch(n < 13 ? /^not-a-card$/ : /^(truncated|bad-base64)$/)
    }
  })

  test('16 HELOs of the largest size fit, twice over', () => {
    const senderAddress = new Uint8Array(512)
    const largest = signHelo(OWNER, LINK_KEY, { ...DRAFT, senderAddress, senderAddressSize: 512 }, TERMS)
    const text = encodeCard(Array.from({ length: MAX_ADDRESSES_PER_PEER }, () => largest))
    expect(text).toHaveLength(14_352)
    expect(2 * text.length).toBeLessThan(MAX_CARD_TEXT_CHARACTERS)
    expect(decodeCard(text).ok).toBe(true)
    expect(decodeCard(text.padEnd(MAX_CARD_TEXT_CHARACTERS)).ok).toBe(true)
    expect(decodeCard(text.padEnd(MAX_CARD_TEXT_CHARACTERS + 1))).toEqual({ ok: false, fault: 'too-long' })
  })

  const strange = heloCodec.encode(signHelo(OTHER, LINK_KEY, DRAFT, TERMS))
  const otherLink = heloCodec.encode(signHelo(OWNER, OTHER_LINK_KEY, DRAFT, TERMS))
  const nearlyTheSameLink = heloCodec.encode(signHelo(OWNER, flipBit(LINK_KEY, 255), DRAFT, TERMS))
  const seventeen = Array.from({ length: MAX_ADDRESSES_PER_PEER + 1 }, () => HELO_BYTES)

  const cases: readonly (readonly [fault: string, text: string])[] = [
    ['not-a-card', ''],
    ['not-a-card', TEXT.replace('card', 'helo')],
    ['bad-base64', `${TEXT}==`],
    ['too-long', 'x'.repeat(MAX_CARD_TEXT_CHARACTERS + 1)],
    ['truncated', 'postern:card:'],
    ['truncated', 'postern:card:AQ'],
    ['truncated', card(1, 2, HELO_BYTES)],
    ['truncated', `postern:card:${toBase64url(Uint8Array.of(1, 2, 0, HELO_BYTES.length, ...HELO_BYTES, 0))}`],
    ['truncated', `postern:card:${toBase64url(Uint8Array.of(1, 1, 0, HELO_BYTES.length + 1, ...HELO_BYTES))}`],
    ['unknown-version', card(2, 1, HELO_BYTES)],
    ['unknown-version', card(1, 1, patch(HELO_BYTES, 0, '02'))],
    ['reserved-flags', card(1, 2, HELO_BYTES, flipBit(HELO_BYTES, 15))],
    ['bad-count', card(1, 0)],
    ['bad-count', card(1, 17, ...seventeen)],
    ['mixed-identities', card(1, 2, HELO_BYTES, strange)],
    ['mixed-identities', card(1, 2, HELO_BYTES, otherLink)],
    ['mixed-identities', card(1, 2, HELO_BYTES, nearlyTheSameLink)],
    ['mixed-identities', card(1, 3, HELO_BYTES, HELO_BYTES, otherLink)],
    ['trailing', card(1, 1, Uint8Array.of(...HELO_BYTES, 0))],
    ['trailing', card(1, 1, HELO_BYTES, HELO_BYTES)],
  ]

  test.each(cases)('%s: %.60s', (fault, text) => {
    expect(decodeCard(text)).toEqual({ ok: false, fault })
  })

  test('every fault of text but that of a HELO alone is reached above', () => {
    const elsewhere = ['not-a-helo']
    const reached = new Set(cases.map(([fault]) => fault))
    expect(TEXT_FAULTS.filter((fault) => !reached.has(fault))).toEqual(elsewhere)
  })

  test('HELOs of a later version, of whatever length, are passed over beside one that we understand', () => {
    const later = card(1, 3, Uint8Array.of(2), HELO_BYTES, patch(HELO_BYTES, 0, '02'))
    expect(decodeCard(later)).toEqual({ ok: true, value: { nodeId: OWNER.nodeId, helos: [HELO] } })
  })

  test('neither clock nor signature is judged here', () => {
    expect(decodeCard(card(1, 1, flipBit(HELO_BYTES, 94 * 8))).ok).toBe(true)
  })

  test.each([
    ['a card of 0 HELOs, not 1 to 16', []],
    ['a card of 17 HELOs, not 1 to 16', Array.from({ length: 17 }, () => HELO)],
    ['a card of HELOs with different keys', [HELO, signHelo(OTHER, LINK_KEY, DRAFT, TERMS)]],
    ['a card of HELOs with different keys', [HELO, signHelo(OWNER, OTHER_LINK_KEY, DRAFT, TERMS)]],
    ['a card of HELOs with different keys', [HELO, signHelo(OWNER, flipBit(LINK_KEY, 255), DRAFT, TERMS)]],
    ['this HELO would be refused: bad-mtu', [{ ...HELO, mtu: 0 }]],
  ] as [string, Helo[]][])('encode throws a RangeError: %s', (message, helos) => {
    expect(() => encodeCard(helos)).toThrow(new RangeError(message))
  })

  test('arbitrary and damaged bytes never throw', () => {
    const noise = fc.uint8Array({ maxLength: 700 })
    const damaged = fc
      .nat()
      .map((bit) => flipBit(Uint8Array.of(1, 2, 0, 164, ...HELO_BYTES, 0, 164, ...HELO_BYTES), bit))
    fc.assert(
      fc.property(fc.oneof(noise, damaged), (bytes) => {
        const decoded = decodeCard(`postern:card:${toBase64url(bytes)}`)
        if (decoded.ok) expect(decoded.value.helos.length).toBeLessThanOrEqual(bytes[1]!)
        else if (TEXT_FAULTS.some((fault) => fault === decoded.fault))
          expect(decoded.fault).toMatch(/^(bad-count|mixed-identities)$/)
      }),
    )
  })
})
