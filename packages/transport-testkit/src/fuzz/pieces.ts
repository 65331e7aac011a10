/** Streams in pieces, as networks deliver them. */
import { SeededRandom } from '../seeded-random.js'

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x0100_0193
const MAX_PIECE_BITS = 7

/**
 * `input` in pieces of 1 to 64 octets, views of it. Where it is cut depends on its octets alone (FNV-1a), so that an input that
 * fails will fail again.
 */
export function piecesOf(input: Uint8Array): Uint8Array[] {
  let hash = FNV_OFFSET
  for (const octet of input) hash = Math.imul(hash ^ octet, FNV_PRIME)
  const random = new SeededRandom(hash >>> 0)
  const bits = 1 + random.below(MAX_PIECE_BITS)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < input.length; ) {
    const end = at + 1 + random.below(1 << random.below(bits))
    pieces.push(input.subarray(at, end))
    at = end
  }
  return pieces
}
