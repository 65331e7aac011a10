import { nodeIdFromBytes } from '@postern/crypto'
import { expect, test } from 'vitest'
import { decodeWelcome, encodeWelcome, WELCOME_OCTETS } from '../src/welcome.js'

const SENDER = nodeIdFromBytes(Uint8Array.from({ length: 32 }, (_, at) => at))
// version | sender, 32 octets
const GOLDEN = Buffer.from('01000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex')

test('PROTOCOL 6: a welcome has these octets, in both directions', () => {
  expect(Buffer.from(encodeWelcome(SENDER))).toEqual(GOLDEN)
  expect(decodeWelcome(GOLDEN)).toBe(SENDER)
  expect(decodeWelcome(Buffer.concat([GOLDEN, GOLDEN]))).toBe(SENDER)
})

test('PROTOCOL 6: every strict prefix is incomplete, and another version is told at its first octet', () => {
  for (let length = 0; length < WELCOME_OCTETS; length += 1)
    expect(decodeWelcome(GOLDEN.subarray(0, length))).toBe('incomplete')
  for (const version of [0, 2, 0x47, 255]) expect(decodeWelcome(Uint8Array.of(version))).toBe('unknown-version')
})
