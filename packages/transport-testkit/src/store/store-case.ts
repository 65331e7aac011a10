/** A promise of a store as data: whoever runs it chooses the runner. */
import type { StoreHarness } from './store-harness.js'
import { StoreTrial } from './store-trial.js'

export interface StoreCase {
  /** `D4/store-` and a word. One clause, one case. */
  readonly clause: string
  /** The promise, as one sentence. */
  readonly title: string
  /** False: this store does not promise it. */
  appliesTo(harness: StoreHarness): boolean
  /** Rejects with an AssertionError that says what was seen. */
  run(harness: StoreHarness, options?: StoreRunOptions): Promise<void>
}

export interface StoreRunOptions {
  /** What the machine's time may take at most for one thing that is waited for, ms; 10 s when left out. */
  readonly patienceMs?: number
}

export interface StoreCaseDraft extends Pick<StoreCase, 'clause' | 'title'> {
  /** It crashes the store. */
  readonly crashes?: boolean
  readonly trial: (trial: StoreTrial) => Promise<void>
}

const PATIENCE_MS = 10_000

/** `trial` in a place of its own, which is given back whatever came of it. */
export function storeCase({ clause, title, crashes = false, trial: work }: StoreCaseDraft): StoreCase {
  return {
    clause,
    title,
    appliesTo: ({ survivesCrash }) => survivesCrash || !crashes,
    async run(harness, { patienceMs = PATIENCE_MS } = {}) {
      const trial = await StoreTrial.open(harness, patienceMs)
      try {
        await work(trial)
      } catch (error) {
        await trial.end().catch(() => {}) // what went wrong first counts more
        throw error
      }
      await trial.end()
    },
  }
}
