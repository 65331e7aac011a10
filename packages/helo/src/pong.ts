/**
 * PONG, the signed answer to a PING: this address is mine. Here are its fields and its bytes; sign-pong.ts makes the signature
 * and judges it. DESIGN section 4, PROTOCOL.md section 8, paper section 2.3.
 *
 *    0  85  as in the PING
 *   85   2  observedSize
 *   87  64  signature, over 0–86 ‖ address ‖ observed
 *  151   n  address
 *        m  observed
 */
import { SIGNATURE_OCTETS } from '@postern/crypto'
import { MAX_OBSERVED_OCTETS } from './limits.js'
import { isAddressSize, type Ping, pingOf, QUESTION_OCTETS, readQuestion, writeQuestion } from './ping.js'
import { type BodyCodec, type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { requireLength, requireLengthWithin } from './wire/require-length.js'
import { Writer } from './wire/writer.js'

const OFFSET = { ADDRESS_SIZE: 83, OBSERVED_SIZE: 85 } as const
const SIGNED_FIXED_OCTETS = QUESTION_OCTETS + 2
const PONG_FIXED_OCTETS = SIGNED_FIXED_OCTETS + SIGNATURE_OCTETS

/** Everything a PONG says, not yet signed: all of the PING comes back. */
export interface UnsignedPong extends Ping {
  /** Where the PING seemed to come from, as the answerer's transport names a source, 0 to MAX_OBSERVED_OCTETS. A hint, not proof. */
  readonly observed: Uint8Array
}

/** A PONG as it travels. That it decodes says nothing about its signature, or whether anybody asked: checkPong does. */
export interface Pong extends UnsignedPong {
  /** 64 octets, Ed25519, of the target, context `postern/1 pong`. */
  readonly signature: Uint8Array
}

/** PROTOCOL.md section 8. */
export const pongCodec: BodyCodec<Pong> = {
  sizeOf(pong: Pong): number {
    return PONG_FIXED_OCTETS + pong.address.byteLength + pong.observed.byteLength
  },

  encode(pong: Pong): Uint8Array {
    requireLength('signature', pong.signature, SIGNATURE_OCTETS)
    const writer = new Writer(pongCodec.sizeOf(pong))
    writeSignedFixed(writer, pong)
    writer.bytes(pong.signature)
    writer.bytes(pong.address)
    writer.bytes(pong.observed)
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<Pong> {
    const reader = new Reader(bytes)
    const question = readQuestion(reader)
    const observedSize = reader.u16()
    const signature = reader.bytes(SIGNATURE_OCTETS)
    if (question.isOtherVersion) return faultAt('unknown-version', 0)
    if (reader.failed) return faultAt('truncated', bytes.byteLength)
    if (!isAddressSize(question.addressSize)) return faultAt('bad-address-size', OFFSET.ADDRESS_SIZE)
    if (observedSize > MAX_OBSERVED_OCTETS) return faultAt('bad-address-size', OFFSET.OBSERVED_SIZE)
    const address = reader.bytes(question.addressSize)
    const observed = reader.bytes(observedSize)
    if (reader.failed) return faultAt('truncated', bytes.byteLength)
    if (reader.remaining > 0) return faultAt('trailing', reader.offset)
    return { ok: true, value: { ...pingOf(question, address), observed, signature }, bytesRead: reader.offset }
  },
}

/** Octets 0–86 ‖ address ‖ observed in a new array: what the signature covers. RangeError: `pong` is not encodable. */
export function signedBytesOfPong(pong: UnsignedPong): Uint8Array {
  const writer = new Writer(SIGNED_FIXED_OCTETS + pong.address.byteLength + pong.observed.byteLength)
  writeSignedFixed(writer, pong)
  writer.bytes(pong.address)
  writer.bytes(pong.observed)
  return writer.finish()
}

function writeSignedFixed(writer: Writer, pong: UnsignedPong): void {
  requireLengthWithin('observed', pong.observed, 0, MAX_OBSERVED_OCTETS)
  writeQuestion(writer, pong)
  writer.u16(pong.observed.byteLength)
}
