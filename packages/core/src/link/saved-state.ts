/**
 * The store as links use it: what has to be safe before something is handed on is waited for, the rest is only asked for. A store
 * that fails costs what could not be made safe, and the operator reads it.
 */
import type { Logger } from '@postern/transport-api'
import { messageOf } from '../errors.js'
import type { PeerRecord, PeerStore } from '../peer-store.js'

/** A store that stands still must not fill the memory. */
const MOST_WAITING = 4_096

export class SavedState {
  readonly #store: PeerStore | null
  readonly #log: Logger
  /** Writes are made one after the other: an older value never replaces a newer one. */
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(store: PeerStore | null, log: Logger) {
    this.#store = store
    this.#log = log
  }

  get isKept(): boolean {
    return this.#store !== null
  }

  /** All records, in no order. Rejects as the store does. */
  async load(): Promise<readonly PeerRecord[]> {
    const records: PeerRecord[] = []
    if (this.#store !== null) for await (const record of this.#store.load()) records.push(record)
    return records
  }

  /** null: nothing is kept, and nothing is to be waited for. Otherwise true when it is safe, false when it could not be made so. */
  save(record: PeerRecord): Promise<boolean> | null {
    const store = this.#store
    if (store === null) return null
    if (this.#waiting >= MOST_WAITING) return Promise.resolve(false)
    this.#waiting += 1
    const saved = this.#next('store.put-failed', () => store.put([record]))
    void saved.then(() => {
      this.#waiting -= 1
    })
    return saved
  }

  remove(key: string): void {
    const store = this.#store
    if (store !== null) void this.#next('store.remove-failed', () => store.remove([key]))
  }

  /** After what is under way. Never rejects. */
  async close(): Promise<void> {
    const store = this.#store
    if (store !== null) await this.#next('store.close-failed', () => store.close())
  }

  #next(event: string, work: () => Promise<void>): Promise<boolean> {
    const done = this.#last.then(work).then(
      () => true,
      (error: unknown) => {
        this.#log.error(event, { error: messageOf(error) })
        return false
      },
    )
    this.#last = done
    return done
  }
}
