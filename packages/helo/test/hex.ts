/** Bytes as spaced hex with a legend, the way PROTOCOL.md and RFCs print them. */

/** The octets of `text`: on each line everything up to three spaces or the end; the rest is the legend. */
export function hex(text: string): Uint8Array {
  const lines = text.split('\n').map((line) => line.trim().replace(/ {3}.*$/, ''))
  return new Uint8Array(Buffer.from(lines.join('').replace(/ /g, ''), 'hex'))
}

/** `bytes` as lower-case hex without spaces. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
