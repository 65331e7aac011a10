import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32 } from '../../src/index.js'

/** ISO 3309 bit by bit. */
function slowCrc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const octet of bytes) {
    crc ^= octet
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0)
  }
  return ~crc >>> 0
}

describe('2/crc', () => {
  test('the check value of the algorithm: "123456789" gives cbf43926', () => {
    expect(crc32(new TextEncoder().encode('123456789')).toString(16)).toBe('cbf43926')
    expect(crc32(new Uint8Array(0))).toBe(0)
  })

  test('equals the definition, as a u32', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(crc32(bytes)).toBe(slowCrc32(bytes))
      }),
    )
  })
})
