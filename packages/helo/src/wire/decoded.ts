/**
 * How bytes from outside are answered: a value, or a fault with a name and a place. Decoders never throw.
 * STYLE sections 5 and 6 (rules 2 and 13), PROTOCOL.md sections 2 and 3.
 */

/** Every fault of a binary form; a test reaches each one. */
export const WIRE_FAULTS = [
  'truncated',
  'trailing',
  'unknown-version',
  'reserved-flags',
  'bad-public-key',
  'bad-mtu',
  'bad-address-size',
  'bad-number',
] as const

export type WireFault = (typeof WIRE_FAULTS)[number]

/** What a decoder says of bytes: octets used on success; on failure the offset of the field at fault. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T; readonly bytesRead: number }
  | { readonly ok: false; readonly fault: WireFault; readonly offset: number }

/** One binary form, both ways. Sizes in octets. */
export interface Codec<T> {
  readonly maxSize: number
  sizeOf(value: T): number
  /** A new array of `sizeOf(value)` octets. RangeError: the caller's value is not encodable. */
  encode(value: T): Uint8Array
  /** Reads from the start of `bytes` (borrowed, nothing of it is kept) and leaves what follows alone. Never throws. */
  decode(bytes: Uint8Array): Decoded<T>
}

/**
 * One body of a message, both ways. Unlike a Codec it is exact: `decode` answers for all of `bytes`, so what is left over is a
 * fault, and `bytesRead` is always their length. Octets in what it returns are views into `bytes`: whoever keeps them copies.
 */
export interface BodyCodec<T> {
  sizeOf(value: T): number
  /** A new array of `sizeOf(value)` octets. RangeError: the caller's value is not encodable. */
  encode(value: T): Uint8Array
  /** Never throws. */
  decode(bytes: Uint8Array): Decoded<T>
}

/** `offset` is that of the field at fault; for `truncated` it is the number of octets there were. */
export function faultAt(fault: WireFault, offset: number): { ok: false; fault: WireFault; offset: number } {
  return { ok: false, fault, offset }
}
