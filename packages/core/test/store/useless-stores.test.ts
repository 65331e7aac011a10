/** Stores of another node, and stores that do not answer. */
import { createIdentity, importIdentity } from '@postern/crypto'
import { silentLog } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { type CoreEvent, createCore, createMemoryStore, type PeerRecord, type PeerStore } from '../../src/index.js'
import { CLOSE_STORE_MS, SavedState } from '../../src/link/saved-state.js'
import { settled } from '../world.js'
import { linkedStore, recordsOf, startFrom, storeOf } from './store-samples.js'

let identity = createIdentity()
let records: readonly PeerRecord[] = []

beforeEach(async () => {
  if (records.length > 0) return
  const kept = await linkedStore()
  identity = importIdentity(kept.identity)
  records = kept.records
})

describe('4/store: a foreign store', () => {
  test('of another node nothing is used, written or removed, and whoever watches is told first', async () => {
    const store = storeOf(records)
    const calls: string[] = []
    const watched: PeerStore = {
      load: () => store.load(),
      put: async () => void calls.push('put'),
      remove: async () => void calls.push('remove'),
      close: async () => void calls.push('close'),
    }
    const { core, damaged, clock, log } = await startFrom(watched)
    expect(damaged).toMatchObject({ reason: 'foreign', refused: records.length - 1, message: null })
    expect(log[0]).toContain('"reason":"foreign"')
    const peer = records.find(({ key }) => key.startsWith('peer/'))!.key.slice(5) as typeof core.nodeId
    expect(core.explain(peer).addresses).toEqual([])
    core.card()
    clock.advance(8 * 24 * 3_600_000)
    core.card()
    await settled()
    await core.close()
    expect(calls).toEqual(['close'])
    expect(await recordsOf(store)).toEqual(records)
  })

  test('the store is told of before the transports that do not run, to everybody who begins to watch', async () => {
    const transports = { sad: { init: () => null } }
    const core = await createCore({ identity: createIdentity(), transports, store: storeOf(records) })
    for (const _ of [1, 2]) {
      const told: string[] = []
      core.watch(({ kind }) => told.push(kind))
      await settled()
      expect(told).toEqual(['store-damaged', 'transport-disabled'])
    }
    await core.close()
  })

  test('a store whose owner cannot be read is our own, but for what another node wrote', async () => {
    const rotten = records.map(({ key, value }) => ({ key, value: key === 'node/id' ? value.slice(1) : value }))
    const own = await startFrom(storeOf(rotten), identity)
    expect(own.damaged).toMatchObject({ reason: 'bad-records', byKind: { node: 1 } })
    await own.core.close()
    const other = await startFrom(storeOf(rotten))
    expect(other.damaged).toMatchObject({ reason: 'bad-records', refused: records.length })
    await other.core.close()
  })

  test('an empty store becomes ours', async () => {
    const store = createMemoryStore()
    const { core } = await startFrom(store, identity)
    await core.close()
    const { core: other, damaged } = await startFrom(store)
    expect(damaged).toMatchObject({ reason: 'foreign', refused: 0 })
    await other.close()
  })
})

describe('4/store: a store that stands still', () => {
  test.each(['put', 'close'] as const)('%s never settles: close gives it up after 5 s, and says so', async (method) => {
    const store: PeerStore = { ...createMemoryStore(), [method]: () => new Promise<void>(() => {}) }
    const { core, clock, log } = await startFrom(store, identity)
    const told: CoreEvent[] = []
    core.watch((event) => told.push(event))
    core.card()
    let isClosed = false
    void core.close().then(() => {
      isClosed = true
    })
    await settled()
    clock.advance(CLOSE_STORE_MS - 1)
    await settled()
    expect(isClosed).toBe(false)
    clock.advance(1)
    await settled()
    expect(isClosed).toBe(true)
    const message = 'the store stood still for 5 s; what was not written is lost'
    expect(told).toEqual([{ kind: 'store-error', member: 'close', message }])
    expect(log.at(-1)).toContain('store.close-timed-out')
    expect(clock.pending).toBe(0)
  })

  test('a load that says nothing for a minute is given up, and the node starts', async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const clock = new VirtualClock()
    const store = { ...createMemoryStore(), load: () => silent }
    const starting = createCore({ identity, transports: {}, store, env: { clock } })
    await settled()
    clock.advance(60_000)
    const core = await starting
    expect(core.counters()['store.refused']).toBe(0)
    await core.close()
  })

  test('after close nothing more is asked of a store', async () => {
    const calls: string[] = []
    const store: PeerStore = {
      ...createMemoryStore(),
      put: async (list) => void calls.push(`put ${list[0]!.key}`),
      remove: async () => void calls.push('remove'),
    }
    const saved = new SavedState({ store, nodeId: identity.nodeId, clock: new VirtualClock(), log: silentLog })
    await saved.load()
    const before = saved.save({ key: 'first/a', value: new Uint8Array(1) })
    const closing = saved.close()
    const after = saved.save({ key: 'first/b', value: new Uint8Array(1) })
    saved.remove('first/a')
    expect([await before, await closing, await after]).toEqual([true, null, false])
    expect(calls).toEqual(['put node/id', 'put first/a'])
  })

  test('a close that rejects is told', async () => {
    const store: PeerStore = { ...createMemoryStore(), close: () => Promise.reject(new Error('busy')) }
    const { core } = await startFrom(store, identity)
    const told: CoreEvent[] = []
    core.watch((event) => told.push(event))
    await core.close()
    expect(told).toEqual([{ kind: 'store-error', member: 'close', message: 'busy' }])
  })
})
