/** A case of the suite of stores at work: one place, one store in it at a time, and the waiting, which has an end. */
import { expectThat } from '../conformance/expectation.js'
import { isSettled, machineWait, prepared } from '../conformance/preparation.js'
import type { StoredRecord, StoreHarness, StorePlace, StoreUnderTest } from './store-harness.js'

/** More than any case puts: a store that never ends is given up. */
const MOST_LOADED = 100_000

export class StoreTrial {
  readonly #place: StorePlace
  readonly #patienceMs: number
  #store: StoreUnderTest
  #isOpen = true

  private constructor(place: StorePlace, store: StoreUnderTest, patienceMs: number) {
    this.#place = place
    this.#store = store
    this.#patienceMs = patienceMs
  }

  static async open(harness: StoreHarness, patienceMs: number): Promise<StoreTrial> {
    const place = await harness.openPlace()
    return new StoreTrial(place, await place.open(), patienceMs)
  }

  /** The store itself, for what is not waited for. */
  get store(): StoreUnderTest {
    return this.#store
  }

  put(records: readonly StoredRecord[]): Promise<void> {
    return this.settles('put to resolve', () => this.#store.put(records))
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.settles('remove to resolve', () => this.#store.remove(keys))
  }

  /** All records, as they come. `between` is called after each. */
  load(between: (record: StoredRecord) => unknown = () => {}): Promise<readonly StoredRecord[]> {
    return this.settles('load to come to its end', async () => {
      const records: StoredRecord[] = []
      for await (const record of this.#store.load()) {
        records.push(record)
        await between(record)
        if (records.length > MOST_LOADED) break
      }
      return records
    })
  }

  /** AssertionError unless the store has these records, each once, octet for octet, and no others. */
  async expectRecords(wanted: readonly StoredRecord[]): Promise<void> {
    expectSameRecords(await this.load(), wanted)
  }

  close(): Promise<void> {
    this.#isOpen = false
    return this.settles('close to resolve', () => this.#store.close())
  }

  /** The store of the same place once more, after an orderly end. */
  async reopen(): Promise<void> {
    if (this.#isOpen) await this.close()
    await this.#open()
  }

  /** The same after a crash. */
  async crash(): Promise<void> {
    this.#isOpen = false
    await this.settles('crash of the harness to resolve', () => this.#place.crash())
    await this.#open()
  }

  async end(): Promise<void> {
    if (this.#isOpen) await this.close()
    await this.settles('close of the harness to resolve', () => this.#place.close())
  }

  /** What `work` resolves to. AssertionError when it rejects or takes too long. */
  settles<T>(expected: string, work: () => Promise<T>): Promise<T> {
    return prepared(expected, work, (isDone) => machineWait(isDone, this.#patienceMs))
  }

  /** AssertionError unless `work` rejects. */
  async rejects(expected: string, work: () => Promise<unknown>): Promise<void> {
    let seen = 'neither a result nor an error'
    const working = Promise.resolve().then(work)
    working.then(
      () => {
        seen = 'it resolved'
      },
      () => {
        seen = ''
      },
    )
    await machineWait(isSettled(working), this.#patienceMs)
    expectThat(seen === '', expected, seen)
  }

  async #open(): Promise<void> {
    this.#store = await this.settles('the store to open again', () => this.#place.open())
    this.#isOpen = true
  }
}

/** AssertionError unless they are the same records, in any order. */
export function expectSameRecords(seen: readonly StoredRecord[], wanted: readonly StoredRecord[]): void {
  const keys = seen.map(({ key }) => key)
  const twice = keys.length === new Set(keys).size ? undefined : keys.find((key, at) => keys.indexOf(key) !== at)
  expectThat(twice === undefined, 'each record once', `${twice} twice`)
  const values = new Map(seen.map(({ key, value }) => [key, value]))
  for (const { key, value } of wanted) {
    const found = values.get(key)
    expectThat(found !== undefined, `a record ${key}`, keys.length > 20 ? `${keys.length} others` : keys)
    expectThat(found instanceof Uint8Array, `the value of ${key} to be a Uint8Array`, typeof found)
    const isSame = Buffer.compare(found, value) === 0
    expectThat(isSame, `the ${value.byteLength} octets of ${key} that were put`, found)
  }
  const wantedKeys = new Set(wanted.map(({ key }) => key))
  const strange = keys.find((key) => !wantedKeys.has(key))
  expectThat(strange === undefined, 'no record but those that were put', strange)
}

/** A record whose value is `octets` times `fill`. */
export function recordOf(key: string, fill = 1, octets = 8): StoredRecord {
  return { key, value: new Uint8Array(octets).fill(fill) }
}
