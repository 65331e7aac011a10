/** Ends: orderly ones, and crashes. */
import { expectThat } from '../../conformance/expectation.js'
import { type StoreCase, storeCase } from '../store-case.js'
import type { StoredRecord } from '../store-harness.js'
import { recordOf } from '../store-trial.js'

const reopened = storeCase({
  clause: 'D4/store-reopened',
  title: 'after a close the store is as it was left: what was put is there, what was removed is not',
  async trial(trial) {
    await trial.put([recordOf('kind/a', 1), recordOf('kind/b', 2)])
    await trial.remove(['kind/b'])
    await trial.reopen()
    await trial.expectRecords([recordOf('kind/a', 1)])
    await trial.put([recordOf('kind/c', 3)])
    await trial.reopen()
    await trial.expectRecords([recordOf('kind/a', 1), recordOf('kind/c', 3)])
  },
})

const closeFinishes = storeCase({
  clause: 'D4/store-close-finishes',
  title: 'close comes after what was asked for before it, and that is kept',
  async trial(trial) {
    const put = trial.store.put([recordOf('kind/a', 1), recordOf('kind/b', 2)])
    await trial.close()
    await trial.settles('a put before close to resolve', () => put)
    await trial.reopen()
    await trial.expectRecords([recordOf('kind/a', 1), recordOf('kind/b', 2)])
  },
})

const closeTwice = storeCase({
  clause: 'D4/store-close-twice',
  title: 'close may be called again, at once and later',
  async trial(trial) {
    const { store } = trial
    await trial.settles('two calls of close to resolve', () => Promise.all([store.close(), store.close()]))
    await trial.close()
  },
})

const closed = storeCase({
  clause: 'D4/store-closed',
  title: 'after close put and remove reject: nothing is taken that would not be kept',
  async trial(trial) {
    await trial.put([recordOf('kind/a')])
    await trial.close()
    const { store } = trial
    await trial.rejects('put after close to reject', () => store.put([recordOf('kind/b')]))
    await trial.rejects('remove after close to reject', () => store.remove(['kind/a']))
  },
})

const crashPut = storeCase({
  clause: 'D4/store-crash-put',
  title: 'what a put resolved for survives a crash right after it',
  crashes: true,
  async trial(trial) {
    for (const round of [1, 2, 3]) {
      await trial.put([recordOf(`kind/${round}`, round), recordOf(`large/${round}`, round, 20_000)])
      await trial.crash()
      const all = [1, 2, 3].slice(0, round)
      await trial.expectRecords(all.flatMap((at) => [recordOf(`kind/${at}`, at), recordOf(`large/${at}`, at, 20_000)]))
    }
  },
})

const crashRemove = storeCase({
  clause: 'D4/store-crash-remove',
  title: 'what a remove resolved for is gone after a crash right after it',
  crashes: true,
  async trial(trial) {
    await trial.put([recordOf('kind/a'), recordOf('kind/b')])
    await trial.remove(['kind/a'])
    await trial.crash()
    await trial.expectRecords([recordOf('kind/b')])
  },
})

const OLD = 1
const NEW = 2
const UNDER_WAY = 20

const crashWhole = storeCase({
  clause: 'D4/store-crash-whole',
  title: 'a crash while records are written leaves each of them whole, with its old value or its new one',
  crashes: true,
  async trial(trial) {
    const keys = Array.from({ length: UNDER_WAY }, (_, at) => `kind/${at}`)
    await trial.put(keys.map((key) => recordOf(key, OLD, 1_000)))
    for (const key of keys) void trial.store.put([recordOf(key, NEW, 3_000)]).catch(() => {})
    await trial.crash()
    const records = await trial.load()
    const named = new Map(records.map((record) => [record.key, record]))
    for (const key of keys)
      expectThat(isOldOrNew(named.get(key)), `${key} as it was or as it was to be`, named.get(key))
    expectThat(records.length === keys.length, `${keys.length} records`, records.length)
    // The store goes on from there.
    await trial.put([recordOf('kind/after')])
    await trial.reopen()
    expectThat((await trial.load()).length === keys.length + 1, 'one more record after a put', 'another number')
  },
})

function isOldOrNew(record: StoredRecord | undefined): boolean {
  const isAll = (fill: number, octets: number): boolean =>
    record?.value.length === octets && record.value.every((octet) => octet === fill)
  return isAll(OLD, 1_000) || isAll(NEW, 3_000)
}

export const endingCases: readonly StoreCase[] = [
  reopened,
  closeFinishes,
  closeTwice,
  closed,
  crashPut,
  crashRemove,
  crashWhole,
]
