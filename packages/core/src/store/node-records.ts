/** The two records of kind `node`: whose store this is, and the last sequence that a HELO of ours had. Bytes in, bytes out. */

import type { PeerRecord } from '../peer-store.js'
import { NODE_ID_KEY, SEQUENCE_KEY } from './record-kinds.js'
import { sealRecord } from './sealed-record.js'

const SEQUENCE_OCTETS = 8
/** Far above any clock and far below where integers end: from here on there is room for more. */
const HIGHEST_SEQUENCE: number = 2 ** 52

/** With its seal, which names nobody: it is read by those who do not know yet whose it is. */
export function nodeIdRecord(owner: Uint8Array): PeerRecord {
  return { key: NODE_ID_KEY, value: sealRecord(new Uint8Array(0), NODE_ID_KEY, owner) }
}

export function sequenceRecord(sequence: number): PeerRecord {
  const value = new Uint8Array(SEQUENCE_OCTETS)
  new DataView(value.buffer).setBigUint64(0, BigInt(sequence))
  return { key: SEQUENCE_KEY, value }
}

/** null: it is none. */
export function readSequence(value: Uint8Array): number | null {
  if (value.byteLength !== SEQUENCE_OCTETS) return null
  const sequence = Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0))
  return sequence <= HIGHEST_SEQUENCE ? sequence : null
}
