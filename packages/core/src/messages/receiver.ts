/**
 * What a transport hands to core, judged before anything of it is believed (DESIGN sections 4 and 8). A transport is somebody
 * else's code and its peer is anybody: nothing that comes in here throws, and what goes no further has a reason.
 */
import { type NodeId, parseNodeId } from '@postern/crypto'
import { crc32, decodeMessage, FIRST_APPLICATION_TYPE, type PlainMessage } from '@postern/helo'
import type { MessagePack } from '@postern/transport-api'
import type { Dispatcher } from './dispatcher.js'
import type { DropReason } from './drop-reason.js'

/** Where a judged message goes. */
export interface Destinations {
  readonly dispatcher: Dispatcher
  /** Encrypted: a frame of a link. null: it was of use. */
  frame(pack: MessagePack, transport: string): DropReason | null
  /** In the clear, of one of core's own types. null: it was of use. */
  control(message: PlainMessage, pack: MessagePack, transport: string): DropReason | null
}

/** null: handed on. Otherwise the reason for which it was dropped. Never throws. */
export function receiveMessage(pack: unknown, transport: string, destinations: Destinations): DropReason | null {
  try {
    return isPack(pack) ? judge(pack, transport, destinations) : 'malformed-pack'
  } catch {
    return 'malformed-pack' // a getter or a proxy that throws
  }
}

function isPack(pack: unknown): pack is MessagePack {
  if (typeof pack !== 'object' || pack === null) return false
  const { msg, size, isEncrypted, crc, sender } = pack as Readonly<Record<string, unknown>>
  return (
    msg instanceof Uint8Array &&
    typeof size === 'number' &&
    typeof isEncrypted === 'boolean' &&
    typeof crc === 'number' &&
    typeof sender === 'string'
  )
}

/** Cheap checks first; the check sum reads every octet. */
function judge(pack: MessagePack, transport: string, destinations: Destinations): DropReason | null {
  const { msg, size, isEncrypted, crc, sender } = pack
  if (size !== msg.byteLength) return 'bad-size'
  if (!isCanonical(sender)) return 'bad-sender'
  if (isEncrypted) return destinations.frame(pack, transport)
  if (crc32(msg) !== crc) return 'bad-crc'
  const decoded = decodeMessage(msg)
  if (!decoded.ok) return decoded.fault
  const { type, body } = decoded.value
  if (type < FIRST_APPLICATION_TYPE) return destinations.control(decoded.value, pack, transport)
  const message = { peer: sender, type, body, path: { transport }, early: false, proven: false }
  return destinations.dispatcher.dispatch(message)
}

/** Ids are compared with `===`, so another spelling of one would be another peer. */
function isCanonical(sender: NodeId): boolean {
  return parseNodeId(sender) === sender
}
