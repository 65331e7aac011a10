/** Where secrets come from: the system, unless a run is to be named by its seed. */
import { randomFillSync } from 'node:crypto'

/** Gives octets that nobody can guess. */
export interface OctetSource {
  /** `count` octets, new at every call, in an array that the caller may keep or wipe. */
  bytes(count: number): Uint8Array
}

/** The system's source. */
export const systemOctets: OctetSource = {
  bytes(count) {
    return randomFillSync(new Uint8Array(count))
  },
}
