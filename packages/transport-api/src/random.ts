/** Chance is handed in, so that a run is named by its seed. */
export interface RandomSource {
  /** `count` octets, new at every call. */
  bytes(count: number): Uint8Array
}

/** What one call of the web's generator gives at most. */
const MAX_OCTETS_PER_CALL = 65_536

/** The machine's cryptographic generator. */
export const systemRandom: RandomSource = {
  bytes(count) {
    const bytes = new Uint8Array(count)
    for (let at = 0; at < count; at += MAX_OCTETS_PER_CALL) {
      globalThis.crypto.getRandomValues(bytes.subarray(at, at + MAX_OCTETS_PER_CALL))
    }
    return bytes
  },
}
