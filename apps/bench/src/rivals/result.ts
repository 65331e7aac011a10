/** What `postern-bench rivals --json` gives, computed from the samples. README.md explains every field. */
import { type Estimate, roundEstimate, roundMs } from '../link/result.js'
import type { SampleAnswer } from '../link/sample-protocol.js'
import type { Machine, Runtime } from '../machine.js'
import { estimateMedian, median } from '../stats/median.js'
import { pairedRatio } from '../stats/paired-ratio.js'
import { REFERENCE, type Rival } from './rival.js'

export interface RivalsResult {
  readonly figure: 'rivals'
  readonly startedAt: string
  readonly machine: Machine
  readonly runtime: Runtime
  readonly seed: number
  readonly runs: number
  readonly warmUp: number
  /** Of the rival, by package. */
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly RivalRow[]
  readonly samples: readonly RivalRecord[]
}

/** Everything about a run that is not a sample. */
export type RivalsFacts = Omit<RivalsResult, 'figure' | 'versions' | 'rows' | 'samples'>

export interface RivalRow {
  readonly name: string
  readonly processes: number
  /** Of the medians of the processes, each over its runs after the warm-up. */
  readonly warmMs: Estimate
  /** Of the first links of the processes. */
  readonly coldMs: Estimate
  /** From the start of the process to the first octet of its first link: loading and making two nodes included. */
  readonly startMs: Estimate
  /** Against REFERENCE, within a round. */
  readonly warmRatio: Estimate
  readonly coldRatio: Estimate
  readonly coverage: number
}

/** For each process, in the order of rounds. */
export interface RivalRecord {
  readonly name: string
  readonly startMs: readonly number[]
  readonly linksMs: readonly (readonly number[])[]
}

export interface RivalSamples {
  readonly rival: Rival
  readonly answers: SampleAnswer[]
}

/** Throws for an answer without what was asked for. */
export function rivalsResult(facts: RivalsFacts, all: readonly RivalSamples[]): RivalsResult {
  const records = all.map(record)
  const reference = records.find(({ name }) => name === REFERENCE) ?? records[0]!
  const versions = Object.assign({}, ...all.flatMap(({ answers }) => answers.map((answer) => answer.versions)))
  const rows = records.map((one) => rivalRow(one, reference, facts.warmUp))
  return { figure: 'rivals', ...facts, versions, rows, samples: records }
}

function record({ rival: { name, measure }, answers }: RivalSamples): RivalRecord {
  const of = (sample: Readonly<Record<string, number>>, which: string): number => {
    const ms = sample[which]
    if (ms === undefined) throw new Error(`${name}: the child process did not say ${which}`)
    return roundMs(ms)
  }
  return {
    name,
    startMs: answers.map(({ samples }) => of(samples[0]!, 'since-start')),
    linksMs: answers.map(({ samples }) => samples.map((sample) => of(sample, measure))),
  }
}

function rivalRow(one: RivalRecord, reference: RivalRecord, warmUp: number): RivalRow {
  const warm = ({ linksMs }: RivalRecord): readonly number[] => linksMs.map((links) => median(links.slice(warmUp)))
  const cold = ({ linksMs }: RivalRecord): readonly number[] => linksMs.map((links) => links[0]!)
  const ratio = pairedRatio(warm(one), warm(reference))
  return {
    name: one.name,
    processes: one.linksMs.length,
    warmMs: roundEstimate(estimateMedian(warm(one))),
    coldMs: roundEstimate(estimateMedian(cold(one))),
    startMs: roundEstimate(estimateMedian(one.startMs)),
    warmRatio: roundEstimate(ratio),
    coldRatio: roundEstimate(pairedRatio(cold(one), cold(reference))),
    coverage: roundMs(ratio.coverage),
  }
}
