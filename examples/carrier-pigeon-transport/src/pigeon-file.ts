/**
 * The layout of a file: what the pigeon carries. All numbers big endian, the message is the rest of the file.
 *
 *   01 | 00 | crc, u32 | 32 octets of node id | msg …
 *    |    |
 *    |    flags: 1 = encrypted, all others 0
 *    version
 *
 * Bytes in, bytes out; knows no file system. A decoder never throws: what is wrong has a name, and that name is counted.
 */
import { NODE_ID_OCTETS, type NodeId, nodeIdFromBytes } from '@postern/crypto'
import type { Message } from '@postern/transport-api'
import { FILE_HEADER_OCTETS, FILE_VERSION, MAX_FILE_OCTETS } from './constants.js'

const FLAGS_AT = 1
const CRC_AT = 2
const SENDER_AT = FILE_HEADER_OCTETS - NODE_ID_OCTETS
const ENCRYPTED_FLAG = 1

/** Why a file was no message; also the reason under which it is counted. */
export type FileFault = 'truncated' | 'unknown-version' | 'reserved-flags' | 'oversize'

export interface PigeonFile {
  /** Claimed, not proven. */
  readonly sender: NodeId
  /** `msg` is a view of the file's octets. */
  readonly message: Message
}

/** `sender` is 32 octets. The result is a copy: `msg` is only borrowed during `send`. */
export function encodeFile(sender: Uint8Array, { msg, isEncrypted, crc }: Message): Uint8Array {
  const file = new Uint8Array(FILE_HEADER_OCTETS + msg.byteLength)
  file[0] = FILE_VERSION
  file[FLAGS_AT] = isEncrypted ? ENCRYPTED_FLAG : 0
  new DataView(file.buffer).setUint32(CRC_AT, crc)
  file.set(sender, SENDER_AT)
  file.set(msg, FILE_HEADER_OCTETS)
  return file
}

/** Whatever is shorter than its header is torn; a message that lost its end shows in the crc, which is core's to check. */
export function decodeFile(file: Uint8Array): PigeonFile | FileFault {
  if (file.byteLength > MAX_FILE_OCTETS) return 'oversize'
  if (file.byteLength < FILE_HEADER_OCTETS) return 'truncated'
  if (file[0] !== FILE_VERSION) return 'unknown-version'
  if (file[FLAGS_AT]! > ENCRYPTED_FLAG) return 'reserved-flags'
  const msg = file.subarray(FILE_HEADER_OCTETS)
  const crc = new DataView(file.buffer, file.byteOffset).getUint32(CRC_AT)
  const isEncrypted = file[FLAGS_AT] === ENCRYPTED_FLAG
  return {
    sender: nodeIdFromBytes(file.subarray(SENDER_AT, FILE_HEADER_OCTETS)),
    message: { msg, size: msg.byteLength, isEncrypted, crc },
  }
}
