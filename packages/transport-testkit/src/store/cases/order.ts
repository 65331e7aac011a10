/** Several things at once: core does not wait for one before it asks for the next. */
import { expectThat } from '../../conformance/expectation.js'
import { type StoreCase, storeCase } from '../store-case.js'
import { expectSameRecords, recordOf } from '../store-trial.js'

const order = storeCase({
  clause: 'D4/store-order',
  title: 'put and remove of one key take effect in the order in which they were called, whoever waits for them',
  async trial(trial) {
    const { store } = trial
    const asked = [
      store.put([recordOf('kind/a', 1)]),
      store.put([recordOf('kind/a', 2)]),
      store.remove(['kind/a']),
      store.put([recordOf('kind/a', 3)]),
    ]
    await trial.settles('put and remove to resolve', () => Promise.all(asked))
    await trial.expectRecords([recordOf('kind/a', 3)])
    const again = [store.put([recordOf('kind/a', 4)]), store.remove(['kind/a'])]
    await trial.settles('put and remove to resolve', () => Promise.all(again))
    await trial.expectRecords([])
  },
})

const AT_ONCE = 100

const concurrent = storeCase({
  clause: 'D4/store-concurrent',
  title: 'a hundred puts at once lose nothing of one another',
  async trial(trial) {
    const all = Array.from({ length: AT_ONCE }, (_, at) => recordOf(`kind/${at}`, at))
    await trial.settles('all puts to resolve', () => Promise.all(all.map((record) => trial.store.put([record]))))
    await trial.expectRecords(all)
  },
})

const LOADED = 50

const loadWhileWriting = storeCase({
  clause: 'D4/store-load-while-writing',
  title: 'a load while others are written has each untouched record once, and of the others only whole ones',
  async trial(trial) {
    const still = Array.from({ length: LOADED }, (_, at) => recordOf(`still/${at}`, at))
    const moving = Array.from({ length: LOADED }, (_, at) => recordOf(`moving/${at}`, 1, 100))
    await trial.put(still.flatMap((record, at) => [moving[at]!, record]))
    const writes: Promise<void>[] = []
    const seen = await trial.load(() => {
      const at = writes.length >> 1
      if (at >= LOADED) return
      writes.push(trial.store.remove([`moving/${at}`]), trial.store.put([recordOf(`new/${at}`, 2, 100)]))
      return writes.at(-1)
    })
    await trial.settles('what was written meanwhile to resolve', () => Promise.all(writes))
    expectSameRecords(
      seen.filter(({ key }) => key.startsWith('still/')),
      still,
    )
    for (const { key, value } of seen) {
      const fill = key.startsWith('moving/') ? 1 : 2
      const isWhole = key.startsWith('still/') || (value.length === 100 && value.every((octet) => octet === fill))
      expectThat(isWhole, `${key} whole, or not at all`, value)
    }
  },
})

export const orderCases: readonly StoreCase[] = [order, concurrent, loadWhileWriting]
