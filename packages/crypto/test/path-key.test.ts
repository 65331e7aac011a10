import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathKey, protocolSecret } from '../src/index.js'

const SECRET = Uint8Array.from({ length: 32 }, (_, at) => at)
const u16 = fc.nat(0xffff)
const infoOf = (label: string, value: number): Uint8Array =>
  new Uint8Array([...Buffer.from(label), value >> 8, value & 0xff])

describe('11/path-key', () => {
  test('both steps are HKDF-SHA256 as @noble/hashes computes it', () => {
    const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(secrets, u16, (secret, value) => {
        const oracle = (label: string) => hkdf(sha256, secret, undefined, infoOf(label, value), 32)
        expect(protocolSecret(secret, value)).toEqual(oracle('postern/1 protocol'))
        expect(pathKey(secret, value)).toEqual(oracle('postern/1 path'))
      }),
    )
  })

  test('another transport or path is another key', () => {
    const keys = [1, 2, 256, 513].flatMap((protocol) =>
      [0, 1, 256, 0xffff].map((path) => Buffer.from(pathKey(protocolSecret(SECRET, protocol), path)).toString('hex')),
    )
    expect(new Set(keys).size).toBe(16)
  })

  test('what does not fit its field is a RangeError', () => {
    for (const value of [-1, 65_536, 0.5, Number.NaN]) {
      const end = `${value}, not a whole number from 0 to 65535`
      expect(() => protocolSecret(SECRET, value)).toThrow(new RangeError(`protocol ${end}`))
      expect(() => pathKey(SECRET, value)).toThrow(new RangeError(`pathId ${end}`))
    }
    for (const size of [31, 33])
      expect(() => pathKey(new Uint8Array(size), 0)).toThrow(new RangeError(`a secret of ${size} octets, not 32`))
  })
})
