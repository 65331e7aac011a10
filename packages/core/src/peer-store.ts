/**
 * What survives a restart, as records that only core can read: link keys, first messages that were taken, receive keys of slow
 * paths (DESIGN section 4). Sending state is never kept: a counter that is used twice would give the messages away.
 */

/** A record; `value` is secret. */
export interface PeerRecord {
  /** ASCII, at most 128 characters: `kind/name`. */
  readonly key: string
  readonly value: Uint8Array
}

/**
 * Where records live; the application chooses. `put` resolves when the records would survive a crash. The values are keys: a file
 * is to be readable by its owner alone.
 */
export interface PeerStore {
  load(): AsyncIterable<PeerRecord>
  /** A record with the same key is replaced. */
  put(records: readonly PeerRecord[]): Promise<void>
  /** Unknown keys are passed over. */
  remove(keys: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** A store that lasts as long as it is referenced: for tests, and for programs that keep their nodes in one process. */
export function createMemoryStore(): PeerStore {
  const records = new Map<string, Uint8Array>()
  return {
    async *load() {
      for (const [key, value] of records) yield { key, value: value.slice() }
    },
    put: async (list) => {
      for (const { key, value } of list) records.set(key, value.slice())
    },
    remove: async (keys) => {
      for (const key of keys) records.delete(key)
    },
    close: async () => {},
  }
}
