/**
 * PING: does this address belong to that node? Padded, so that no answer is larger than its question. Never decides who may be
 * asked, or whether to answer. DESIGN section 4, PROTOCOL.md section 8, paper section 2.3.
 *
 *    0   1  version           81   2  protocol
 *    1  16  challenge         83   2  addressSize
 *   17  32  target            85   n  address
 *   49  32  asker         85 + n   …  padding, zero, at least 130
 */
import { NODE_ID_OCTETS, type NodeId, nodeIdFromBytes, nodeIdToBytes } from '@postern/crypto'
import { CHALLENGE_OCTETS, MAX_SENDER_ADDRESS_OCTETS, PING_PADDING_OCTETS } from './limits.js'
import { type ProtocolNumber, protocolNumber } from './protocol-number.js'
import { type BodyCodec, type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { requireLength, requireLengthWithin } from './wire/require-length.js'
import { Writer } from './wire/writer.js'

const VERSION = 1
const ADDRESS_SIZE_OFFSET = 83
const PADDING = new Uint8Array(PING_PADDING_OCTETS)

/** Octets 0–84 of a PING, and of the PONG that repeats them. */
export const QUESTION_OCTETS = 85

/** A question about one address. That it decodes says nothing about who asks. */
export interface Ping {
  /** CHALLENGE_OCTETS, random; the PONG repeats it. */
  readonly challenge: Uint8Array
  /** Who is to answer. */
  readonly target: NodeId
  /** Who asks, claimed. */
  readonly asker: NodeId
  /** Of the address under test. */
  readonly protocol: ProtocolNumber
  /** The senderAddress of a HELO of the target, 1 to MAX_SENDER_ADDRESS_OCTETS. */
  readonly address: Uint8Array
}

/** PROTOCOL.md section 8. The padding is the codec's business: written as short as it may be, read whatever its length. */
export const pingCodec: BodyCodec<Ping> = {
  sizeOf(ping: Ping): number {
    return QUESTION_OCTETS + ping.address.byteLength + PING_PADDING_OCTETS
  },

  encode(ping: Ping): Uint8Array {
    const writer = new Writer(pingCodec.sizeOf(ping))
    writeQuestion(writer, ping)
    writer.bytes(ping.address)
    writer.bytes(PADDING)
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<Ping> {
    const reader = new Reader(bytes)
    const question = readQuestion(reader)
    if (question.isOtherVersion) return faultAt('unknown-version', 0)
    if (reader.failed) return faultAt('truncated', bytes.byteLength)
    if (!isAddressSize(question.addressSize)) return faultAt('bad-address-size', ADDRESS_SIZE_OFFSET)
    const address = reader.bytes(question.addressSize)
    if (reader.failed || reader.remaining < PING_PADDING_OCTETS) return faultAt('truncated', bytes.byteLength)
    const paddingOffset = reader.offset
    const padding = reader.bytes(reader.remaining)
    if (padding.some((octet) => octet !== 0)) return faultAt('reserved-flags', paddingOffset)
    return { ok: true, value: pingOf(question, address), bytesRead: reader.offset }
  },
}

/** Octets 0–84 as they were read. Node ids are still octets, because those of a truncated message are not there. */
export interface Question {
  /** Judged before the length, so that a shorter message of a later version is not taken for a damaged one of ours. */
  readonly isOtherVersion: boolean
  readonly challenge: Uint8Array
  readonly target: Uint8Array
  readonly asker: Uint8Array
  readonly protocol: ProtocolNumber
  readonly addressSize: number
}

export function readQuestion(reader: Reader): Question {
  const version = reader.u8()
  return {
    isOtherVersion: !reader.failed && version !== VERSION,
    challenge: reader.bytes(CHALLENGE_OCTETS),
    target: reader.bytes(NODE_ID_OCTETS),
    asker: reader.bytes(NODE_ID_OCTETS),
    protocol: protocolNumber(reader.u16()),
    addressSize: reader.u16(),
  }
}

/** RangeError: a challenge or an address of a length that no decoder would take. */
export function writeQuestion(writer: Writer, ping: Ping): void {
  requireLength('challenge', ping.challenge, CHALLENGE_OCTETS)
  requireLengthWithin('address', ping.address, 1, MAX_SENDER_ADDRESS_OCTETS)
  writer.u8(VERSION)
  writer.bytes(ping.challenge)
  writer.bytes(nodeIdToBytes(ping.target))
  writer.bytes(nodeIdToBytes(ping.asker))
  writer.u16(ping.protocol)
  writer.u16(ping.address.byteLength)
}

export function isAddressSize(octets: number): boolean {
  return octets >= 1 && octets <= MAX_SENDER_ADDRESS_OCTETS
}

/** `question` must be whole. */
export function pingOf({ challenge, target, asker, protocol }: Question, address: Uint8Array): Ping {
  return { challenge, target: nodeIdFromBytes(target), asker: nodeIdFromBytes(asker), protocol, address }
}
