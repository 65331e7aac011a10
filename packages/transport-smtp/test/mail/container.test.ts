import type { Message } from '@postern/transport-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { containerCapacity } from '../../src/mail/compose-mail.js'
import { CONTAINER_FAULTS, containerOctets, decodeContainer, encodeContainer } from '../../src/mail/container.js'
import { MAIL_ID, mailIds, messages, OPEN, SEALED, SENDER, senders } from './samples.js'

const LIMITS = { mtu: 100 }
// version | sender, 32 octets | mailId, 16 octets | flags, crc, size, msg | flags, crc, size, msg
const GOLDEN = `
  01
  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f
  f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff
  01 00 00 00 00 00 00 00 02 ca fe
  00 01 02 03 04 00 00 00 01 01`
const BYTES = new Uint8Array(Buffer.from(GOLDEN.replaceAll(/\s/g, ''), 'hex'))
const FIRST_AT = 49
const SECOND_AT = 60

test('7/container: golden vector, both directions', () => {
  expect(encodeContainer(SENDER, MAIL_ID, [SEALED, OPEN])).toEqual(BYTES)
  expect(containerOctets([SEALED, OPEN])).toBe(BYTES.length)
  expect(decodeContainer(BYTES, LIMITS)).toEqual({
    ok: true,
    value: { sender: SENDER, mailId: MAIL_ID, messages: [SEALED, OPEN] },
  })
})

test('7/container: every strict prefix is a fault, but for the one that ends with an entry', () => {
  for (let length = 0; length < BYTES.length; length += 1) {
    const decoded = decodeContainer(BYTES.subarray(0, length), LIMITS)
    if (length === SECOND_AT) expect(decoded).toMatchObject({ ok: true, value: { messages: [SEALED] } })
    else expect(decoded).toEqual({ ok: false, fault: length === FIRST_AT ? 'no-entry' : 'truncated', offset: length })
  }
})

const cases: readonly (readonly [fault: string, offset: number, bytes: Uint8Array])[] = [
  ['truncated', 0, new Uint8Array(0)],
  ['truncated', 71, Uint8Array.of(...BYTES, 0)],
  ['truncated', 70, BYTES.with(SECOND_AT + 8, 2)],
  ['unknown-version', 0, BYTES.with(0, 0)],
  ['unknown-version', 0, BYTES.with(0, 2)],
  ['unknown-version', 0, Uint8Array.of(2)],
  ...[1, 2, 3, 4, 5, 6, 7].map((bit) => ['reserved-flags', FIRST_AT, BYTES.with(FIRST_AT, 1 << bit)] as const),
  ['reserved-flags', SECOND_AT, BYTES.with(SECOND_AT, 0x80)],
  ['oversize', SECOND_AT + 5, BYTES.with(SECOND_AT + 8, 101)],
  ['oversize', FIRST_AT + 5, BYTES.with(FIRST_AT + 5, 0xff)],
  ['no-entry', FIRST_AT, BYTES.subarray(0, FIRST_AT)],
]

test.each(cases)('8/container: %s at %i', (fault, offset, bytes) => {
  expect(decodeContainer(bytes, LIMITS)).toEqual({ ok: false, fault, offset })
})

test('8/container: every fault is reached above', () => {
  expect([...new Set(cases.map(([fault]) => fault))].sort()).toEqual([...CONTAINER_FAULTS].sort())
})

test('7/container: a message of the mtu passes, one octet more is oversize', () => {
  const container = (size: number): Uint8Array =>
    encodeContainer(SENDER, MAIL_ID, [{ ...OPEN, msg: new Uint8Array(size), size }])
  expect(decodeContainer(container(100), LIMITS)).toMatchObject({ ok: true, value: { messages: [{ size: 100 }] } })
  expect(decodeContainer(container(101), LIMITS)).toMatchObject({ fault: 'oversize' })
})

test('7/container: messages are views of the bytes and slice to copies; the mail id is a copy', () => {
  const decoded = decodeContainer(Buffer.from(BYTES), LIMITS)
  if (!decoded.ok) throw new Error(decoded.fault)
  const { mailId, messages: views } = decoded.value
  expect(views[0]!.msg.constructor).toBe(Uint8Array)
  expect(views[0]!.msg.slice().buffer).not.toBe(views[0]!.msg.buffer)
  expect(mailId.buffer).not.toBe(views[0]!.msg.buffer)
  expect(mailId.byteLength).toBe(mailId.buffer.byteLength)
})

test('8/container: a mail of 1 MiB full of empty entries costs one array of messages and no array of octets', () => {
  const count = Math.floor((containerCapacity(1_048_576) - FIRST_AT) / 9)
  expect(count).toBe(84_968)
  const empty: Message = { msg: new Uint8Array(0), size: 0, isEncrypted: false, crc: 0 }
  const bytes = encodeContainer(
    SENDER,
    MAIL_ID,
    Array.from({ length: count }, () => empty),
  )
  const decoded = decodeContainer(bytes, LIMITS)
  if (!decoded.ok) throw new Error(decoded.fault)
  expect(decoded.value.messages).toHaveLength(count)
  expect(new Set(decoded.value.messages.map(({ msg }) => msg)).size).toBe(1)
})

test.each([
  ['no message', () => encodeContainer(SENDER, MAIL_ID, [])],
  ['a mail id of 15 octets', () => encodeContainer(SENDER, MAIL_ID.subarray(1), [OPEN])],
  ['a negative crc', () => encodeContainer(SENDER, MAIL_ID, [{ ...OPEN, crc: -1 }])],
  ['a crc of 33 bits', () => encodeContainer(SENDER, MAIL_ID, [{ ...OPEN, crc: 2 ** 32 }])],
])('7/container: %s is not encoded', (_, encode) => {
  expect(encode).toThrow(RangeError)
})

test('7/container: what goes in comes out', () => {
  fc.assert(
    fc.property(senders, mailIds, messages, (sender, mailId, all) => {
      const bytes = encodeContainer(sender, mailId, all)
      expect(bytes.byteLength).toBe(containerOctets(all))
      expect(decodeContainer(bytes, { mtu: 300 })).toEqual({ ok: true, value: { sender, mailId, messages: all } })
    }),
  )
})

test('8/garbage: arbitrary and damaged octets never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(BYTES.length - 1), fc.nat(255), (bytes, at, octet) => {
      for (const input of [bytes, Uint8Array.of(...BYTES.subarray(0, FIRST_AT), ...bytes), BYTES.with(at, octet)]) {
        const decoded = decodeContainer(input, LIMITS)
        expect(decoded.ok || CONTAINER_FAULTS.includes(decoded.fault)).toBe(true)
      }
    }),
  )
})
