/**
 * What a simulated transport puts on its network:
 *
 *   kind | conversation, u32 | flags | crc, u32 | 32 octets of node id | msg …
 *
 * Bytes in, bytes out.
 */
import { NODE_ID_OCTETS, type NodeId, nodeIdFromBytes, nodeIdToBytes } from '@postern/crypto'
import type { Message } from '@postern/transport-api'

export const SIM_FRAME_KIND = { MESSAGE: 1, OPEN: 2, ACCEPT: 3, CLOSE: 4 } as const
type SimFrameKind = (typeof SIM_FRAME_KIND)[keyof typeof SIM_FRAME_KIND]

export interface SimFrame {
  readonly kind: SimFrameKind
  /** 0 where there are no conversations. */
  readonly conversation: number
  readonly sender: NodeId
  /** Of a frame that is no MESSAGE: empty. */
  readonly message: Message
}

const CONVERSATION_AT = 1
const FLAGS_AT = 5
const CRC_AT = 6
const SENDER_AT = 10
const SIM_FRAME_HEADER_OCTETS: number = SENDER_AT + NODE_ID_OCTETS
export const NO_MESSAGE: Message = { msg: new Uint8Array(0), size: 0, isEncrypted: false, crc: 0 }

export function encodeSimFrame({ kind, conversation, sender, message }: SimFrame): Uint8Array {
  const bytes = new Uint8Array(SIM_FRAME_HEADER_OCTETS + message.size)
  const view = new DataView(bytes.buffer)
  bytes[0] = kind
  view.setUint32(CONVERSATION_AT, conversation)
  bytes[FLAGS_AT] = message.isEncrypted ? 1 : 0
  view.setUint32(CRC_AT, message.crc)
  bytes.set(nodeIdToBytes(sender), SENDER_AT)
  bytes.set(message.msg, SIM_FRAME_HEADER_OCTETS)
  return bytes
}

/** A fault is the reason under which it is counted. Never throws. `msg` is a view of `bytes`. */
export function decodeSimFrame(bytes: Uint8Array): SimFrame | 'truncated' | 'unknown-kind' | 'reserved-flags' {
  if (bytes.byteLength < SIM_FRAME_HEADER_OCTETS) return 'truncated'
  const kind = Object.values(SIM_FRAME_KIND).find((known) => known === bytes[0])
  if (kind === undefined) return 'unknown-kind'
  if (bytes[FLAGS_AT]! > 1) return 'reserved-flags'
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const msg = bytes.subarray(SIM_FRAME_HEADER_OCTETS)
  return {
    kind,
    conversation: view.getUint32(CONVERSATION_AT),
    sender: nodeIdFromBytes(bytes.subarray(SENDER_AT, SIM_FRAME_HEADER_OCTETS)),
    message: { msg, size: msg.byteLength, isEncrypted: bytes[FLAGS_AT] === 1, crc: view.getUint32(CRC_AT) },
  }
}
