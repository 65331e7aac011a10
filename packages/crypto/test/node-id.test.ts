import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  NODE_ID_CHARACTERS,
  NODE_ID_OCTETS,
  type NodeId,
  nodeIdFromBytes,
  nodeIdOf,
  nodeIdToBytes,
  parseNodeId,
  shortNodeId,
} from '../src/index.js'
import { hex, toHex } from './hex.js'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const octets = fc.uint8Array({ minLength: NODE_ID_OCTETS, maxLength: NODE_ID_OCTETS })

/** The public key of RFC 8032 section 7.1, TEST 1, its SHA-256, and that as text: pins PROTOCOL.md section 1. */
const PUBLIC_KEY = hex('d75a980182b10ab7 d54bfed3c964073a 0ee172f3daa62325 af021a68f707511a')
const HASH = '21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9'
const TEXT = '47Z33QX1AJH62RKBZ1A08VYJ4WDQQVABDAZ4BAJRGXZF8ZWQ46WG'

/** Base32 by big-integer arithmetic: slow, and nothing like the code under test. */
function slowText(bytes: Uint8Array): string {
  let rest = BigInt(`0x${toHex(bytes)}`) << 4n
  let text = ''
  for (let i = 0; i < NODE_ID_CHARACTERS; i++, rest >>= 5n) text = ALPHABET[Number(rest & 31n)]! + text
  return text
}

describe('1/node-id', () => {
  test('golden vector: key, hash and text', () => {
    const id = nodeIdOf(PUBLIC_KEY)
    expect(id).toBe(TEXT)
    expect(toHex(nodeIdToBytes(id))).toBe(HASH)
    expect(nodeIdFromBytes(hex(HASH))).toBe(TEXT)
    expect(parseNodeId(TEXT)).toBe(TEXT)
    expect(shortNodeId(id)).toBe('47Z33QX1')
  })

  test('the id is the SHA-256 of the key, by another implementation', () => {
    fc.assert(
      fc.property(octets, (key) => {
        expect(nodeIdToBytes(nodeIdOf(key))).toEqual(new Uint8Array(createHash('sha256').update(key).digest()))
      }),
    )
  })

  test('the text is base32 with the most significant bits first', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(nodeIdFromBytes(bytes)).toBe(slowText(bytes))
      }),
    )
    expect(nodeIdFromBytes(new Uint8Array(32))).toBe('0'.repeat(52))
    expect(nodeIdFromBytes(new Uint8Array(32).fill(255))).toBe(`${'Z'.repeat(51)}G`)
  })

  test('octets and text are the same thing', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const id = nodeIdFromBytes(bytes)
        expect(nodeIdToBytes(id)).toEqual(bytes)
        expect(parseNodeId(id)).toBe(id)
      }),
    )
  })

  test('a view into a larger buffer is read where it lies, and the result is an array of its own', () => {
    const datagram = Buffer.concat([Buffer.from([1, 2]), hex(HASH), Buffer.from([3])])
    const id = nodeIdFromBytes(datagram.subarray(2, 34))
    datagram.fill(0)
    expect(id).toBe(TEXT)
    expect(nodeIdToBytes(id).buffer.byteLength).toBe(NODE_ID_OCTETS)
  })

  test('lower case and the aliases O, I, L are read as what they were meant to be', () => {
    expect(parseNodeId(TEXT.toLowerCase())).toBe(TEXT)
    for (const [zero, one] of ['Oi', 'oI', '0l', 'OL', '01'] as const)
      expect(parseNodeId(`${zero!.repeat(25)}${one!.repeat(26)}0`)).toBe(`${'0'.repeat(25)}${'1'.repeat(26)}0`)
  })

  test('any other length, letter or spare bit is refused', () => {
    expect(parseNodeId('')).toBeNull()
    expect(parseNodeId(TEXT.slice(1))).toBeNull()
    expect(parseNodeId(`${TEXT}0`)).toBeNull()
    for (const other of ['U', 'u', '-', ' ', '\0', '\u017f', '\u212a', '\uff10', '\u00e9'])
      expect(parseNodeId(other + TEXT.slice(1))).toBeNull()
    for (const last of ALPHABET) expect(parseNodeId(TEXT.slice(0, 51) + last) !== null).toBe('0G'.includes(last))
  })

  test('arbitrary text never throws, and what is accepted is canonical', () => {
    const near = fc.string({ unit: fc.constantFrom(...ALPHABET, 'o', 'u'), minLength: 50, maxLength: 54 })
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const id = parseNodeId(text)
        if (id !== null) expect(nodeIdFromBytes(nodeIdToBytes(id))).toBe(id)
      }),
    )
  })

  test('misuse throws with the length', () => {
    for (const length of [0, 31, 33]) {
      expect(() => nodeIdOf(new Uint8Array(length))).toThrow(new RangeError(`a public key of ${length} octets, not 32`))
      expect(() => nodeIdFromBytes(new Uint8Array(length))).toThrow(`a node id of ${length} octets, not 32`)
    }
    expect(() => nodeIdToBytes('nobody' as NodeId)).toThrow(new RangeError('not a node id: 6 characters'))
  })
})
