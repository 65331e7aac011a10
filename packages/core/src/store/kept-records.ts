/**
 * What a store had when we started, by kind, and what of it could not be used. Those who read records say here which they refuse;
 * nobody throws for them.
 */
import type { PeerRecord } from '../peer-store.js'
import { RECORD_KINDS, type RecordKind } from './record-kinds.js'

/** `malformed`: no record at all, by its key, its value or its size. */
export type RefusedKind = RecordKind | 'malformed'

/** Of the store as a whole. */
export interface KeptFacts {
  /** Another node's store: nothing of it is here. */
  readonly isForeign: boolean
  /** It says whose it is, if only to a later version. */
  readonly isNamed: boolean
  /** Why `load` ended before its end; null: it did not. */
  readonly failure: string | null
  /** Of later versions: passed over, left alone. */
  readonly unknown: number
}

export class KeptRecords implements KeptFacts {
  readonly isForeign: boolean
  readonly isNamed: boolean
  readonly failure: string | null
  readonly unknown: number
  readonly #byKind = new Map<RecordKind, PeerRecord[]>(RECORD_KINDS.map((kind) => [kind, []]))
  readonly #refused = new Map<RefusedKind, number>()

  constructor({ isForeign = false, isNamed = false, failure = null, unknown = 0 }: Partial<KeptFacts> = {}) {
    this.isForeign = isForeign
    this.isNamed = isNamed
    this.failure = failure
    this.unknown = unknown
  }

  /** `value` is the body, without its seal. */
  add(kind: RecordKind, record: PeerRecord): void {
    this.#byKind.get(kind)!.push(record)
  }

  refuse(kind: RefusedKind, count = 1): void {
    this.#refused.set(kind, (this.#refused.get(kind) ?? 0) + count)
  }

  /** Hands over each record of `kind`, in no order. `take` says false to what it cannot read. */
  each(kind: RecordKind, take: (record: PeerRecord) => boolean): void {
    for (const record of this.#byKind.get(kind)!) if (!take(record)) this.refuse(kind)
  }

  get refused(): number {
    return [...this.#refused.values()].reduce((sum, count) => sum + count, 0)
  }

  get refusedByKind(): Readonly<Partial<Record<RefusedKind, number>>> {
    return Object.fromEntries(this.#refused)
  }

  /** All records of `kind` that were kept are here: what refers to another one refers to something that is gone. */
  isWhole(kind: RecordKind): boolean {
    return !this.isForeign && this.failure === null && !this.#refused.has(kind)
  }
}
