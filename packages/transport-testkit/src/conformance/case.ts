/** A case of the suite as data: whoever runs it chooses the runner. */
import type { TransportTraits } from '@postern/transport-api'
import type { ConformanceHarness } from './harness.js'
import type { Trial } from './trial.js'
import { withTrial } from './with-trial.js'

export interface ConformanceCase {
  /** `P` and the section of the paper, or `D` and that of DESIGN, then a word: `P2.2/holds`. One clause, one case. */
  readonly clause: string
  /** The promise, as one sentence. */
  readonly title: string
  /** Where an author looks when it is broken. */
  readonly look: string
  /** False: the traits say that this transport does not promise it. */
  appliesTo(traits: TransportTraits): boolean
  /** Rejects with an AssertionError that says what was seen. `seed` names the chance in it. */
  run(harness: ConformanceHarness, options?: RunOptions): Promise<void>
}

export interface RunOptions {
  /** A u32. */
  readonly seed?: number
  /** What the machine's time may take at most for one thing that is waited for, ms. */
  readonly patienceMs?: number
}

export interface CaseDraft extends Pick<ConformanceCase, 'clause' | 'title' | 'look'> {
  readonly appliesTo?: (traits: TransportTraits) => boolean
  readonly trial: (trial: Trial) => Promise<void>
}

/** `trial` in a world of its own, which is taken down whatever came of it. */
export function conformanceCase({ clause, title, look, appliesTo = () => true, trial }: CaseDraft): ConformanceCase {
  return {
    clause,
    title,
    look,
    appliesTo,
    run: (harness, options) => withTrial(harness, options, trial),
  }
}
