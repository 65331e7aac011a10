/**
 * How every record is written: a body with a checksum that also covers whose record it is and under which key it belongs. So rot,
 * a record under a wrong key, and one of another node are seen alike. It finds accidents, not forgeries: whoever can write the
 * store has our keys anyway.
 *
 *   version | body … | CRC-32, u32, of owner ‖ key ‖ version ‖ body
 *
 * A later version ends with the same checksum, so that it can be told from a damaged record.
 */
import { crc32 } from '@postern/helo'

const VERSION = 1
const CRC_OCTETS = 4

export type Unsealed =
  | { readonly at: 'ok'; readonly body: Uint8Array }
  /** Whole, and written by a later version. */
  | { readonly at: 'later' }
  | { readonly at: 'damaged' }

/** `owner`: the octets of our node id. A new array. */
export function sealRecord(owner: Uint8Array, key: string, body: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(1 + body.byteLength + CRC_OCTETS)
  sealed[0] = VERSION
  sealed.set(body, 1)
  const crc = checksum(owner, key, sealed.subarray(0, 1 + body.byteLength))
  new DataView(sealed.buffer).setUint32(1 + body.byteLength, crc)
  return sealed
}

/** The body is a copy. Never throws. */
export function unsealRecord(owner: Uint8Array, key: string, sealed: Uint8Array): Unsealed {
  const end = sealed.byteLength - CRC_OCTETS
  if (end < 1) return { at: 'damaged' }
  const crc = new DataView(sealed.buffer, sealed.byteOffset + end).getUint32(0)
  if (checksum(owner, key, sealed.subarray(0, end)) !== crc) return { at: 'damaged' }
  return sealed[0] === VERSION ? { at: 'ok', body: sealed.slice(1, end) } : { at: 'later' }
}

function checksum(owner: Uint8Array, key: string, versionAndBody: Uint8Array): number {
  return crc32(Buffer.concat([owner, Buffer.from(key, 'latin1'), versionAndBody]))
}
