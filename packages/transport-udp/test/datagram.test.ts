import type { Message } from '@postern/transport-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DATAGRAM_HEADER_OCTETS, IPV4_DATAGRAM_OCTETS } from '../src/constants.js'
import {
  DATAGRAM_FAULTS,
  datagramFault,
  isSentBy,
  messageOf,
  newDatagram,
  senderOf,
  writeDatagram,
} from '../src/datagram.js'

const SENDER = Uint8Array.from({ length: 32 }, (_, at) => at)
const MESSAGE: Message = { msg: Uint8Array.of(0xca, 0xfe), size: 2, isEncrypted: true, crc: 0x01020304 }

const datagramOf = (message: Message): Buffer => {
  const room = newDatagram(SENDER)
  return room.subarray(0, writeDatagram(room, message))
}

// version | flags | sender, 32 octets | crc | msg
const GOLDEN =
  '01 01 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 01 02 03 04 ca fe'

test('PROTOCOL 5: a datagram has these octets, in both directions', () => {
  const bytes = datagramOf(MESSAGE)
  expect(bytes.toString('hex')).toBe(GOLDEN.replaceAll(' ', ''))
  expect(datagramFault(bytes)).toBeNull()
  expect(senderOf(bytes)).toEqual(SENDER)
  expect(isSentBy(bytes, SENDER)).toBe(true)
  expect(isSentBy(bytes, SENDER.with(31, 0))).toBe(false)
  expect(messageOf(bytes)).toEqual(MESSAGE)
})

test('PROTOCOL 5: what goes in comes out, for any message', () => {
  const messages = fc.record({
    msg: fc.uint8Array({ maxLength: 1_434 }),
    isEncrypted: fc.boolean(),
    crc: fc.nat(0xffff_ffff),
  })
  fc.assert(
    fc.property(messages, ({ msg, isEncrypted, crc }) => {
      const bytes = datagramOf({ msg, size: msg.byteLength, isEncrypted, crc })
      expect(datagramFault(bytes)).toBeNull()
      expect(messageOf(bytes)).toEqual({ msg, size: msg.byteLength, isEncrypted, crc })
    }),
  )
})

test('PROTOCOL 5: every strict prefix of the header is truncated', () => {
  const bytes = datagramOf(MESSAGE)
  for (let length = 0; length < DATAGRAM_HEADER_OCTETS; length += 1) {
    expect(datagramFault(bytes.subarray(0, length))).toBe('truncated')
  }
})

test('PROTOCOL 5: each fault has its name', () => {
  const changed = (at: number, value: number): Buffer => {
    const bytes = datagramOf(MESSAGE)
    bytes[at] = value
    return bytes
  }
  const named = {
    truncated: changed(0, 1).subarray(0, 37),
    'unknown-version': changed(0, 2),
    'reserved-flags': changed(1, 3),
    oversize: Buffer.concat([changed(0, 1), Buffer.alloc(IPV4_DATAGRAM_OCTETS)]).subarray(0, IPV4_DATAGRAM_OCTETS + 1),
  }
  expect(Object.keys(named).sort()).toEqual([...DATAGRAM_FAULTS].sort())
  for (const [fault, bytes] of Object.entries(named)) expect(datagramFault(bytes)).toBe(fault)
  for (let bit = 1; bit < 8; bit += 1) expect(datagramFault(changed(1, 1 << bit))).toBe('reserved-flags')
  expect(datagramFault(named.oversize.subarray(0, IPV4_DATAGRAM_OCTETS))).toBeNull()
})

test('8/garbage: arbitrary octets never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      expect([null, ...DATAGRAM_FAULTS]).toContain(datagramFault(bytes))
    }),
  )
})
