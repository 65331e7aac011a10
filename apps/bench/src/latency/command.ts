/** `postern-bench latency`: the paper's Figure 5, on this machine, beside raw sockets. */
import type { Contestant, Pace } from '../contestants.js'
import { describeMachine, describeRuntime } from '../machine.js'
import type { OpenProgress } from '../progress.js'
import { measureCold, type TakeColdSample } from './cold.js'
import { type LatencyResult, latencyResult } from './result.js'
import type { Samples } from './samples.js'
import { measureWarm } from './warm.js'

/** How much of everything, for contestants of one pace. */
export interface Effort {
  /** In a run. */
  readonly messages: number
  readonly runs: number
  /** Runs before those, not kept. */
  readonly warmUp: number
  /** Fresh processes for each contestant and size. */
  readonly cold: number
}

export interface LatencyOptions {
  readonly contestants: readonly Contestant[]
  readonly sizes: readonly number[]
  readonly efforts: Readonly<Record<Pace, Effort>>
  readonly seed: number
}

export async function runLatency(
  { contestants: all, sizes, efforts, seed }: LatencyOptions,
  take: TakeColdSample,
  open: OpenProgress,
): Promise<LatencyResult> {
  const groups = (['fast', 'mail'] as const).flatMap((pace) => {
    const contestants = all.filter((contestant) => contestant.pace === pace)
    return contestants.length === 0 ? [] : [{ contestants, effort: efforts[pace] }]
  })
  const facts = {
    startedAt: new Date().toISOString(),
    machine: describeMachine(),
    runtime: describeRuntime(),
    seed,
    warmUpRounds: efforts.fast.warmUp,
  }
  const steps = groups.reduce((sum, { effort }) => sum + effort.warmUp + effort.runs + effort.cold, 0)
  const progress = open(steps, 'connecting')
  try {
    const samples: Samples[] = []
    for (const { contestants, effort } of groups) {
      const { messages, runs: rounds, warmUp: warmUpRounds, cold } = effort
      const own = await measureWarm({ contestants, sizes, messages, rounds, warmUpRounds, seed }, progress)
      await measureCold(own, { samples: cold, seed, take }, progress)
      samples.push(...own)
    }
    return latencyResult(facts, samples)
  } finally {
    progress.stop()
  }
}
