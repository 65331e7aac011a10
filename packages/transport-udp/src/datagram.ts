/**
 * The layout of a datagram (PROTOCOL.md section 5): version, flags, sender, crc, msg.
 *
 *   01 | 00 | 32 octets of node id | crc, u32 | msg …
 *
 * Bytes in, bytes out; knows no socket.
 */
import { NODE_ID_OCTETS } from '@postern/crypto'
import type { Message } from '@postern/transport-api'
import { DATAGRAM_HEADER_OCTETS, DATAGRAM_VERSION, IPV4_DATAGRAM_OCTETS } from './constants.js'

const FLAGS_AT = 1
const SENDER_AT = 2
const CRC_AT = SENDER_AT + NODE_ID_OCTETS
const ENCRYPTED_FLAG = 1

/** Why a datagram was not a message; also the reason under which it is counted. */
export const DATAGRAM_FAULTS = ['truncated', 'unknown-version', 'reserved-flags', 'oversize'] as const
export type DatagramFault = (typeof DATAGRAM_FAULTS)[number]

/** Room for any datagram of `sender` (32 octets), with all that never changes written already. */
export function newDatagram(sender: Uint8Array): Buffer {
  const datagram = Buffer.alloc(IPV4_DATAGRAM_OCTETS)
  datagram[0] = DATAGRAM_VERSION
  datagram.set(sender, SENDER_AT)
  return datagram
}

/** Writes `message`, of at most 1434 octets, into what `newDatagram` made; gives the octets of the whole datagram. */
export function writeDatagram(datagram: Buffer, { msg, isEncrypted, crc }: Message): number {
  datagram[FLAGS_AT] = isEncrypted ? ENCRYPTED_FLAG : 0
  datagram.writeUInt32BE(crc, CRC_AT)
  datagram.set(msg, DATAGRAM_HEADER_OCTETS)
  return DATAGRAM_HEADER_OCTETS + msg.byteLength
}

/**
 * null: the header is fine. Every receiver takes what fits an Ethernet frame, whatever its own MTU, because who answers an
 * inbound datagram does not know it. Never throws.
 */
export function datagramFault(datagram: Uint8Array): DatagramFault | null {
  if (datagram.length < DATAGRAM_HEADER_OCTETS) return 'truncated'
  if (datagram[0] !== DATAGRAM_VERSION) return 'unknown-version'
  if (datagram[FLAGS_AT]! > ENCRYPTED_FLAG) return 'reserved-flags'
  if (datagram.length > IPV4_DATAGRAM_OCTETS) return 'oversize'
  return null
}

/** Does a datagram without fault claim to come from `sender`, 32 octets? In place: a view of the field would cost more than the rest. */
export function isSentBy(datagram: Uint8Array, sender: Uint8Array): boolean {
  for (let at = 0; at < NODE_ID_OCTETS; at += 1) {
    if (datagram[SENDER_AT + at] !== sender[at]) return false
  }
  return true
}

/** The sender of a datagram without fault: a copy of 32 octets. */
export function senderOf(datagram: Uint8Array): Uint8Array {
  return new Uint8Array(datagram.subarray(SENDER_AT, CRC_AT))
}

/** The message of a datagram without fault; msg is a view of it, a plain Uint8Array whose `slice` copies. */
export function messageOf(datagram: Buffer): Message {
  const size = datagram.byteLength - DATAGRAM_HEADER_OCTETS
  const msg = new Uint8Array(datagram.buffer, datagram.byteOffset + DATAGRAM_HEADER_OCTETS, size)
  return { msg, size, isEncrypted: datagram[FLAGS_AT] === ENCRYPTED_FLAG, crc: datagram.readUInt32BE(CRC_AT) }
}
