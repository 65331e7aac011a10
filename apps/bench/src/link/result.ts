/** What `postern-bench link --json` gives, computed from the samples. README.md explains every field. */
import type { Machine, Runtime } from '../machine.js'
import { estimateMedian, type MedianEstimate, median } from '../stats/median.js'
import { pairedDifference } from '../stats/paired-difference.js'
import type { KeptMeasure, LinkSamples, Series } from './samples.js'

export interface LinkResult {
  readonly figure: 'link'
  readonly startedAt: string
  readonly machine: Machine
  readonly runtime: Runtime
  readonly seed: number
  readonly warmUpRounds: number
  readonly rows: readonly LinkRow[]
  readonly samples: readonly LinkSampleRecord[]
}

/** Everything about a run that is not a sample. */
export type LinkFacts = Omit<LinkResult, 'figure' | 'rows' | 'samples'>

export interface LinkRow {
  readonly transport: string
  readonly measure: 'early' | 'ready' | 'first-byte'
  /** What the twin did meanwhile, and what no link can be faster than. */
  readonly trip: 'one-way' | 'round-trip'
  readonly runs: number
  readonly ms: Estimate
  readonly tripMs: Estimate
  /** Ours less the trip, within a round. */
  readonly overMs: Estimate
  /** What the intervals of this row are worth: 0.95 and a little more, less with fewer than six runs. */
  readonly coverage: number
  readonly coldProcesses: number
  /** Medians; null where no cold process was asked for. */
  readonly coldMs: number | null
  readonly coldTripMs: number | null
  readonly coldOverMs: number | null
}

export interface Estimate {
  readonly median: number
  readonly ci95: readonly [number, number]
}

export interface LinkSampleRecord {
  readonly transport: string
  readonly warmMs: Readonly<Record<KeptMeasure, readonly number[]>>
  readonly coldMs: Readonly<Record<KeptMeasure, readonly number[]>>
}

const ROWS = [
  ['early', 'one-way'],
  ['ready', 'round-trip'],
  ['first-byte', 'round-trip'],
] as const

export function linkResult(facts: LinkFacts, all: readonly LinkSamples[]): LinkResult {
  return {
    figure: 'link',
    ...facts,
    rows: all.flatMap((samples) => ROWS.map(([measure, trip]) => linkRow(samples, measure, trip))),
    samples: all.map(({ door, warm, cold }) => ({
      transport: door.name,
      warmMs: roundSeries(warm),
      coldMs: roundSeries(cold),
    })),
  }
}

function linkRow({ door, warm, cold }: LinkSamples, measure: LinkRow['measure'], trip: LinkRow['trip']): LinkRow {
  const over = pairedDifference(warm[measure], warm[trip])
  const coldProcesses = cold[measure].length
  const ofCold = (ms: () => number): number | null => (coldProcesses === 0 ? null : roundMs(ms()))
  return {
    transport: door.name,
    measure,
    trip,
    runs: warm[measure].length,
    ms: roundEstimate(estimateMedian(warm[measure])),
    tripMs: roundEstimate(estimateMedian(warm[trip])),
    overMs: roundEstimate(over),
    coverage: roundMs(over.coverage),
    coldProcesses,
    coldMs: ofCold(() => median(cold[measure])),
    coldTripMs: ofCold(() => median(cold[trip])),
    coldOverMs: ofCold(() => pairedDifference(cold[measure], cold[trip]).median),
  }
}

function roundSeries(series: Series): LinkSampleRecord['warmMs'] {
  const { early, ready, 'first-byte': firstByte, 'one-way': oneWay, 'round-trip': roundTrip } = series
  return {
    early: early.map(roundMs),
    ready: ready.map(roundMs),
    'first-byte': firstByte.map(roundMs),
    'one-way': oneWay.map(roundMs),
    'round-trip': roundTrip.map(roundMs),
  }
}

export function roundEstimate({ median, ci95 }: MedianEstimate): Estimate {
  return { median: roundMs(median), ci95: [roundMs(ci95[0]), roundMs(ci95[1])] }
}

/** Ten-thousandths: 0.1 µs where the unit is ms. */
export const roundMs = (value: number): number => Math.round(value * 10_000) / 10_000
