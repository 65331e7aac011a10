/**
 * The three messages by which a link begins, as far as they are in the clear: who is meant, what belongs together, and what the
 * macs cover. Never opens what Noise sealed and never computes a mac. DESIGN section 4, PROTOCOL.md section 10.
 *
 *   first:                         second:                        cookie:
 *     0   4  senderIndex             0   4  senderIndex             0   4  receiverIndex
 *     4   4  hint                    4   4  receiverIndex           4  12  nonce
 *     8   n  noise, at least 96      8   n  noise, at least 48     16  32  sealedCookie
 *        16  mac1
 *        16  mac2
 */
import { type BodyCodec, type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { requireLength } from './wire/require-length.js'
import { Writer } from './wire/writer.js'

/** HMAC-SHA256, cut. */
export const MAC_OCTETS = 16

/** Enough to tell our few link keys apart before anything is computed. */
export const HINT_OCTETS = 4

/** Of ChaCha20-Poly1305. */
export const COOKIE_NONCE_OCTETS = 12

/** 16 octets of cookie and their tag. */
export const SEALED_COOKIE_OCTETS = 32

/** Least octets of noise in a first message: ephemeral 32, sealedStatic 48, the tag of an empty batch 16. */
export const FIRST_NOISE_OCTETS = 96

/** Least octets of noise in a second message: ephemeral 32, the tag of an empty batch 16. */
export const SECOND_NOISE_OCTETS = 48

/** Octets before the noise in a first and in a second message. */
const BEFORE_NOISE_OCTETS = 8
const MACS_OCTETS = 2 * MAC_OCTETS
const COOKIE_OCTETS = 4 + COOKIE_NONCE_OCTETS + SEALED_COOKIE_OCTETS

/** Type 4, from the initiator. */
export interface FirstMessage {
  /** u32, random: the receiverIndex of all that comes back. */
  readonly senderIndex: number
  /** HINT_OCTETS of the hash of the responder's link key. */
  readonly hint: Uint8Array
  /** ephemeral ‖ sealedStatic ‖ sealed payload, at least FIRST_NOISE_OCTETS. */
  readonly noise: Uint8Array
  /** MAC_OCTETS: its sender knows the responder's link key. */
  readonly mac1: Uint8Array
  /** MAC_OCTETS: its sender got a cookie; all zero without. */
  readonly mac2: Uint8Array
}

/** Type 5, from the responder. */
export interface SecondMessage {
  /** u32, random: the receiverIndex of all that comes back. */
  readonly senderIndex: number
  /** u32: senderIndex of the first message. */
  readonly receiverIndex: number
  /** ephemeral ‖ sealed payload, at least SECOND_NOISE_OCTETS. */
  readonly noise: Uint8Array
}

/** Type 6, from a responder under load. */
export interface CookieMessage {
  /** u32: senderIndex of the first message. */
  readonly receiverIndex: number
  /** COOKIE_NONCE_OCTETS, random. */
  readonly nonce: Uint8Array
  /** SEALED_COOKIE_OCTETS. */
  readonly sealedCookie: Uint8Array
}

/** PROTOCOL.md section 10. Fault: `truncated`. */
export const firstMessageCodec: BodyCodec<FirstMessage> = {
  sizeOf(message: FirstMessage): number {
    return BEFORE_NOISE_OCTETS + message.noise.byteLength + MACS_OCTETS
  },

  encode(message: FirstMessage): Uint8Array {
    requireLength('hint', message.hint, HINT_OCTETS)
    requireNoise(message.noise, FIRST_NOISE_OCTETS)
    requireLength('mac1', message.mac1, MAC_OCTETS)
    requireLength('mac2', message.mac2, MAC_OCTETS)
    const writer = new Writer(firstMessageCodec.sizeOf(message))
    writer.u32(message.senderIndex)
    writer.bytes(message.hint)
    writer.bytes(message.noise)
    writer.bytes(message.mac1)
    writer.bytes(message.mac2)
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<FirstMessage> {
    const noiseOctets = bytes.byteLength - BEFORE_NOISE_OCTETS - MACS_OCTETS
    if (noiseOctets < FIRST_NOISE_OCTETS) return faultAt('truncated', bytes.byteLength)
    const reader = new Reader(bytes)
    const value: FirstMessage = {
      senderIndex: reader.u32(),
      hint: reader.bytes(HINT_OCTETS),
      noise: reader.bytes(noiseOctets),
      mac1: reader.bytes(MAC_OCTETS),
      mac2: reader.bytes(MAC_OCTETS),
    }
    return { ok: true, value, bytesRead: reader.offset }
  },
}

/** Views of what the macs of an encoded first message cover: all before each. */
export interface MacedBytes {
  readonly mac1: Uint8Array
  readonly mac2: Uint8Array
}

/** Of `bytes` that firstMessageCodec made or took. RangeError when they are too few for that. */
export function macedBytes(bytes: Uint8Array): MacedBytes {
  if (bytes.byteLength < BEFORE_NOISE_OCTETS + FIRST_NOISE_OCTETS + MACS_OCTETS)
    throw new RangeError(`${bytes.byteLength} octets are no first message`)
  return {
    mac1: bytes.subarray(0, bytes.byteLength - MACS_OCTETS),
    mac2: bytes.subarray(0, bytes.byteLength - MAC_OCTETS),
  }
}

/** PROTOCOL.md section 10. Fault: `truncated`. */
export const secondMessageCodec: BodyCodec<SecondMessage> = {
  sizeOf(message: SecondMessage): number {
    return BEFORE_NOISE_OCTETS + message.noise.byteLength
  },

  encode(message: SecondMessage): Uint8Array {
    requireNoise(message.noise, SECOND_NOISE_OCTETS)
    const writer = new Writer(secondMessageCodec.sizeOf(message))
    writer.u32(message.senderIndex)
    writer.u32(message.receiverIndex)
    writer.bytes(message.noise)
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<SecondMessage> {
    const noiseOctets = bytes.byteLength - BEFORE_NOISE_OCTETS
    if (noiseOctets < SECOND_NOISE_OCTETS) return faultAt('truncated', bytes.byteLength)
    const reader = new Reader(bytes)
    const value = { senderIndex: reader.u32(), receiverIndex: reader.u32(), noise: reader.bytes(noiseOctets) }
    return { ok: true, value, bytesRead: reader.offset }
  },
}

/** PROTOCOL.md section 10. Faults: `truncated`, `trailing`. */
export const cookieMessageCodec: BodyCodec<CookieMessage> = {
  sizeOf(): number {
    return COOKIE_OCTETS
  },

  encode(message: CookieMessage): Uint8Array {
    requireLength('nonce', message.nonce, COOKIE_NONCE_OCTETS)
    requireLength('sealedCookie', message.sealedCookie, SEALED_COOKIE_OCTETS)
    const writer = new Writer(COOKIE_OCTETS)
    writer.u32(message.receiverIndex)
    writer.bytes(message.nonce)
    writer.bytes(message.sealedCookie)
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<CookieMessage> {
    const reader = new Reader(bytes)
    const receiverIndex = reader.u32()
    const nonce = reader.bytes(COOKIE_NONCE_OCTETS)
    const sealedCookie = reader.bytes(SEALED_COOKIE_OCTETS)
    if (reader.failed) return faultAt('truncated', bytes.byteLength)
    if (reader.remaining > 0) return faultAt('trailing', reader.offset)
    return { ok: true, value: { receiverIndex, nonce, sealedCookie }, bytesRead: reader.offset }
  },
}

function requireNoise(noise: Uint8Array, least: number): void {
  if (noise.byteLength < least) throw new RangeError(`noise of ${noise.byteLength} octets, not at least ${least}`)
}
