/** Saved inputs once more: what was found stays fixed. Reads no files: whoever calls does. */
import { Feeder } from './feeder.js'
import type { FuzzTarget } from './fuzz-target.js'

export interface Replayed {
  /** Inputs fed, seeds included. */
  readonly inputs: number
  /** One line for each that failed: its octets in hex, and why. */
  readonly failures: readonly string[]
}

/** Feeds the seeds of `target` and `corpus`, each input twice: the same input has one outcome. */
export function replay(target: FuzzTarget, corpus: readonly Uint8Array[]): Replayed {
  const inputs = [...target.seeds(), ...corpus].map((input) => input.slice(0, target.maxOctets))
  const feeder = new Feeder(target)
  const failures: string[] = []
  for (const input of inputs) {
    const [first, second] = [feeder.feed(input), feeder.feed(input)]
    const hex = Buffer.from(input).toString('hex')
    if (first.at === 'failure') failures.push(`${hex}: ${first.error.message}`)
    else if (second.at === 'failure' || second.outcome !== first.outcome) failures.push(`${hex}: not twice the same`)
  }
  return { inputs: inputs.length, failures }
}
