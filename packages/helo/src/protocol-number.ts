/**
 * Numbers of transport protocols. The registry is PROTOCOL-NUMBERS.md; a test holds this table against it.
 * Never knows a transport by more than its number.
 */

declare const protocolNumberBrand: unique symbol

/** Which kind of transport, a u16 of the registry. */
export type ProtocolNumber = number & { readonly [protocolNumberBrand]: true }

const MAX_PROTOCOL_NUMBER = 0xffff

/** `n` as a protocol number. RangeError when it is no u16. */
export function protocolNumber(n: number): ProtocolNumber {
  if (!Number.isInteger(n) || n < 0 || n > MAX_PROTOCOL_NUMBER)
    throw new RangeError(`protocol number ${n} is no integer from 0 to ${MAX_PROTOCOL_NUMBER}`)
  return n as ProtocolNumber
}

/** The numbers given out so far; NONE only in an address-less HELO. */
export const PROTOCOL: Readonly<Record<'NONE' | 'UDP' | 'TCP' | 'SMTP', ProtocolNumber>> = {
  NONE: protocolNumber(0),
  UDP: protocolNumber(1),
  TCP: protocolNumber(2),
  SMTP: protocolNumber(3),
}
