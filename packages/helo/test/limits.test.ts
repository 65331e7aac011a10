/** Limits that follow from other numbers, so that changing one without the other shows. */
import { expect, test } from 'vitest'
import {
  FIRST_MESSAGE_DATAGRAM_OCTETS,
  firstMessageCodec,
  HELO_FIXED_OCTETS,
  MAX_APPLICATION_BODY_OCTETS,
  MAX_HELOS_IN_HANDSHAKE,
  MAX_MESSAGE_BODY_OCTETS,
  MESSAGE_HEADER_OCTETS,
  pingCodec,
} from '../src/index.js'
import { PING } from './questions.js'

test('8/limits: the challenge is the one of PROTOCOL.md, 16 octets, and the padding 130', () => {
  expect(pingCodec.encode(PING)).toHaveLength(85 + PING.address.byteLength + 130)
})

test('9/limits: what an application may send fits into one message', () => {
  expect(MAX_APPLICATION_BODY_OCTETS).toBe(MAX_MESSAGE_BODY_OCTETS)
})

test('10/limits: a first message with three HELOs of IPv6 and a PING fits into a datagram of every IPv6 path', () => {
  expect(FIRST_MESSAGE_DATAGRAM_OCTETS).toBe(1_280 - 40 - 8 - 38)
  const address = new Uint8Array(18)
  const helos = MAX_HELOS_IN_HANDSHAKE * (MESSAGE_HEADER_OCTETS + HELO_FIXED_OCTETS + address.byteLength)
  const ping = MESSAGE_HEADER_OCTETS + pingCodec.sizeOf({ ...PING, address })
  const first = { senderIndex: 0, hint: new Uint8Array(4), mac1: new Uint8Array(16), mac2: new Uint8Array(16) }
  const message = firstMessageCodec.sizeOf({ ...first, noise: new Uint8Array(96 + helos + ping) })
  expect(MESSAGE_HEADER_OCTETS + message).toBeLessThanOrEqual(FIRST_MESSAGE_DATAGRAM_OCTETS)
})
