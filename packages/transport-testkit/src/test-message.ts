/** A message that is good enough where any will do: its octets count up, so that what is cut or shifted shows. */
import type { Message } from '@postern/transport-api'

/** A prime: a repetition is at no power of two. */
const PERIOD = 251

export function testMessage(octets: number): Message {
  const msg = Uint8Array.from({ length: octets }, (_, at) => at % PERIOD)
  return { msg, size: octets, isEncrypted: false, crc: 7 }
}
