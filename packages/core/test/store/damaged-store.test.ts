/** Stores that rotted, were cut off, or fail: the node starts, and says what it had to leave. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIdentity, importIdentity, nodeIdToBytes } from '@postern/crypto'
import { crc32 } from '@postern/helo'
import { SeededRandom, VirtualClock } from '@postern/transport-testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { createMemoryStore, type PeerRecord, type PeerStore } from '../../src/index.js'
import type { KeptRecords } from '../../src/store/kept-records.js'
import { loadRecords } from '../../src/store/load-records.js'
import { RECORD_KINDS, type RecordKind } from '../../src/store/record-kinds.js'
import { openFileStore } from './file-store.js'
import { linkedStore, recordsOf, startFrom, storeOf } from './store-samples.js'

let identity = createIdentity()
let records: readonly PeerRecord[] = []

beforeEach(async () => {
  if (records.length > 0) return
  const kept = await linkedStore()
  identity = importIdentity(kept.identity)
  records = kept.records
})

const kindOf = ({ key }: PeerRecord): string => key.slice(0, key.indexOf('/'))
const but = (one: PeerRecord, value: Uint8Array): PeerRecord[] =>
  records.map((record) => (record === one ? { key: record.key, value } : record))

describe('4/store: a damaged store', () => {
  test('a sound one has records of every kind, and nothing is said', async () => {
    expect(new Set(records.map(kindOf))).toEqual(new Set(RECORD_KINDS))
    const { core, damaged, log } = await startFrom(storeOf(records), identity)
    expect([damaged, log]).toEqual([null, []])
    expect(core.counters()).toMatchObject({ 'store.refused': 0, 'store.unknown': 0 })
    await core.close()
  })

  test.each(RECORD_KINDS)(
    '%s: cut off at every length, the record is passed over, counted and said once',
    async (kind) => {
      const one = records.find((record) => kindOf(record) === kind)!
      for (let octets = 0; octets < one.value.byteLength; octets += 1) {
        const { core, damaged, log } = await startFrom(storeOf(but(one, one.value.slice(0, octets))), identity)
        expect(damaged).toEqual({
          kind: 'store-damaged',
          reason: 'bad-records',
          refused: 1,
          byKind: { [kind]: 1 },
          message: null,
        })
        expect(log).toEqual([`store.records-refused {"reason":"bad-records","refused":1,"${kind}":1}`])
        expect(core.counters()['store.refused']).toBe(1)
        await core.close()
      }
    },
  )

  test('an octet changed anywhere is seen, in whatever record it is', async () => {
    const random = new SeededRandom(72)
    for (const one of records) {
      for (const at of one.value.keys()) {
        const value = one.value.slice()
        value[at]! ^= 1 + random.below(255)
        const { core, damaged } = await startFrom(storeOf(but(one, value)), identity)
        expect(damaged?.refused, `${one.key} at ${at}`).toBe(1)
        await core.close()
      }
    }
  })

  test('a record under the key of another one is not taken for it', async () => {
    const first = records.filter((record) => kindOf(record) === 'first')
    const stranger = createIdentity().nodeId
    const moved = records.map(({ key, value }) => {
      return { key: key.startsWith('peer/') ? `peer/${stranger}` : key, value }
    })
    const { core, damaged } = await startFrom(storeOf(moved), identity)
    expect(damaged?.byKind).toEqual({ peer: 1 })
    expect(core.explain(stranger).addresses).toEqual([])
    expect(first.length).toBeGreaterThan(0)
    await core.close()
  })

  test('the others are used, and the bad ones left where they are', async () => {
    const peer = records.find((record) => kindOf(record) === 'peer')!
    const epoch = records.find((record) => kindOf(record) === 'epoch')!
    const store = storeOf(but(epoch, Uint8Array.of(1)))
    const { core } = await startFrom(store, identity)
    const nodeId = peer.key.slice('peer/'.length) as typeof core.nodeId
    expect(core.explain(nodeId).addresses.length).toBeGreaterThan(0)
    await core.close()
    expect(await recordsOf(store)).toContainEqual({ key: epoch.key, value: Uint8Array.of(1) })
  })

  test('what a later version keeps is left alone, and counted apart', async () => {
    const unknown = [
      { key: 'peer/OF-A-LATER-VERSION', value: laterValue(nodeIdToBytes(identity.nodeId), 'peer/OF-A-LATER-VERSION') },
      { key: 'gossip/recent', value: Uint8Array.of(1) },
      { key: 'node/colour', value: Uint8Array.of(2) },
      { key: 'nothing', value: Uint8Array.of(3) },
    ]
    const store = storeOf([...records, ...unknown])
    const { core, damaged, log } = await startFrom(store, identity)
    expect([damaged, log]).toEqual([null, ['store.records-unknown {"count":4}']])
    expect(core.counters()).toMatchObject({ 'store.refused': 0, 'store.unknown': 4 })
    await core.close()
    expect(await recordsOf(store)).toEqual(expect.arrayContaining(unknown))
  })

  test('a node id that only a later version can read is not written over', async () => {
    const id = { key: 'node/id', value: laterValue(new Uint8Array(0), 'node/id') }
    const store = storeOf(records.map((record) => (record.key === 'node/id' ? id : record)))
    const { core, damaged } = await startFrom(store, identity)
    expect([damaged, core.counters()['store.unknown']]).toEqual([null, 1])
    await core.close()
    expect(await recordsOf(store)).toContainEqual(id)
  })

  test('what is no record at all is counted, too: keys too long or not ASCII, values that are no octets, or too many', async () => {
    const value = Uint8Array.of(1)
    const junk: readonly unknown[] = [
      null,
      7,
      { key: 'peer/a' },
      { key: `peer/${'a'.repeat(124)}`, value },
      { key: 'peer/é', value },
      { key: 'peer/a b', value },
      { key: '', value },
      { key: 7, value },
      { key: 'peer/a', value: 'text' },
      { key: 'peer/a', value: [1, 2] },
      { key: 'peer/a', value: new Uint8Array(65_537) },
    ]
    const { core, damaged } = await startFrom(loading([...junk, ...records]), identity)
    expect(damaged?.byKind).toEqual({ malformed: junk.length })
    await core.close()
  })

  test('of a key that comes twice the newest that can be read is used, and the other is refused', async () => {
    const peer = records.find((record) => kindOf(record) === 'peer')!
    const nodeId = peer.key.slice('peer/'.length) as typeof identity.nodeId
    const bad = { key: peer.key, value: Uint8Array.of(1) }
    for (const list of [
      [...records, bad],
      [bad, ...records],
      [...records, peer],
    ]) {
      const { core, damaged } = await startFrom(loading(list), identity)
      expect(damaged?.byKind).toEqual({ peer: 1 })
      expect(core.explain(nodeId).addresses.length).toBeGreaterThan(0)
      await core.close()
    }
  })

  test('a load that rejects midway: what came before is used, the failure is said, nothing is removed for what is missing', async () => {
    const sorted = [...records].sort((a, b) => Number(kindOf(a) === 'link-key') - Number(kindOf(b) === 'link-key'))
    const store = storeOf(records)
    const failing: PeerStore = { ...store, load: () => midway(sorted.filter((one) => kindOf(one) !== 'link-key')) }
    const { core, damaged, log } = await startFrom(failing, identity)
    expect(damaged).toMatchObject({ reason: 'load-failed', refused: 0, message: 'disk gone' })
    expect(log).toEqual(['store.records-refused {"reason":"load-failed","refused":0,"error":"disk gone"}'])
    await core.close()
    // Their link key could not be read; next time it may be, and then they must still be known.
    expect((await recordsOf(store)).filter((one) => kindOf(one) === 'first').length).toBeGreaterThan(0)
  })

  test.each<[string, () => AsyncIterable<PeerRecord>]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['returns nothing', () => undefined as never],
    ['rejects at once', () => midway([])],
  ])('a load that %s: the node starts with nothing, and says so', async (_, load) => {
    const { core, damaged } = await startFrom({ ...createMemoryStore(), load }, identity)
    expect(damaged?.reason).toBe('load-failed')
    await core.close()
  })
})

describe('4/store: a store that does not end', () => {
  test('reading stops at 256 MiB and is ended, and what came before is used', async () => {
    const value = new Uint8Array(65_536)
    async function* load(): AsyncIterable<PeerRecord> {
      try {
        yield* records
        for (let at = 0; ; at += 1) yield { key: `epoch/${at}`, value }
      } finally {
        isLeft = true
      }
    }
    let isLeft = false
    const { core, damaged } = await startFrom({ ...createMemoryStore(), load }, identity)
    expect(damaged).toMatchObject({ reason: 'load-failed', message: 'more than 268435456 octets' })
    expect(isLeft).toBe(true)
    const peer = records.find((record) => kindOf(record) === 'peer')!.key.slice(5) as typeof core.nodeId
    expect(core.explain(peer).addresses.length).toBeGreaterThan(0)
    await core.close()
  })
})

describe('4/store: a store in a file', () => {
  test('cut off at every length it starts, with the records that are whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-store-'))
    const path = join(folder, 'store')
    const whole = await openFileStore(path)
    for (const record of records) await whole.put([record])
    await whole.close()
    const bytes = await readFile(path)
    const owner = nodeIdToBytes(identity.nodeId)
    const counts: number[] = []
    for (let octets = 0; octets <= bytes.byteLength; octets += 1) {
      await writeFile(path, bytes.subarray(0, octets))
      const store = await openFileStore(path)
      const kept = await loadRecords(store, owner, new VirtualClock())
      expect([kept.failure, kept.refused]).toEqual([null, 0]) // that is what a crash leaves: no record is damaged
      counts.push(RECORD_KINDS.reduce((sum, kind) => sum + countOf(kept, kind), 0))
      const isNews = counts.at(-1) !== counts.at(-2)
      if (!isNews) await store.close()
      else await startFrom(store, identity).then(({ core }) => core.close())
    }
    expect(counts).toEqual(counts.toSorted((x, y) => x - y))
    expect([...new Set(counts)]).toEqual([0, ...records.keys()].map((_, at) => at))
    await rm(folder, { recursive: true })
  })

  test('an octet changed anywhere, at random: it starts, never throws, and says so unless nothing is lost but the end', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-store-'))
    const path = join(folder, 'store')
    const whole = await openFileStore(path)
    await whole.put(records)
    await whole.close()
    const bytes = await readFile(path)
    const random = new SeededRandom(73)
    let said = 0
    for (let times = 0; times < 100; times += 1) {
      const changed = Buffer.from(bytes)
      changed[random.below(changed.byteLength)]! ^= 1 + random.below(255)
      await writeFile(path, changed)
      const { core, damaged } = await startFrom(await openFileStore(path), identity)
      if (damaged !== null) said += 1
      await core.close()
    }
    expect(said).toBeGreaterThan(80)
    await rm(folder, { recursive: true })
  })
})

function countOf(kept: KeptRecords, kind: RecordKind): number {
  let count = 0
  kept.each(kind, () => {
    count += 1
    return true
  })
  return count
}

/** Of a later version, with the checksum that all versions have. */
function laterValue(owner: Uint8Array, key: string): Uint8Array {
  const value = Uint8Array.of(2, 7, 0, 0, 0, 0)
  const covered = Buffer.concat([owner, Buffer.from(key), value.subarray(0, 2)])
  new DataView(value.buffer).setUint32(2, crc32(covered))
  return value
}

/** A store that loads just that. */
function loading(list: readonly unknown[]): PeerStore {
  async function* load() {
    for (const record of list) yield record as PeerRecord
  }
  return { ...createMemoryStore(), load }
}

async function* midway(list: readonly PeerRecord[]): AsyncIterable<PeerRecord> {
  yield* list
  throw new Error('disk gone')
}
