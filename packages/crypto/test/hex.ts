/** Bytes as spaced hex, the way PROTOCOL.md and RFCs print them. */

/** The octets of `text`, white space skipped. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'hex'))
}

/** `bytes` as lower-case hex without spaces. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
