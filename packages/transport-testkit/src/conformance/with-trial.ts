/** A trial from its world's beginning to its end. */
import type { RunOptions } from './case.js'
import type { ConformanceHarness } from './harness.js'
import { Trial } from './trial.js'

/**
 * `work` in a world of its own, which is taken down whatever came of it. What goes wrong in `work` counts more than what goes wrong
 * afterwards.
 */
export async function withTrial<T>(
  harness: ConformanceHarness,
  options: RunOptions | undefined,
  work: (trial: Trial) => Promise<T>,
): Promise<T> {
  const trial = await Trial.open(harness, options)
  let result: T
  try {
    result = await work(trial)
  } catch (error) {
    await trial.close().catch(() => {})
    throw error
  }
  await trial.close()
  return result
}
