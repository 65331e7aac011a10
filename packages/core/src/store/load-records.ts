/**
 * Reads a store that may be damaged, cut off, or another node's. What can be read is used, the rest is counted. Never rejects, and
 * never writes.
 */
import type { Clock } from '@postern/transport-api'
import { messageOf } from '../errors.js'
import type { PeerRecord, PeerStore } from '../peer-store.js'
import { isSame } from '../same-octets.js'
import { KeptRecords, type RefusedKind } from './kept-records.js'
import { kindOf, NODE_ID_KEY, type RecordKind } from './record-kinds.js'
import { unsealRecord } from './sealed-record.js'

/** A store that says nothing for so long will say nothing more, ms: a disk that spins up takes ten seconds. */
const LOAD_SILENCE_MS = 60_000
/** The largest of ours is a peer with 32 HELOs, below 24 KiB. */
const MAX_RECORD_OCTETS = 65_536
/** Of all records: more than the largest book, memory of first messages and epochs have together. A store that never ends is left there. */
const MAX_LOADED_OCTETS: number = 256 * 1_024 * 1_024
/** What a record takes besides its key and value, so that empty ones are not free. */
const RECORD_EXTRA_OCTETS = 64
const KEY = /^[\x21-\x7e]{1,128}$/
const NOBODY = new Uint8Array(0)

/** Whole or not; by key, because a store that repeats one gives the newer one later. */
interface Loaded {
  readonly failure: string | null
  readonly malformed: number
  /** All values that came with a key, the last one last. */
  readonly values: ReadonlyMap<string, readonly Uint8Array[]>
}

/** `owner`: the octets of our node id. */
export async function loadRecords(store: PeerStore, owner: Uint8Array, clock: Clock): Promise<KeptRecords> {
  const loaded = await readAll(store, clock)
  const written = ownerOf(loaded.values)
  const isForeign = written !== null && !isSame(written, owner)
  return isForeign ? foreign(loaded) : sorted(loaded, owner)
}

async function readAll(store: PeerStore, clock: Clock): Promise<Loaded> {
  const values = new Map<string, Uint8Array[]>()
  let [malformed, octets] = [0, 0]
  let giveUp: (reason: Error) => void = () => {}
  const silence = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  const timer = clock.setTimer(() => {
    giveUp(new Error(`no record and no end within ${LOAD_SILENCE_MS / 1_000} s`))
  }, LOAD_SILENCE_MS)
  let iterator: AsyncIterator<unknown> | null = null
  try {
    iterator = store.load()[Symbol.asyncIterator]()
    for (;;) {
      const next = await Promise.race([iterator.next(), silence])
      if (next.done === true) return { failure: null, malformed, values }
      timer.reset(LOAD_SILENCE_MS)
      const record = next.value
      octets += RECORD_EXTRA_OCTETS
      if (octets > MAX_LOADED_OCTETS) throw new Error(`more than ${MAX_LOADED_OCTETS} octets`)
      if (!isRecord(record)) {
        malformed += 1
        continue
      }
      octets += record.key.length + record.value.byteLength
      const before = values.get(record.key)
      if (before === undefined) values.set(record.key, [record.value])
      else before.push(record.value)
    }
  } catch (error) {
    void iterator?.return?.().catch(() => {}) // what it holds open is given back; a silent one is not waited for
    return { failure: messageOf(error), malformed, values }
  } finally {
    timer[Symbol.dispose]()
  }
}

/** A store is somebody else's code. */
function isRecord(record: unknown): record is PeerRecord {
  if (typeof record !== 'object' || record === null) return false
  const { key, value } = record as Readonly<Record<string, unknown>>
  return (
    typeof key === 'string' && KEY.test(key) && value instanceof Uint8Array && value.byteLength <= MAX_RECORD_OCTETS
  )
}

/** The octets of a node id; null: the store does not say, or it cannot be read. */
function ownerOf(values: Loaded['values']): Uint8Array | null {
  const named = values.get(NODE_ID_KEY)?.flatMap((value) => {
    const record = unsealRecord(NOBODY, NODE_ID_KEY, value)
    return record.at === 'ok' && record.body.byteLength === 32 ? [record.body] : []
  })
  return named?.at(-1) ?? null
}

function foreign({ values, failure, malformed }: Loaded): KeptRecords {
  const kept = new KeptRecords({ isForeign: true, isNamed: true, failure })
  if (malformed > 0) kept.refuse('malformed', malformed)
  for (const [key, list] of values) {
    const kind: RefusedKind | null = kindOf(key)
    if (kind !== null && key !== NODE_ID_KEY) kept.refuse(kind, list.length)
  }
  return kept
}

function sorted({ values, failure, malformed }: Loaded, owner: Uint8Array): KeptRecords {
  const taken: (readonly [RecordKind, PeerRecord])[] = []
  const refused: RecordKind[] = []
  let [unknown, isNamedLater] = [0, false]
  for (const [key, list] of values) {
    const kind = kindOf(key)
    if (kind === null) {
      unknown += list.length
      continue
    }
    const read = list.map((value) => unsealRecord(key === NODE_ID_KEY ? NOBODY : owner, key, value))
    const later = read.filter(({ at }) => at === 'later').length
    unknown += later
    isNamedLater ||= key === NODE_ID_KEY && later > 0
    const good = read.flatMap((one) => (one.at === 'ok' ? [one.body] : []))
    const newest = good.at(-1)
    if (newest !== undefined) taken.push([kind, { key, value: newest }])
    // A repeated key is the store's fault: all but the newest that can be read are refused.
    const bad = read.filter(({ at }) => at === 'damaged').length + Math.max(0, good.length - 1)
    for (let left = bad; left > 0; left -= 1) refused.push(kind)
  }
  const isNamed = taken.some(([, { key }]) => key === NODE_ID_KEY) || isNamedLater
  const kept = new KeptRecords({ failure, unknown, isNamed })
  if (malformed > 0) kept.refuse('malformed', malformed)
  for (const [kind, record] of taken) kept.add(kind, record)
  for (const kind of refused) kept.refuse(kind)
  return kept
}
