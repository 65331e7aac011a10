/**
 * What survives a restart, as records that only core can read: link keys, first messages that were taken, receive keys of slow
 * paths, the peer book (DESIGN section 4). Sending state is never kept: a counter that is used twice would give the messages away.
 */

/** A record; `value` is secret. */
export interface PeerRecord {
  /** `kind/name`: 1 to 128 characters of printable ASCII without space. Case counts. */
  readonly key: string
  /** Octets, at most 65 536. */
  readonly value: Uint8Array
}

/**
 * Where records live; the application chooses. The values are keys: a file is to be readable by its owner alone. `storeCases` of
 * @postern/transport-testkit hold a store against what stands here.
 *
 * Calls take effect in the order in which they were made, also when nobody waited for the one before. Each record is there whole
 * or not at all, with its old value or its new one; of several in one `put` a crash may leave some.
 */
export interface PeerStore {
  /** Each record once, in any order, from the first call on; what is put meanwhile may be among them or not. May reject midway. */
  load(): AsyncIterable<PeerRecord>
  /**
   * A record with the same key is replaced. Resolves when all of them would survive a crash; keys and values are borrowed until
   * then. After `close` it rejects.
   */
  put(records: readonly PeerRecord[]): Promise<void>
  /** Unknown keys are passed over. Otherwise as `put`. */
  remove(keys: readonly string[]): Promise<void>
  /** After what was asked for before. Idempotent. */
  close(): Promise<void>
}

/**
 * A store that lasts as long as it is referenced: for tests, and for programs that keep their nodes in one process. Closed, it is
 * used again by `load`.
 */
export function createMemoryStore(): PeerStore {
  const records = new Map<string, Uint8Array>()
  let isOpen = true
  const requireOpen = (): void => {
    if (!isOpen) throw new Error('the store was closed')
  }
  return {
    load: () => {
      isOpen = true
      return copiesOf(records)
    },
    put: async (list) => {
      requireOpen()
      for (const { key, value } of list) records.set(key, value.slice())
    },
    remove: async (keys) => {
      requireOpen()
      for (const key of keys) records.delete(key)
    },
    close: async () => {
      isOpen = false
    },
  }
}

async function* copiesOf(records: ReadonlyMap<string, Uint8Array>): AsyncIterable<PeerRecord> {
  for (const [key, value] of [...records]) yield { key, value: value.slice() }
}
