/** Equal octets; not for secrets. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((octet, at) => octet === b[at])
}
