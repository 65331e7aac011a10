/**
 * The sender address of a pigeon: the absolute path of a loft, as UTF-8. It comes from strangers and says where we shall write,
 * so it is judged by its letters alone, before anything touches a disk: one loft has one spelling, and `root` has the last word.
 */
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { MAX_SENDER_ADDRESS_OCTETS } from '@postern/helo'

/** null: not an address. Never throws. */
export function decodeLoftPath(address: Uint8Array): string | null {
  if (address.byteLength === 0 || address.byteLength > MAX_SENDER_ADDRESS_OCTETS) return null
  const path = textOf(address)
  if (path === null || path.includes('\0') || !isAbsolute(path)) return null
  return resolve(path) === path ? path : null // `..`, `.`, `//` and a slash at the end are other spellings
}

export function encodeLoftPath(path: string): Uint8Array {
  return new TextEncoder().encode(path)
}

/** Is `loft` below `root`? Both absolute. By their letters: a symbolic link inside `root` is whoever's who put it there. */
export function isInside(root: string, loft: string): boolean {
  const way = relative(root, loft)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
