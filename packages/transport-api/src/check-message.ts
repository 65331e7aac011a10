/** The one check every `send` begins with. */
import { TransportError } from './errors.js'
import type { Message } from './transport.js'

/** Throws ERR_MESSAGE_TOO_LARGE or ERR_MESSAGE_INVALID: a caller's bug, never the network's doing. `mtu` in octets. */
export function checkMessage(message: Message, mtu: number): void {
  const { msg, size, crc } = message
  if (size !== msg.byteLength) {
    throw new TransportError('ERR_MESSAGE_INVALID', `size ${size} is not the ${msg.byteLength} octets of msg`)
  }
  if (size > mtu) throw new TransportError('ERR_MESSAGE_TOO_LARGE', `size ${size} exceeds mtu ${mtu}`)
  if (crc >>> 0 !== crc) throw new TransportError('ERR_MESSAGE_INVALID', `crc ${crc} is not a u32`)
}
