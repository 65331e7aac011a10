/** What tells two addresses of a peer apart: protocol and octets. Port and all: for budgets see `destinations` of the contract. */
import type { HeloDraft, ProtocolNumber } from '@postern/helo'

/** Of a HELO or a draft. */
export function addressKey({ protocol, senderAddress }: Pick<HeloDraft, 'protocol' | 'senderAddress'>): string {
  return keyOf(protocol, senderAddress)
}

/** `1:c00002010826`: the number in decimal, the address (borrowed) in hex. */
export function keyOf(protocol: ProtocolNumber, address: Uint8Array): string {
  return `${protocol}:${Buffer.from(address.buffer, address.byteOffset, address.byteLength).toString('hex')}`
}
