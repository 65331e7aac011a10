import { inspect } from 'node:util'
import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CryptoError,
  createIdentity,
  exportIdentity,
  type Identity,
  importIdentity,
  nodeIdOf,
  publicIdentity,
  SIGNATURE_CONTEXT,
  SIGNATURE_OCTETS,
} from '../src/index.js'
import { bytesToSign } from '../src/signature-context.js'
import { hex, toHex } from './hex.js'

const { HELO, PONG } = SIGNATURE_CONTEXT
const CONTEXTS = Object.values(SIGNATURE_CONTEXT)
const SEED = hex('9d61b19deffd5a60 ba844af492ec2cc4 4449c5697b326919 703bac031cae7f60')
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
const contexts = fc.constantFrom(...CONTEXTS)
const data = fc.uint8Array({ maxLength: 300 })

describe('1/contexts', () => {
  test('the bytes under a signature', () => {
    const legend = `
      0e                                       length of the context
      70 6f 73 74 65 72 6e 2f 31 20 68 65 6c 6f  "postern/1 helo"
      01 02                                    data`
    const golden = legend.replace(/ {2,}("|[a-z]{3}).*$/gm, '')
    expect(toHex(bytesToSign(HELO, Uint8Array.of(1, 2)))).toBe(toHex(hex(golden)))
  })

  test('every context is printable ASCII of at most 255 octets, and no two are equal', () => {
    for (const context of CONTEXTS) expect(context).toMatch(/^[\x20-\x7e]{1,255}$/)
    expect(new Set(CONTEXTS).size).toBe(CONTEXTS.length)
  })

  test('no two pairs of context and data are signed as the same bytes', () => {
    fc.assert(
      fc.property(contexts, data, contexts, data, (c1, d1, c2, d2) => {
        const same = c1 === c2 && toHex(d1) === toHex(d2)
        expect(toHex(bytesToSign(c1, d1)) === toHex(bytesToSign(c2, d2))).toBe(same)
      }),
    )
  })
})

describe('1/signatures', () => {
  test('golden vector: RFC 8032 TEST 1 seed, context helo, data "postern"', () => {
    const identity = importIdentity(SEED)
    expect(toHex(identity.sign(HELO, new TextEncoder().encode('postern')))).toBe(
      'c90f01a16455a81750ed44926a4395f167d10a0e3c5a316e017753a16da3de8e6409fa8a9e5f0c93d10ed524bdc32f911ac3d1e0f745cbf242edffa5ea9e0f05',
    )
  })

  test('signed here, verified by @noble/curves, and the other way round, octet for octet', () => {
    fc.assert(
      fc.property(seeds, contexts, data, (seed, context, message) => {
        const identity = importIdentity(seed)
        const signature = identity.sign(context, message)
        const covered = Uint8Array.of(context.length, ...new TextEncoder().encode(context), ...message)
        expect(identity.publicKey).toEqual(ed25519.getPublicKey(seed))
        expect(signature).toEqual(ed25519.sign(covered, seed))
        expect(ed25519.verify(signature, covered, identity.publicKey)).toBe(true)
        expect(publicIdentity(identity.publicKey)!.verify(context, message, signature)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('a signature holds for its own context only', () => {
    const identity = createIdentity()
    for (const signed of CONTEXTS)
      for (const asked of CONTEXTS)
        expect(identity.verify(asked, SEED, identity.sign(signed, SEED))).toBe(asked === signed)
  })

  test('a signature of bare data, without context, is refused', () => {
    const identity = importIdentity(SEED)
    expect(identity.verify(HELO, SEED, ed25519.sign(SEED, SEED))).toBe(false)
  })

  test('one changed bit in data or signature is refused', () => {
    const identity = createIdentity()
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 99 }), fc.nat(), fc.boolean(), (message, at, inData) => {
        const signature = identity.sign(PONG, message)
        const target = inData ? message : signature
        target[(at >> 3) % target.byteLength]! ^= 1 << (at & 7)
        expect(identity.verify(PONG, message, signature)).toBe(false)
      }),
    )
  })

  test('S + L, the other spelling of the same signature, is refused', () => {
    const L = 2n ** 252n + 27742317777372353535851937790883648493n
    const identity = createIdentity()
    const signature = identity.sign(HELO, SEED)
    let s = signature.subarray(32).reduceRight((sum, octet) => (sum << 8n) | BigInt(octet), 0n) + L
    for (let i = 32; i < SIGNATURE_OCTETS; i++, s >>= 8n) signature[i] = Number(s & 255n)
    expect(identity.verify(HELO, SEED, signature)).toBe(false)
  })

  test('a signature of any other length is false, not a throw', () => {
    const identity = createIdentity()
    const signature = identity.sign(HELO, SEED)
    for (const wrong of [signature.subarray(1), new Uint8Array([...signature, 0]), new Uint8Array()])
      expect(identity.verify(HELO, SEED, wrong)).toBe(false)
    fc.assert(
      fc.property(data, data, (message, noise) => {
        expect(identity.verify(HELO, message, noise)).toBe(false)
      }),
    )
  })

  test('signatures and keys are plain arrays in buffers of their own', () => {
    const identity = createIdentity()
    for (const bytes of [identity.publicKey, identity.sign(HELO, SEED), exportIdentity(identity)]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
      expect(bytes.buffer.byteLength).toBe(bytes.byteLength)
    }
  })
})

describe('1/identity', () => {
  test('import and export keep the seed, copied both ways', () => {
    const seed = new Uint8Array(SEED)
    const identity = importIdentity(seed)
    seed.fill(0)
    exportIdentity(identity).fill(0)
    expect(exportIdentity(identity)).toEqual(SEED)
    expect(identity.nodeId).toBe(nodeIdOf(identity.publicKey))
  })

  test('a Buffer is copied too, though its own slice() would not', () => {
    const key = Buffer.from(importIdentity(SEED).publicKey)
    const seed = Buffer.from(SEED)
    const identity = importIdentity(seed)
    const other = publicIdentity(key)!
    key.fill(0)
    seed.fill(0)
    expect(exportIdentity(identity)).toEqual(SEED)
    expect(other.publicKey).toEqual(identity.publicKey)
    expect(other.verify(HELO, SEED, identity.sign(HELO, SEED))).toBe(true)
  })

  test('two new identities differ', () => {
    expect(createIdentity().nodeId).not.toBe(createIdentity().nodeId)
  })

  test('printing an identity never shows the seed', () => {
    const identity = importIdentity(SEED)
    const shown = [
      JSON.stringify(identity),
      inspect(identity, { depth: null, showHidden: true, getters: true, showProxy: true, maxArrayLength: null }),
      String(identity),
      inspect(structuredClone(identity)),
      inspect(Object.getOwnPropertyDescriptors(identity), { depth: null, maxArrayLength: null }),
    ].join('\n')
    expect(Reflect.ownKeys(identity)).toEqual(['nodeId', 'publicKey'])
    expect(shown).toContain(identity.nodeId)
    // As hex, as a list of decimal octets, as an index-keyed object, as base64.
    expect(shown).not.toContain(toHex(SEED).slice(0, 12))
    expect(shown.replace(/"\d+":|\s/g, '')).not.toContain(SEED.slice(0, 6).join(','))
    expect(shown).not.toMatch(/nWGxne|"d"/)
  })

  test('a seed of any other length is ERR_IDENTITY_MALFORMED, with the length and not the seed', () => {
    for (const length of [0, 31, 33, 64]) {
      const wrong = new Uint8Array(length).fill(0xab)
      const error = caught(() => importIdentity(wrong))
      expect([error.name, error.code]).toEqual(['CryptoError', 'ERR_IDENTITY_MALFORMED'])
      expect(error.message).toBe(`a seed of ${length} octets, not 32`)
    }
  })

  test('a look-alike has no seed to export: ERR_IDENTITY_FOREIGN', () => {
    const error = caught(() => exportIdentity({ ...createIdentity() } as Identity))
    expect(error.code).toBe('ERR_IDENTITY_FOREIGN')
    expect(error.message).toBe('this identity was not made by this package')
  })
})

function caught(misuse: () => unknown): CryptoError {
  try {
    misuse()
  } catch (error) {
    if (error instanceof CryptoError) return error
  }
  throw new Error('no CryptoError was thrown')
}
