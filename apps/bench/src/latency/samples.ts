/** What was measured, before anything is computed from it. */
import type { Contestant } from '../contestants.js'
import { Distribution } from '../stats/distribution.js'

/** One contestant at one size. */
export interface Samples {
  readonly contestant: Contestant
  readonly octets: number
  /** In each run. */
  readonly messages: number
  /** The whole run, ms; one for each round, in the order of rounds. */
  readonly warmTotalMs: number[]
  /** The first run of a fresh process, ms; one for each process. */
  readonly coldTotalMs: number[]
  /** Every single message of the warm runs. */
  readonly perMessage: Distribution
}

export function noSamples(contestant: Contestant, octets: number, messages: number): Samples {
  return { contestant, octets, messages, warmTotalMs: [], coldTotalMs: [], perMessage: new Distribution() }
}

/** `stamps` as a Runner gives them. */
export function addWarmRun(samples: Samples, stamps: Float64Array): void {
  samples.warmTotalMs.push(totalMs(stamps))
  for (let at = 1; at < stamps.length; at += 1) samples.perMessage.add((stamps[at]! - stamps[at - 1]!) * 1000)
}

export function totalMs(stamps: Float64Array): number {
  return stamps[stamps.length - 1]! - stamps[0]!
}
