/**
 * base64url without padding, read strictly: one sequence of octets has exactly one text.
 * Never skips anything; text.ts removes white space first. RFC 4648 sections 3.5 and 5, PROTOCOL.md section 4.
 */

/** `bytes` (borrowed) as text. */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/** The octets of `text` in a new array; null for padding, a foreign character, a stray one, or spare bits that are set. */
export function fromBase64url(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Buffer.from(text, 'base64url')) // a copy: the Buffer is from Node's shared pool
  return toBase64url(bytes) === text ? bytes : null // Node skips what it cannot read, so only canonical text survives
}
