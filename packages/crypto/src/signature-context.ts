/**
 * What a signature is for. Every signature of the protocol covers its context, so bytes signed for one purpose mean
 * nothing for another. Never signs and never verifies.
 * DESIGN section 3, PROTOCOL.md section 1.
 */

/** Every context of protocol version 1, the table of PROTOCOL.md section 1. */
export const SIGNATURE_CONTEXT = {
  HELO: 'postern/1 helo',
  PONG: 'postern/1 pong',
  HOSTLIST: 'postern/1 hostlist',
} as const

/** One of the contexts; ASCII, at most 255 octets. */
export type SignatureContext = (typeof SIGNATURE_CONTEXT)[keyof typeof SIGNATURE_CONTEXT]

const ascii = new TextEncoder()

/** The bytes under a signature, in a new array: length of the context (1 octet) ‖ context ‖ `data` (borrowed). */
export function bytesToSign(context: SignatureContext, data: Uint8Array): Uint8Array {
  const name = ascii.encode(context)
  const bytes = new Uint8Array(1 + name.byteLength + data.byteLength)
  bytes[0] = name.byteLength
  bytes.set(name, 1)
  bytes.set(data, 1 + name.byteLength)
  return bytes
}
