import { nodeIdFromBytes, nodeIdToBytes } from '@postern/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FILE_HEADER_OCTETS, MAX_FILE_OCTETS, MTU_OCTETS } from '../src/constants.js'
import { decodeFile, encodeFile } from '../src/pigeon-file.js'

const SENDER = Uint8Array.from({ length: 32 }, (_, at) => at)
/** version, flags, crc, sender, msg */
const GOLDEN = `
  01
  01
  80 00 00 01
  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f
  63 6f 6f`
const GOLDEN_FILE = Uint8Array.from(Buffer.from(GOLDEN.replaceAll(/\s/g, ''), 'hex'))
const GOLDEN_MESSAGE = { msg: new TextEncoder().encode('coo'), size: 3, isEncrypted: true, crc: 0x8000_0001 }

test('a file is exactly these octets, in both directions', () => {
  expect(encodeFile(SENDER, GOLDEN_MESSAGE)).toEqual(GOLDEN_FILE)
  expect(decodeFile(GOLDEN_FILE)).toEqual({ sender: nodeIdFromBytes(SENDER), message: GOLDEN_MESSAGE })
})

test('whatever is shorter than a header is truncated; a header alone is a message of no octets', () => {
  for (let octets = 0; octets < FILE_HEADER_OCTETS; octets += 1)
    expect(decodeFile(GOLDEN_FILE.slice(0, octets))).toBe('truncated')
  expect(decodeFile(GOLDEN_FILE.slice(0, FILE_HEADER_OCTETS))).toMatchObject({ message: { size: 0 } })
})

test('other versions and reserved flags are faults', () => {
  for (const version of [0, 2, 0xff]) expect(decodeFile(GOLDEN_FILE.with(0, version))).toBe('unknown-version')
  for (const flags of [2, 3, 0x80, 0xff]) expect(decodeFile(GOLDEN_FILE.with(1, flags))).toBe('reserved-flags')
})

test('a message of mtu octets is a file, one octet more is not', () => {
  const file = new Uint8Array(MAX_FILE_OCTETS + 1)
  file[0] = 1
  expect(decodeFile(file.subarray(0, MAX_FILE_OCTETS))).toMatchObject({ message: { size: MTU_OCTETS } })
  expect(decodeFile(file)).toBe('oversize')
})

test('decode takes back what encode made, also from the middle of a buffer', () => {
  const messages = fc.record({
    msg: fc.uint8Array({ maxLength: 300 }),
    isEncrypted: fc.boolean(),
    crc: fc.nat(0xffff_ffff),
    sender: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  fc.assert(
    fc.property(messages, fc.nat(9), ({ sender, ...some }, before) => {
      const message = { ...some, size: some.msg.byteLength }
      const file = encodeFile(sender, message)
      const buffer = new Uint8Array(before + file.byteLength)
      buffer.set(file, before)
      const read = decodeFile(buffer.subarray(before))
      if (typeof read === 'string') throw new Error(read)
      expect(read.message).toEqual(message)
      expect(nodeIdToBytes(read.sender)).toEqual(sender)
    }),
  )
})

test('arbitrary octets never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void decodeFile(bytes)))
})
