import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signedBytesOf } from '../src/helo.js'
import {
  ADDRESSLESS_DRAFT,
  CLOCK_SKEW_MS,
  checkHelo,
  DEFAULT_HELO_VALIDITY_MS,
  HELO_FAULTS,
  type Helo,
  type HeloFault,
  heloCodec,
  MAIL_CARD_VALIDITY_MS,
  MAIL_HELO_VALIDITY_MS,
  MAX_HELO_AHEAD_MS,
  nextSequence,
  signHelo,
  withdrawHelo,
} from '../src/index.js'
import { toHex } from './hex.js'
import { DRAFT, flipBit, HELO, HELO_BYTES, helos, LINK_KEY, NOW, OTHER, OWNER, TERMS } from './samples.js'

const MINUTE = 60_000

describe('3/signature', () => {
  test('covers octets 0-93 and the address', () => {
    expect(toHex(signedBytesOf(HELO))).toBe(toHex(HELO_BYTES.slice(0, 94)) + toHex(HELO_BYTES.slice(158)))
  })

  test('what is signed is believed, until it expires', () => {
    fc.assert(
      fc.property(helos, (helo) => {
        expect(checkHelo(helo, helo.expiration)).toBeNull()
      }),
    )
  })

  test('any flipped bit of any octet is refused', () => {
    for (let bit = 0; bit < HELO_BYTES.byteLength * 8; bit++)
      expect(isBelieved(flipBit(HELO_BYTES, bit)), `bit ${bit}`).toBe(false)
  })

  test('mutated octets are believed only when they are the same octets', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(edits, fc.nat(HELO_BYTES.byteLength), fc.boolean(), (changes, length, cut) => {
        const bytes = HELO_BYTES.slice(0, cut ? length : undefined)
        for (const [at, octet] of changes) bytes[at % HELO_BYTES.byteLength] = octet
        expect(isBelieved(bytes)).toBe(toHex(bytes) === toHex(HELO_BYTES))
      }),
    )
  })

  test('somebody else cannot put their key on it', () => {
    expect(checkHelo({ ...HELO, publicKey: OTHER.publicKey, senderIdentity: OTHER.nodeId }, NOW)).toBe('bad-signature')
  })

  test('a HELO that names another node than its key is misuse', () => {
    expect(() => checkHelo({ ...HELO, senderIdentity: OTHER.nodeId }, NOW)).toThrow(RangeError)
  })

  test('the draft, the keys and the terms are copied', () => {
    const draft = { ...DRAFT, senderAddress: new Uint8Array(DRAFT.senderAddress) }
    const linkKey = Buffer.from(LINK_KEY)
    const helo = signHelo(OWNER, linkKey, draft, TERMS)
    draft.senderAddress.fill(0)
    linkKey.fill(0)
    expect(helo).toEqual(HELO)
  })

  test.each([
    ['a draft whose size is a lie', { ...DRAFT, senderAddressSize: 5 }, LINK_KEY],
    ['a draft without mtu', { ...DRAFT, mtu: 0 }, LINK_KEY],
    ['a link key of 31 octets', DRAFT, LINK_KEY.subarray(1)],
  ])('%s is not signed', (_, draft, linkKey) => {
    expect(() => signHelo(OWNER, linkKey, draft, TERMS)).toThrow(RangeError)
  })
})

describe('3/clock', () => {
  const { expiration } = HELO
  const forged: Helo = { ...HELO, signature: new Uint8Array(64) }
  const earliest = expiration - MAX_HELO_AHEAD_MS - CLOCK_SKEW_MS

  const cases: readonly (readonly [name: string, helo: Helo, nowMs: number, fault: HeloFault | null])[] = [
    ['10 min after it expired', HELO, expiration + CLOCK_SKEW_MS, null],
    ['1 ms later', HELO, expiration + CLOCK_SKEW_MS + 1, 'expired'],
    ['180 d and 10 min ahead', HELO, earliest, null],
    ['1 ms more', HELO, earliest - 1, 'too-far-ahead'],
    ['a clock that is broken', HELO, Number.NaN, 'expired'],
    ['a forgery', forged, NOW, 'bad-signature'],
    ['a signature of 63 octets', { ...HELO, signature: HELO.signature.subarray(1) }, NOW, 'bad-signature'],
    ['a key that verifies anything for everyone', { ...HELO, publicKey: new Uint8Array(32) }, NOW, 'bad-signature'],
    ['a forgery that expired: times first', forged, expiration + CLOCK_SKEW_MS + 1, 'expired'],
    ['a forgery too far ahead: times first', forged, earliest - 1, 'too-far-ahead'],
  ]

  test.each(cases)('%s', (_, helo, nowMs, fault) => {
    expect(checkHelo(helo, nowMs)).toBe(fault)
  })

  test('every fault is reached above', () => {
    expect(new Set(cases.map(([, , , fault]) => fault))).toEqual(new Set([null, ...HELO_FAULTS]))
  })

  test('the durations of PROTOCOL.md sections 3 and 4', () => {
    expect(CLOCK_SKEW_MS).toBe(10 * MINUTE)
    expect(MAX_HELO_AHEAD_MS).toBe(180 * 24 * 60 * MINUTE)
    expect(DEFAULT_HELO_VALIDITY_MS).toBe(12 * 60 * MINUTE)
    expect(MAIL_HELO_VALIDITY_MS).toBe(7 * 24 * 60 * MINUTE)
    expect(MAIL_CARD_VALIDITY_MS).toBe(90 * 24 * 60 * MINUTE)
  })
})

describe('3/sequence', () => {
  test('is the clock, or one more than the last when the clock does not rise', () => {
    expect(nextSequence(-1, 0)).toBe(0)
    expect(nextSequence(-1, NOW)).toBe(NOW)
    expect(nextSequence(NOW, NOW)).toBe(NOW + 1)
    expect(nextSequence(NOW + 5, NOW)).toBe(NOW + 6)
    expect(nextSequence(Number.MAX_SAFE_INTEGER - 1, NOW)).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('has an end, and takes no fractions', () => {
    for (const [last, nowMs] of [
      [Number.MAX_SAFE_INTEGER, NOW],
      [NOW, NOW + 1.5],
      [NOW, Number.NaN],
      [-9, -9],
    ] as const)
      expect(() => nextSequence(last, nowMs)).toThrow(new RangeError(`no sequence after ${last} at ${nowMs}`))
  })
})

describe('3/withdrawal', () => {
  test('is the same HELO with the flag set and a higher sequence', () => {
    const withdrawal = withdrawHelo(OWNER, HELO, NOW + 1)
    const { signature, ...rest } = HELO
    expect(withdrawal).toEqual({
      ...rest,
      flags: { gossip: true, withdrawn: true },
      sequence: NOW + 1,
      signature: withdrawal.signature,
    })
    expect(signature).not.toEqual(withdrawal.signature)
    expect(checkHelo(withdrawal, NOW)).toBeNull()
  })

  test('is refused for a sequence that is not higher, and for the HELO of another node', () => {
    for (const sequence of [NOW, Number.NaN])
      expect(() => withdrawHelo(OWNER, HELO, sequence)).toThrow(
        new RangeError(`sequence ${sequence} is not above ${NOW}`),
      )
    expect(() => withdrawHelo(OTHER, HELO, NOW + 1)).toThrow(
      new RangeError(`a HELO of ${OWNER.nodeId} is not ours to withdraw`),
    )
  })
})

describe('3/address-less', () => {
  test('binds a link key and nothing else', () => {
    const helo = signHelo(OWNER, LINK_KEY, ADDRESSLESS_DRAFT, TERMS)
    expect(heloCodec.encode(helo)).toHaveLength(158)
    expect(checkHelo(helo, NOW)).toBeNull()
  })
})

function isBelieved(bytes: Uint8Array): boolean {
  const decoded = heloCodec.decode(bytes)
  return decoded.ok && decoded.bytesRead === bytes.byteLength && checkHelo(decoded.value, NOW) === null
}
