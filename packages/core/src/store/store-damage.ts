/** How a store that could not be read as it should is said: as an event, and as a line of the log. */
import type { Logger } from '@postern/transport-api'
import type { KeptRecords, RefusedKind } from './kept-records.js'

export interface StoreDamaged {
  readonly kind: 'store-damaged'
  /**
   * `bad-records`: these are passed over; `load-failed`: reading ended early, what came before is used; `foreign`: it is another
   * node's, none of it is used, and nothing is written into it or removed from it.
   */
  readonly reason: 'bad-records' | 'load-failed' | 'foreign'
  /** Records that are not used: of a foreign store all but its node id. Those of later versions are not among them. */
  readonly refused: number
  readonly byKind: Readonly<Partial<Record<RefusedKind, number>>>
  /** What the store said; null unless it failed. */
  readonly message: string | null
}

/** null: there is nothing to say. */
export function damageOf(kept: KeptRecords): StoreDamaged | null {
  const { isForeign, failure, refused, refusedByKind } = kept
  if (!isForeign && failure === null && refused === 0) return null
  const reason = isForeign ? 'foreign' : failure === null ? 'bad-records' : 'load-failed'
  return { kind: 'store-damaged', reason, refused, byKind: refusedByKind, message: failure }
}

export function logDamage(log: Logger, kept: KeptRecords): void {
  const damage = damageOf(kept)
  if (kept.unknown > 0) log.info('store.records-unknown', { count: kept.unknown })
  if (damage === null) return
  const { reason, refused, byKind, message } = damage
  log.warn('store.records-refused', { reason, refused, ...byKind, ...(message !== null && { error: message }) })
}
