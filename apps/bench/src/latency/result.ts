/** What `postern-bench latency --json` gives, computed from the samples. benchmarks/README.md explains every field. */
import type { Role } from '../contestants.js'
import type { Machine, Runtime } from '../machine.js'
import { estimateMedian, median } from '../stats/median.js'
import { pairedRatio } from '../stats/paired-ratio.js'
import { isSuspect, paperMs } from './figure-5.js'
import type { Samples } from './samples.js'

export interface LatencyResult {
  readonly figure: '5'
  readonly startedAt: string
  readonly machine: Machine
  readonly runtime: Runtime
  readonly seed: number
  readonly warmUpRounds: number
  /** The largest of all rows. */
  readonly aaNoise: number
  readonly rows: readonly LatencyRow[]
  readonly samples: readonly SampleRecord[]
}

export interface LatencyRow {
  readonly transport: string
  readonly bytes: number
  readonly messages: number
  readonly runs: number
  readonly totalMs: { readonly median: number; readonly ci95: readonly [number, number] }
  readonly rawTotalMs: { readonly median: number; readonly ci95: readonly [number, number] }
  readonly ratio: number
  readonly ratioCi95: readonly [number, number]
  /** What the intervals of this row are worth: 0.95 and a little more, less with fewer than six runs. */
  readonly coverage: number
  readonly p50Us: number
  readonly p99Us: number
  readonly rawP50Us: number
  readonly rawP99Us: number
  readonly coldTotalMs: number | null
  readonly rawColdTotalMs: number | null
  readonly coldRatio: number | null
  readonly connectedRawTotalMs: number | null
  readonly connectedRatio: number | null
  readonly paperMs: number | null
  readonly aaNoise: number
  readonly suspect: boolean
}

export interface SampleRecord {
  readonly transport: string
  readonly bytes: number
  readonly contestant: Role
  readonly warmTotalMs: readonly number[]
  readonly coldTotalMs: readonly number[]
  readonly perMessageUs: readonly (readonly [us: number, count: number])[]
}

/** Everything about a run that is not a sample. */
export type RunFacts = Pick<LatencyResult, 'startedAt' | 'machine' | 'runtime' | 'seed' | 'warmUpRounds'>

export function latencyResult(facts: RunFacts, samples: readonly Samples[]): LatencyResult {
  const ours = samples.filter(({ contestant }) => contestant.role === 'ours')
  const rows = ours.map((own) => latencyRow(own, samples))
  const aaNoise = Math.max(...rows.map((row) => row.aaNoise))
  return { figure: '5', ...facts, aaNoise, rows, samples: samples.map(record) }
}

function latencyRow(ours: Samples, all: readonly Samples[]): LatencyRow {
  const { messages, contestant } = ours
  const { transport } = contestant
  const peer = (role: Role) =>
    all.find(
      ({ contestant, octets }) =>
        contestant.transport === transport && contestant.role === role && octets === ours.octets,
    )
  const raw = peer('raw')!
  const again = peer('raw-again')!
  const connected = peer('raw-connected')
  const total = estimateMedian(ours.warmTotalMs)
  const rawTotal = estimateMedian(raw.warmTotalMs)
  const ratio = pairedRatio(ours.warmTotalMs, raw.warmTotalMs)
  const cold = ours.coldTotalMs.length > 0 && raw.coldTotalMs.length > 0
  return {
    transport,
    bytes: ours.octets,
    messages,
    runs: ours.warmTotalMs.length,
    totalMs: { median: round(total.median), ci95: roundPair(total.ci95) },
    rawTotalMs: { median: round(rawTotal.median), ci95: roundPair(rawTotal.ci95) },
    ratio: round(ratio.median),
    ratioCi95: roundPair(ratio.ci95),
    coverage: round(ratio.coverage),
    p50Us: ours.perMessage.quantileUs(0.5),
    p99Us: ours.perMessage.quantileUs(0.99),
    rawP50Us: raw.perMessage.quantileUs(0.5),
    rawP99Us: raw.perMessage.quantileUs(0.99),
    coldTotalMs: cold ? round(median(ours.coldTotalMs)) : null,
    rawColdTotalMs: cold ? round(median(raw.coldTotalMs)) : null,
    coldRatio: cold ? round(pairedRatio(ours.coldTotalMs, raw.coldTotalMs).median) : null,
    connectedRawTotalMs: connected === undefined ? null : round(median(connected.warmTotalMs)),
    connectedRatio: connected === undefined ? null : round(pairedRatio(ours.warmTotalMs, connected.warmTotalMs).median),
    paperMs: paperMs(transport, ours.octets),
    aaNoise: round(Math.abs(pairedRatio(again.warmTotalMs, raw.warmTotalMs).median - 1)),
    suspect: isSuspect(transport, (rawTotal.median * 1000) / messages),
  }
}

function record({ contestant, octets, warmTotalMs, coldTotalMs, perMessage }: Samples): SampleRecord {
  return {
    transport: contestant.transport,
    bytes: octets,
    contestant: contestant.role,
    warmTotalMs: warmTotalMs.map(round),
    coldTotalMs: coldTotalMs.map(round),
    perMessageUs: perMessage.pairs(),
  }
}

/** Ten-thousandths: 0.1 µs where the unit is ms. */
const round = (value: number): number => Math.round(value * 10_000) / 10_000
const roundPair = ([low, high]: readonly [number, number]): readonly [number, number] => [round(low), round(high)]
