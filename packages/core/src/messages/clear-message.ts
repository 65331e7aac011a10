/** A message in the clear as a transport carries it: header and body, and the check sum beside it (PROTOCOL.md section 2). */
import { crc32, encodeMessage, type MessageType } from '@postern/helo'
import type { Message } from '@postern/transport-api'

export function clearMessage(type: MessageType, body: Uint8Array): Message {
  return clearOctets(encodeMessage(type, body))
}

/** Of what has its header already. */
export function clearOctets(msg: Uint8Array): Message {
  return { msg, size: msg.byteLength, isEncrypted: false, crc: crc32(msg) }
}
