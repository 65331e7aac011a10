/** What a record is: its octets, its key, its place among others. */
import { expectThat } from '../../conformance/expectation.js'
import { type StoreCase, storeCase } from '../store-case.js'
import type { StoredRecord } from '../store-harness.js'
import { recordOf } from '../store-trial.js'

const octets = storeCase({
  clause: 'D4/store-octets',
  title: 'what was put is loaded octet for octet: none, one of each value, and 65 536 of them',
  async trial(trial) {
    await trial.expectRecords([])
    const every = Uint8Array.from({ length: 256 }, (_, at) => at)
    const large = Uint8Array.from({ length: 65_536 }, (_, at) => (at * 31) >> 3)
    const records = [
      { key: 'kind/none', value: new Uint8Array(0) },
      { key: 'kind/every', value: every },
      { key: 'kind/large', value: large },
      // A view of a larger buffer: what is around it is none of the store's business.
      { key: 'kind/view', value: large.subarray(100, 200) },
    ]
    await trial.put(records)
    await trial.expectRecords(records)
  },
})

const replaced = storeCase({
  clause: 'D4/store-replaced',
  title: 'a record with the same key is replaced, by a longer and by a shorter one',
  async trial(trial) {
    await trial.put([recordOf('kind/a', 1, 40), recordOf('kind/b', 2)])
    await trial.put([recordOf('kind/a', 3, 400)])
    await trial.expectRecords([recordOf('kind/a', 3, 400), recordOf('kind/b', 2)])
    await trial.put([recordOf('kind/a', 4, 4)])
    await trial.expectRecords([recordOf('kind/a', 4, 4), recordOf('kind/b', 2)])
  },
})

const removed = storeCase({
  clause: 'D4/store-removed',
  title: 'what was removed is gone, what was not stays, and unknown keys are passed over',
  async trial(trial) {
    const others = [recordOf('kind/ab'), recordOf('kind/b'), recordOf('kin/a')]
    await trial.put([recordOf('kind/a'), recordOf('kind/c'), ...others])
    await trial.remove(['kind/a', 'kind/unknown', 'kind/c'])
    await trial.expectRecords(others)
    await trial.remove(['kind/a'])
    await trial.remove([])
    await trial.put([])
    await trial.expectRecords(others)
  },
})

/** 0x21 to 0x7e. */
const PRINTABLE = Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at))
/** What file systems, URLs and databases would make something of. */
const AWKWARD = ['../../escape', 'a/../b', '.', '..', '/', 'con', 'nul.txt', '%2e%2e', '~', "'; drop table x; --", '*']
const KEYS = [
  ...PRINTABLE.map((character) => `kind/${character}`),
  ...AWKWARD.map((name) => `awkward/${name}`),
  ...['Case', 'case', 'CASE', 'cASE'],
  'a'.repeat(128),
  'A'.repeat(128),
  PRINTABLE.join(''),
].map((key) => key.replaceAll(' ', '_'))

const keys = storeCase({
  clause: 'D4/store-keys',
  title: 'every printable character of ASCII may be in a key, up to 128 of them, case counts, and no key is a path',
  async trial(trial) {
    const records = KEYS.map((key, at) => recordOf(key, at))
    await trial.put(records)
    await trial.expectRecords(records)
    const gone = new Set(KEYS.filter((_, at) => at % 2 === 0))
    await trial.remove([...gone])
    await trial.expectRecords(records.filter(({ key }) => !gone.has(key)))
  },
})

const copies = storeCase({
  clause: 'D4/store-copies',
  title:
    'neither the octets that were put nor those that were loaded are the store’s own: changing them changes nothing',
  async trial(trial) {
    const given: StoredRecord = recordOf('kind/a', 5)
    await trial.put([given])
    given.value.fill(6)
    const [first] = await trial.load()
    expectThat(first?.value[0] === 5, 'the octets as they were when put resolved', first?.value)
    first.value.fill(7)
    const [second] = await trial.load()
    expectThat(second?.value[0] === 5, 'the octets as they were before a loaded value was changed', second?.value)
  },
})

const MANY = 10_000

const many = storeCase({
  clause: 'D4/store-many',
  title: '10 000 records, put some hundreds at a time, are all there',
  async trial(trial) {
    const all = Array.from({ length: MANY }, (_, at) => recordOf(`kind/${at}`, at, 100))
    for (let at = 0; at < MANY; at += 500) await trial.put(all.slice(at, at + 500))
    await trial.expectRecords(all)
  },
})

export const recordCases: readonly StoreCase[] = [octets, replaced, removed, keys, copies, many]
