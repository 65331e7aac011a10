/**
 * What a mail carries: messages of one sender, with their metadata, under an id by which a mail that arrives twice is known.
 * Bytes in, bytes out; knows no MIME. PROTOCOL.md section 7.
 *
 *   0   1   version
 *   1   32  sender, claimed
 *   33  16  mailId
 *   49  …   entries up to the end, at least one: flags u8 | crc u32 | size u32 | msg
 */
import { NODE_ID_OCTETS, type NodeId, nodeIdFromBytes, nodeIdToBytes } from '@postern/crypto'
import type { Message } from '@postern/transport-api'
import { CONTAINER_HEADER_OCTETS, CONTAINER_VERSION, ENTRY_HEADER_OCTETS, MAIL_ID_OCTETS } from '../constants.js'

const SENDER_AT = 1
const MAIL_ID_AT = SENDER_AT + NODE_ID_OCTETS
const CRC_IN_ENTRY = 1
const SIZE_IN_ENTRY = 5
const ENCRYPTED_FLAG = 1
/** One for all empty messages: 85 000 of them fit into a mail of 1 MiB, and an array without octets is nobody's to change. */
const NOTHING = new Uint8Array(0)

export interface Container {
  readonly sender: NodeId
  /** MAIL_ID_OCTETS of them. */
  readonly mailId: Uint8Array
  /** At least one. */
  readonly messages: readonly Message[]
}

/** Why bytes are no container; also the reason under which the mail is counted. */
export const CONTAINER_FAULTS = ['truncated', 'unknown-version', 'reserved-flags', 'oversize', 'no-entry'] as const
export type ContainerFault = (typeof CONTAINER_FAULTS)[number]

/** On failure the offset of the field at fault; for `truncated` and `no-entry` the number of octets there were. */
export type DecodedContainer =
  | { readonly ok: true; readonly value: Container }
  | { readonly ok: false; readonly fault: ContainerFault; readonly offset: number }

/** Octets of the container of `messages`. */
export function containerOctets(messages: readonly Message[]): number {
  return messages.reduce((sum, { msg }) => sum + ENTRY_HEADER_OCTETS + msg.byteLength, CONTAINER_HEADER_OCTETS)
}

/** A new array of containerOctets(messages); everything given is copied. RangeError: no message, a mailId or crc of another size. */
export function encodeContainer(sender: NodeId, mailId: Uint8Array, messages: readonly Message[]): Uint8Array {
  if (messages.length === 0) throw new RangeError('a container without a message')
  if (mailId.byteLength !== MAIL_ID_OCTETS) throw new RangeError(`a mail id of ${mailId.byteLength} octets`)
  const bytes = new Uint8Array(containerOctets(messages))
  const writer = Buffer.from(bytes.buffer)
  bytes[0] = CONTAINER_VERSION
  bytes.set(nodeIdToBytes(sender), SENDER_AT)
  bytes.set(mailId, MAIL_ID_AT)
  let at = CONTAINER_HEADER_OCTETS
  for (const { msg, isEncrypted, crc } of messages) {
    bytes[at] = isEncrypted ? ENCRYPTED_FLAG : 0
    writer.writeUInt32BE(crc, at + CRC_IN_ENTRY)
    writer.writeUInt32BE(msg.byteLength, at + SIZE_IN_ENTRY)
    bytes.set(msg, at + ENTRY_HEADER_OCTETS)
    at += ENTRY_HEADER_OCTETS + msg.byteLength
  }
  return bytes
}

/**
 * All of `bytes`. Every msg is a view of them, a plain Uint8Array whose `slice` copies: hand over bytes that nobody else keeps.
 * `limits.mtu`: the receiver's own, octets. One bad entry makes the whole container bad. Never throws.
 */
export function decodeContainer(bytes: Uint8Array, limits: { readonly mtu: number }): DecodedContainer {
  const end = bytes.byteLength
  if (end === 0) return { ok: false, fault: 'truncated', offset: 0 }
  if (bytes[0] !== CONTAINER_VERSION) return { ok: false, fault: 'unknown-version', offset: 0 }
  if (end < CONTAINER_HEADER_OCTETS) return { ok: false, fault: 'truncated', offset: end }
  if (end === CONTAINER_HEADER_OCTETS) return { ok: false, fault: 'no-entry', offset: end }
  const reader = new DataView(bytes.buffer, bytes.byteOffset, end)
  const messages: Message[] = []
  for (let at = CONTAINER_HEADER_OCTETS; at < end; ) {
    const flags = reader.getUint8(at)
    if (flags > ENCRYPTED_FLAG) return { ok: false, fault: 'reserved-flags', offset: at }
    const msgAt = at + ENTRY_HEADER_OCTETS
    if (msgAt > end) return { ok: false, fault: 'truncated', offset: end }
    const size = reader.getUint32(at + SIZE_IN_ENTRY)
    if (size > limits.mtu) return { ok: false, fault: 'oversize', offset: at + SIZE_IN_ENTRY }
    if (size > end - msgAt) return { ok: false, fault: 'truncated', offset: end }
    const msg = size === 0 ? NOTHING : new Uint8Array(bytes.buffer, bytes.byteOffset + msgAt, size)
    messages.push({ msg, size, isEncrypted: flags === ENCRYPTED_FLAG, crc: reader.getUint32(at + CRC_IN_ENTRY) })
    at = msgAt + size
  }
  const sender = nodeIdFromBytes(bytes.subarray(SENDER_AT, MAIL_ID_AT))
  const mailId = new Uint8Array(bytes.subarray(MAIL_ID_AT, CONTAINER_HEADER_OCTETS)) // a copy: callers keep it
  return { ok: true, value: { sender, mailId, messages } }
}
