/** Comparing octets that somebody may be guessing: how long it takes tells nothing about where they differ. */

/** Have `a` and `b` (both borrowed) the same length and the same octets? Takes as long as `a` is. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  const difference = a.reduce((bits, octet, at) => bits | (octet ^ b[at]!), 0)
  return a.byteLength === b.byteLength && difference === 0
}
