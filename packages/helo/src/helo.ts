/**
 * HELO, one signed advertisement: this node, this transport, this address, until then. Here are its fields and its bytes;
 * sign-helo.ts makes the signature and judges it. Never reads a clock, never verifies, never understands an address.
 * DESIGN section 3, PROTOCOL.md section 3, paper section 2.2.
 *
 *    0   1  version            68   4  mtu                92   2  senderAddressSize
 *    1   1  flags              72   4  maxLatencyMs       94  64  signature, over 0–93 ‖ senderAddress
 *    2   2  protocol           76   8  sequence          158   n  senderAddress
 *    4  32  publicKey          84   8  expiration
 *   36  32  linkKey
 */
import {
  isPublicKey,
  LINK_KEY_OCTETS,
  type NodeId,
  nodeIdOf,
  PUBLIC_KEY_OCTETS,
  SIGNATURE_OCTETS,
} from '@postern/crypto'
import { HELO_FIXED_OCTETS, MAX_MTU_OCTETS, MAX_SENDER_ADDRESS_OCTETS } from './limits.js'
import { PROTOCOL, type ProtocolNumber, protocolNumber } from './protocol-number.js'
import { type Codec, type Decoded, faultAt, type WireFault } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { requireLength } from './wire/require-length.js'
import { Writer } from './wire/writer.js'

const VERSION = 1
const FLAG = { GOSSIP: 1, WITHDRAWN: 2 } as const
const ALL_FLAGS = 3
const OFFSET = { VERSION: 0, FLAGS: 1, PUBLIC_KEY: 4, MTU: 68, SEQUENCE: 76, EXPIRATION: 84, ADDRESS_SIZE: 92 } as const
const SIGNED_FIXED_OCTETS = HELO_FIXED_OCTETS - SIGNATURE_OCTETS

/** The four fields a transport fills; core completes and signs them. */
export interface HeloDraft {
  readonly protocol: ProtocolNumber
  /** Octets, 1 to MAX_MTU_OCTETS; 0 exactly when protocol is NONE. */
  readonly mtu: number
  /** Octets, always senderAddress.byteLength; 1 to MAX_SENDER_ADDRESS_OCTETS, 0 exactly when protocol is NONE. */
  readonly senderAddressSize: number
  /** Opaque to everyone but the transport. */
  readonly senderAddress: Uint8Array
}

/** Everything a HELO says, not yet signed. */
export interface UnsignedHelo extends HeloDraft {
  /** Always the hash of publicKey; not sent. */
  readonly senderIdentity: NodeId
  /** 32 octets, Ed25519. */
  readonly publicKey: Uint8Array
  /** 32 octets, X25519: the static key of the handshake. */
  readonly linkKey: Uint8Array
  /** The worst delivery this address expects, u32. */
  readonly maxLatencyMs: number
  readonly flags: { readonly gossip: boolean; readonly withdrawn: boolean }
  /** max(last + 1, Unix ms): of two HELOs of one address the higher counts. */
  readonly sequence: number
  /** Milliseconds since the Unix epoch. */
  readonly expiration: number
}

/** A HELO as it travels. That it decodes says nothing about its signature or its time: checkHelo does. */
export interface Helo extends UnsignedHelo {
  /** 64 octets, Ed25519, context `postern/1 helo`. */
  readonly signature: Uint8Array
}

/** What the HELO of a node says that cannot be dialled: it only binds the link key. */
export const ADDRESSLESS_DRAFT: HeloDraft = {
  protocol: PROTOCOL.NONE,
  mtu: 0,
  senderAddressSize: 0,
  senderAddress: new Uint8Array(0),
}

/** PROTOCOL.md section 3. Bytes after a HELO are left alone; a decoded HELO shares no memory with what it came from. */
export const heloCodec: Codec<Helo> = {
  maxSize: HELO_FIXED_OCTETS + MAX_SENDER_ADDRESS_OCTETS,

  sizeOf(helo: Helo): number {
    return HELO_FIXED_OCTETS + helo.senderAddress.byteLength
  },

  encode(helo: Helo): Uint8Array {
    requireEncodable(helo)
    requireLength('signature', helo.signature, SIGNATURE_OCTETS)
    const writer = new Writer(heloCodec.sizeOf(helo))
    writeFixed(writer, helo)
    writer.bytes(helo.signature)
    writer.bytes(helo.senderAddress)
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<Helo> {
    const reader = new Reader(bytes)
    const version = reader.u8()
    // Judged before the length, so that a shorter HELO of a later version is not taken for a damaged one of ours.
    if (!reader.failed && version !== VERSION) return faultAt('unknown-version', OFFSET.VERSION)
    const flags = reader.u8()
    const protocol = protocolNumber(reader.u16())
    const publicKey = reader.bytes(PUBLIC_KEY_OCTETS)
    const linkKey = reader.bytes(LINK_KEY_OCTETS)
    const mtu = reader.u32()
    const maxLatencyMs = reader.u32()
    const sequence = reader.u64()
    const expiration = reader.u64()
    const senderAddressSize = reader.u16()
    const signature = reader.bytes(SIGNATURE_OCTETS)
    if (reader.failed) return faultAt('truncated', bytes.byteLength)
    if ((flags & ~ALL_FLAGS) !== 0) return faultAt('reserved-flags', OFFSET.FLAGS)
    const fault = fieldFault({ publicKey, protocol, mtu, senderAddressSize, sequence, expiration })
    if (fault !== null) return faultAt(...fault)
    const senderAddress = reader.bytes(senderAddressSize)
    if (reader.failed) return faultAt('truncated', bytes.byteLength)
    const value: Helo = {
      protocol,
      mtu,
      senderAddressSize,
      senderAddress: new Uint8Array(senderAddress),
      senderIdentity: nodeIdOf(publicKey),
      publicKey: new Uint8Array(publicKey),
      linkKey: new Uint8Array(linkKey),
      maxLatencyMs,
      flags: { gossip: (flags & FLAG.GOSSIP) !== 0, withdrawn: (flags & FLAG.WITHDRAWN) !== 0 },
      sequence,
      expiration,
      signature: new Uint8Array(signature),
    }
    return { ok: true, value, bytesRead: reader.offset }
  },
}

/** Octets 0–93 ‖ senderAddress in a new array: what the signature covers. RangeError: `helo` is not encodable. */
export function signedBytesOf(helo: UnsignedHelo): Uint8Array {
  requireEncodable(helo)
  const writer = new Writer(SIGNED_FIXED_OCTETS + helo.senderAddress.byteLength)
  writeFixed(writer, helo)
  writer.bytes(helo.senderAddress)
  return writer.finish()
}

function writeFixed(writer: Writer, helo: UnsignedHelo): void {
  writer.u8(VERSION)
  writer.u8((helo.flags.gossip ? FLAG.GOSSIP : 0) | (helo.flags.withdrawn ? FLAG.WITHDRAWN : 0))
  writer.u16(helo.protocol)
  writer.bytes(helo.publicKey)
  writer.bytes(helo.linkKey)
  writer.u32(helo.mtu)
  writer.u32(helo.maxLatencyMs)
  writer.u64(helo.sequence)
  writer.u64(helo.expiration)
  writer.u16(helo.senderAddressSize)
}

type JudgedFields = Pick<
  UnsignedHelo,
  'publicKey' | 'protocol' | 'mtu' | 'senderAddressSize' | 'sequence' | 'expiration'
>

/** The first rule broken, in the order of PROTOCOL.md section 3, and where; the same for what we send and what we get. */
function fieldFault(helo: JudgedFields): readonly [fault: WireFault, offset: number] | null {
  const least = helo.protocol === PROTOCOL.NONE ? 0 : 1
  if (!isPublicKey(helo.publicKey)) return ['bad-public-key', OFFSET.PUBLIC_KEY]
  if (!isWithin(helo.mtu, least, least * MAX_MTU_OCTETS)) return ['bad-mtu', OFFSET.MTU]
  if (!isWithin(helo.senderAddressSize, least, least * MAX_SENDER_ADDRESS_OCTETS))
    return ['bad-address-size', OFFSET.ADDRESS_SIZE]
  if (!Number.isSafeInteger(helo.sequence)) return ['bad-number', OFFSET.SEQUENCE]
  if (!Number.isSafeInteger(helo.expiration)) return ['bad-number', OFFSET.EXPIRATION]
  return null
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}

/** RangeError for a HELO that no decoder would take. Integers and their widths are left to the Writer. */
function requireEncodable(helo: UnsignedHelo): void {
  const fault = fieldFault(helo)
  if (fault !== null) throw new RangeError(`this HELO would be refused: ${fault[0]}`)
  requireLength('linkKey', helo.linkKey, LINK_KEY_OCTETS)
  requireLength('senderAddress', helo.senderAddress, helo.senderAddressSize)
  if (helo.senderIdentity !== nodeIdOf(helo.publicKey))
    throw new RangeError(`senderIdentity ${helo.senderIdentity} is not the hash of publicKey`)
}
