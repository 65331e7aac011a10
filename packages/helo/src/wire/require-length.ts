/** What our own values must keep to before they are written. What comes from outside is judged by decoders, which never throw. */

/** RangeError unless `bytes` has exactly so many octets. */
export function requireLength(name: string, bytes: Uint8Array, octets: number): void {
  if (bytes.byteLength !== octets) throw new RangeError(`${name} of ${bytes.byteLength} octets, not ${octets}`)
}

/** RangeError unless `bytes` has from `least` to `most` octets. */
export function requireLengthWithin(name: string, bytes: Uint8Array, least: number, most: number): void {
  if (bytes.byteLength < least || bytes.byteLength > most)
    throw new RangeError(`${name} of ${bytes.byteLength} octets, not ${least} to ${most}`)
}
