/**
 * Keeps the peer book beyond a restart: one record a peer, written about a second after it changed, many in one write. What a store
 * that fails did not take is kept for later; a crash loses the last seconds.
 *
 * Knows no store but through SavedState, and waits for nothing: whoever adds a card does not wait for the disk.
 */
import { type NodeId, parseNodeId } from '@postern/crypto'
import type { Clock, Timer } from '@postern/transport-api'
import type { SavedState } from '../link/saved-state.js'
import type { PeerRecord } from '../peer-store.js'
import type { KeptRecords } from '../store/kept-records.js'
import { nameOf } from '../store/record-kinds.js'
import type { KeptPeer } from './known-address.js'
import {
  BOOK_BATCH_OCTETS,
  BOOK_BATCH_PEERS,
  BOOK_RETRY_MS,
  BOOK_WRITE_DELAY_MS,
  MAX_KNOWN_PEERS,
  RENEWAL_WRITTEN_PART,
} from './limits.js'
import type { BookWatcher, PeerBook } from './peer-book.js'
import { decodePeerRecord, encodePeerRecord, type PeerRecordContent } from './peer-record.js'
import type { Validator } from './validator.js'

/** Records of peers that are gone, while their removal fails: beyond it nobody new is written. */
const MAX_WRITTEN: number = 2 * MAX_KNOWN_PEERS

export interface BookKeeperOptions {
  readonly book: PeerBook
  readonly saved: SavedState
  readonly clock: Clock
  readonly pins: Pick<Validator, 'pin' | 'pinRateOf'>
  /** Records in the store, those of peers that are gone included. */
  readonly maxWritten?: number
}

interface Batch {
  readonly gone: readonly NodeId[]
  readonly there: readonly NodeId[]
  /** For whom there is no room while removals fail. */
  readonly waiting: readonly NodeId[]
  /** True when all of it is safe. */
  readonly done: Promise<boolean>
}

export class BookKeeper implements BookWatcher {
  readonly #options: BookKeeperOptions
  /** To be written or removed, who changed last comes last. Only peers that are in the book or may be in the store. */
  readonly #changed = new Set<NodeId>()
  /** Valid for a little longer than their records say: written with the next change, or at the end. */
  readonly #renewed = new Set<NodeId>()
  /** Who may have a record in the store, and when it was written, by the monotonic clock. */
  readonly #written = new Map<NodeId, number>()
  #lastWrittenMs = 0
  #timer: Timer | null = null
  #isWriting = false
  #isClosed = false

  constructor(options: BookKeeperOptions) {
    this.#options = options
  }

  /** What a store kept, into an empty book: in the order in which it was written, so that who was heard of last comes last. */
  restore(kept: KeptRecords): void {
    const { book, clock, pins } = this.#options
    const found: (PeerRecordContent & { readonly peer: NodeId })[] = []
    kept.each('peer', ({ key, value }) => {
      const peer = parseNodeId(nameOf(key))
      const content = peer === null || keyOf(peer) !== key ? null : decodePeerRecord(peer, value)
      if (peer === null || content === null) return false
      found.push({ ...content, peer })
      return true
    })
    found.sort((a, b) => a.writtenMs - b.writtenMs)
    // No signature is verified here: each was before it came into the book, and the checksum says that it is what we wrote. To
    // verify a full book once more would take two seconds of every start, and stop nobody: whoever can change the store has our keys.
    for (const { peer, writtenMs, oneWayPerMinute, ...rest } of found) {
      this.#lastWrittenMs = Math.max(this.#lastWrittenMs, writtenMs)
      this.#written.set(peer, clock.monotonic() - Math.max(0, clock.now() - writtenMs))
      if (!book.restore(peer, rest)) this.changed(peer)
      else if (oneWayPerMinute > 0) pins.pin(peer, oneWayPerMinute)
    }
    book.expire(clock.now())
  }

  changed(peer: NodeId): void {
    const { book, saved } = this.#options
    if (!saved.isKept || this.#isClosed) return
    const isThere = book.has(peer)
    this.#changed.delete(peer)
    if (!isThere) this.#renewed.delete(peer)
    if (!isThere && !this.#written.has(peer)) return
    this.#changed.add(peer)
    this.#later(BOOK_WRITE_DELAY_MS)
  }

  renewed(peer: NodeId, beforeMs: number, untilMs: number): void {
    const { clock, saved } = this.#options
    if (!saved.isKept || this.#isClosed) return
    const writtenAt = this.#written.get(peer) ?? Number.NEGATIVE_INFINITY
    const lifeMs = untilMs - clock.now()
    const isNews = beforeMs <= clock.now() || clock.monotonic() - writtenAt > lifeMs * RENEWAL_WRITTEN_PART
    if (isNews) this.changed(peer)
    else this.#renewed.add(peer)
  }

  /** Asks for all that is left to be written, and does not wait for it: SavedState.close does. */
  close(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    this.#isClosed = true
    for (const peer of this.#renewed) this.#changed.add(peer)
    while (this.#changed.size > 0) this.#writeBatch()
  }

  #later(delayMs: number): void {
    if (this.#isClosed || this.#isWriting) return
    this.#timer ??= this.#options.clock.setTimer(() => {
      this.#timer = null
      void this.#write()
    }, delayMs)
  }

  /** One batch at a time, so that neither a flood of news nor a slow store makes a queue. */
  async #write(): Promise<void> {
    this.#isWriting = true
    const { gone, there, waiting, done } = this.#writeBatch()
    const isSafe = await done
    this.#isWriting = false
    if (isSafe) for (const peer of gone) this.#written.delete(peer)
    else for (const peer of [...gone, ...there]) this.#changed.add(peer)
    for (const peer of waiting) this.#changed.add(peer)
    if (this.#changed.size > 0) this.#later(isSafe ? BOOK_WRITE_DELAY_MS : BOOK_RETRY_MS)
  }

  #writeBatch(): Batch {
    const { book, saved, clock, maxWritten = MAX_WRITTEN } = this.#options
    const [gone, there, waiting]: [NodeId[], NodeId[], NodeId[]] = [[], [], []]
    const records: PeerRecord[] = []
    let octets = 0
    for (const peer of this.#changed) {
      if (gone.length + there.length >= BOOK_BATCH_PEERS || octets >= BOOK_BATCH_OCTETS) break
      this.#changed.delete(peer)
      const kept = book.kept(peer)
      const isWritten = this.#written.has(peer)
      if (kept === null && isWritten) gone.push(peer)
      if (kept !== null && !isWritten && this.#written.size >= maxWritten) waiting.push(peer)
      if (kept === null || waiting.at(-1) === peer) continue
      const record = this.#recordOf(peer, kept)
      octets += record.value.byteLength
      there.push(peer)
      records.push(record)
      this.#renewed.delete(peer)
      this.#written.set(peer, clock.monotonic())
    }
    // Who made room goes before who took it: the store is never larger than a book and a batch.
    const removed = saved.removeAll(gone.map(keyOf)) ?? Promise.resolve(true)
    const put = saved.saveAll(records) ?? Promise.resolve(true)
    return { gone, there, waiting, done: Promise.all([removed, put]).then((all) => all.every((isSafe) => isSafe)) }
  }

  #recordOf(peer: NodeId, kept: KeptPeer): PeerRecord {
    const { clock, pins } = this.#options
    this.#lastWrittenMs = Math.max(this.#lastWrittenMs + 1, clock.now())
    const content = { ...kept, writtenMs: this.#lastWrittenMs, oneWayPerMinute: pins.pinRateOf(peer) }
    return { key: keyOf(peer), value: encodePeerRecord(content) }
  }
}

function keyOf(peer: NodeId): string {
  return `peer/${peer}`
}
