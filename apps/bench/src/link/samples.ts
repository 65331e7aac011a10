/** What was measured, before anything is computed from it. */
import type { Door } from './doors.js'
import type { Times } from './trial.js'

/** What is kept of a trial. */
export const KEPT_MEASURES = ['early', 'ready', 'first-byte', 'one-way', 'round-trip'] as const
export type KeptMeasure = (typeof KEPT_MEASURES)[number]

/** ms; one for each round, in the order of rounds. */
export type Series = Readonly<Record<KeptMeasure, number[]>>

export interface LinkSamples {
  readonly door: Door
  /** Nodes and sockets are new in each run; the process is not. */
  readonly warm: Series
  /** The first of a fresh process. */
  readonly cold: Series
}

export const noSamples = (door: Door): LinkSamples => ({ door, warm: noSeries(), cold: noSeries() })

export function addTimes(series: Series, times: Times): void {
  for (const measure of KEPT_MEASURES) {
    const ms = times[measure]
    if (ms !== undefined) series[measure].push(ms)
  }
}

function noSeries(): Series {
  return { early: [], ready: [], 'first-byte': [], 'one-way': [], 'round-trip': [] }
}
