/**
 * What the author of a store hands to the suite of stores. The shape of the store is core's `PeerStore`, written down once more: this
 * package must not know core.
 */

export interface StoredRecord {
  /** 1 to 128 characters of printable ASCII without space. */
  readonly key: string
  /** At most 65 536 octets. */
  readonly value: Uint8Array
}

export interface StoreUnderTest {
  load(): AsyncIterable<StoredRecord>
  put(records: readonly StoredRecord[]): Promise<void>
  remove(keys: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface StoreHarness {
  /** For messages: `a file store`. */
  readonly name: string
  /** False: what is put ends with the process, as in memory, and clauses about crashes are not promised. */
  readonly survivesCrash: boolean
  /** A place for one case, empty; nothing of it is shared with another. What rejects here is shown to the author as it is. */
  openPlace(): Promise<StorePlace>
}

export interface StorePlace {
  /** The store that lives here: also once more, after it was closed or crashed. */
  open(): Promise<StoreUnderTest>
  /**
   * Leaves what a process that is killed now would leave: what was not made safe may be gone, or be there in part. The suite uses the
   * store that was open no more. Called only where `survivesCrash`.
   */
  crash(): Promise<void>
  /** All that the place has is given back. The suite has closed the store, or crashed it. */
  close(): Promise<void>
}
