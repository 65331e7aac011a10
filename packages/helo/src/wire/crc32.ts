/**
 * The checksum beside unencrypted messages: it finds accidents, never forgeries.
 * PROTOCOL.md section 2, ISO 3309.
 */
import { crc32 as zlibCrc32 } from 'node:zlib'

/** CRC-32 of `bytes` (borrowed), the one of zlib, as a u32. */
export function crc32(bytes: Uint8Array): number {
  return zlibCrc32(bytes)
}
