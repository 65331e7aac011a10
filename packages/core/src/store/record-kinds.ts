/**
 * What core keeps, by the first part of a record's key. Whatever a later version keeps besides is passed over and left alone.
 * Constants and names only.
 */

export const RECORD_KINDS = ['node', 'link-key', 'first', 'epoch', 'peer'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** Of the store itself: whose it is, and the last sequence of our HELOs. */
export const NODE_ID_KEY = 'node/id'
export const SEQUENCE_KEY = 'node/sequence'

/** null: of no kind that this version knows. */
export function kindOf(key: string): RecordKind | null {
  const kind = key.slice(0, Math.max(0, key.indexOf('/')))
  if (kind === 'node' && key !== NODE_ID_KEY && key !== SEQUENCE_KEY) return null
  return RECORD_KINDS.find((one) => one === kind) ?? null
}

/** What follows the kind. */
export function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}
