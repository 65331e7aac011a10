/**
 * The store as core uses it: what has to be safe before something is handed on is waited for, the rest is only asked for. A store
 * that fails costs what could not be made safe, and the operator reads it; one of another node is not touched at all.
 *
 * Records come and go without their seal, which is put on and taken off here (store/sealed-record.ts).
 */
import { type NodeId, nodeIdToBytes } from '@postern/crypto'
import type { Clock, Logger } from '@postern/transport-api'
import { messageOf } from '../errors.js'
import type { PeerRecord, PeerStore } from '../peer-store.js'
import { KeptRecords } from '../store/kept-records.js'
import { loadRecords } from '../store/load-records.js'
import { nodeIdRecord } from '../store/node-records.js'
import { sealRecord } from '../store/sealed-record.js'

/** Calls that a store has not answered: one that stands still must not fill the memory. */
const MOST_WAITING = 4_096
/** For what is still to be written, and for `close` of the store, ms together: a slow disk needs less, a dead one is not waited for. */
export const CLOSE_STORE_MS = 5_000

export interface SavedStateOptions {
  /** null: nothing is kept. */
  readonly store: PeerStore | null
  /** Whose records these are. */
  readonly nodeId: NodeId
  readonly clock: Clock
  readonly log: Logger
}

export class SavedState {
  readonly #options: SavedStateOptions
  readonly #owner: Uint8Array
  /** null: there is none, or it is another node's. */
  #store: PeerStore | null
  /** Writes are made one after the other: an older value never replaces a newer one. */
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isClosed = false

  constructor(options: SavedStateOptions) {
    this.#options = options
    this.#owner = nodeIdToBytes(options.nodeId)
    this.#store = options.store
  }

  get isKept(): boolean {
    return this.#store !== null
  }

  /** All records that can be used. Never rejects. Another node's store is not used from here on. */
  async load(): Promise<KeptRecords> {
    const store = this.#store
    if (store === null) return new KeptRecords()
    const kept = await loadRecords(store, this.#owner, this.#options.clock)
    if (kept.isForeign) this.#store = null
    else if (!kept.isNamed) {
      const record = nodeIdRecord(this.#owner)
      void this.#next('store.put-failed', () => store.put([record]))
    }
    return kept
  }

  /** null: nothing is kept, and nothing is to be waited for. Otherwise true when it is safe, false when it could not be made so. */
  save(record: PeerRecord): Promise<boolean> | null {
    return this.saveAll([record])
  }

  /** As `save`; none is an order to do nothing. */
  saveAll(records: readonly PeerRecord[]): Promise<boolean> | null {
    const store = this.#store
    if (store === null || records.length === 0) return null
    const sealed = records.map(({ key, value }) => ({ key, value: sealRecord(this.#owner, key, value) }))
    return this.#next('store.put-failed', () => store.put(sealed))
  }

  remove(key: string): void {
    void this.removeAll([key])
  }

  /** As `saveAll`. */
  removeAll(keys: readonly string[]): Promise<boolean> | null {
    const store = this.#store
    if (store === null || keys.length === 0) return null
    return this.#next('store.remove-failed', () => store.remove(keys))
  }

  /** After what is under way, which is waited for, but not for ever. Never rejects. What went wrong, for people; null: nothing. */
  async close(): Promise<string | null> {
    const { store, clock, log } = this.#options
    if (store === null) return null
    this.#isClosed = true
    const closed = this.#chain('store.close-failed', () => store.close())
    return new Promise((resolve) => {
      const timer = clock.setTimer(() => {
        const message = `the store stood still for ${CLOSE_STORE_MS / 1_000} s; what was not written is lost`
        log.error('store.close-timed-out', { waiting: this.#waiting })
        resolve(message)
      }, CLOSE_STORE_MS)
      void closed.then((fault) => {
        timer[Symbol.dispose]()
        resolve(fault)
      })
    })
  }

  #next(event: string, work: () => Promise<void>): Promise<boolean> {
    if (this.#isClosed || this.#waiting >= MOST_WAITING) return Promise.resolve(false)
    this.#waiting += 1
    return this.#chain(event, work).then((fault) => {
      this.#waiting -= 1
      return fault === null
    })
  }

  /** What went wrong; null: nothing. */
  #chain(event: string, work: () => Promise<void>): Promise<string | null> {
    const done = this.#last.then(work).then(
      () => null,
      (error: unknown) => {
        const message = messageOf(error)
        this.#options.log.error(event, { error: message })
        return message
      },
    )
    this.#last = done
    return done
  }
}
