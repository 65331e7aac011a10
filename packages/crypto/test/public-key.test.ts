import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createIdentity, isPublicKey, publicIdentity, SIGNATURE_CONTEXT } from '../src/index.js'
import { hex } from './hex.js'

const P = 2n ** 255n - 19n
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** y as 32 little-endian octets, with the sign bit of x. */
function encodeY(y: bigint, sign: 0 | 1): Uint8Array {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 255n))
  bytes[31]! |= sign << 7
  return bytes
}

/** A key as far as the rule says, by arithmetic and another library's curve. Null: on no point, not ours to judge. */
function oracle(bytes: Uint8Array): boolean | null {
  const y = bytes.reduceRight((sum, octet) => (sum << 8n) | BigInt(octet), 0n) & (2n ** 255n - 1n)
  if (y >= P) return false
  try {
    return !ed25519.Point.fromBytes(bytes, true).isSmallOrder()
  } catch {
    return null
  }
}

describe('1/refused-keys', () => {
  test('all eight small-order points are refused', () => {
    expect(ED25519_TORSION_SUBGROUP).toHaveLength(8)
    for (const point of ED25519_TORSION_SUBGROUP) {
      expect(ed25519.Point.fromHex(point).isSmallOrder()).toBe(true)
      expect(isPublicKey(hex(point))).toBe(false)
      expect(publicIdentity(hex(point))).toBeNull()
    }
  })

  test('x = 0 with the sign bit set is refused', () => {
    expect(isPublicKey(encodeY(1n, 1))).toBe(false)
    expect(isPublicKey(encodeY(P - 1n, 1))).toBe(false)
  })

  test('all 38 encodings with y >= p are refused, with either sign', () => {
    for (let y = P; y < 2n ** 255n; y++)
      for (const sign of [0, 1] as const) expect(isPublicKey(encodeY(y, sign)), `y = p + ${y - P}`).toBe(false)
  })

  test('the largest canonical y that is no small-order point is taken', () => {
    expect(isPublicKey(encodeY(P - 2n, 0))).toBe(true)
    expect(isPublicKey(encodeY(P - 2n, 1))).toBe(true)
  })

  test('octets that look like p only in part are taken', () => {
    for (const at of [1, 15, 30, 31]) expect(isPublicKey(encodeY(P - (1n << BigInt(8 * at)), 0))).toBe(true)
  })

  test('a small-order y with one bit changed is judged as the curve judges it', () => {
    const nearly = fc
      .tuple(fc.constantFrom(...ED25519_TORSION_SUBGROUP), fc.nat(255))
      .map(([point, bit]) => hex(point).map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet)))
    fc.assert(
      fc.property(nearly, (key) => {
        expect(isPublicKey(key)).toBe(oracle(key) ?? true)
      }),
    )
  })

  test('every real key is taken', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(isPublicKey(ed25519.getPublicKey(seed))).toBe(true)
      }),
    )
  })

  test('any other length is refused', () => {
    const { publicKey } = createIdentity()
    for (const key of [publicKey.subarray(1), new Uint8Array([...publicKey, 0]), new Uint8Array()]) {
      expect(isPublicKey(key)).toBe(false)
      expect(publicIdentity(key)).toBeNull()
    }
  })

  test('32 octets on no point verify nothing and throw nothing', () => {
    fc.assert(
      fc.property(seeds, fc.uint8Array({ minLength: 64, maxLength: 64 }), (key, signature) => {
        expect(publicIdentity(key)?.verify(SIGNATURE_CONTEXT.HELO, key, signature) ?? false).toBe(false)
      }),
    )
  })
})
