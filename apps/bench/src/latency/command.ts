/** `postern-bench latency`: the paper's Figure 5, on this machine, beside raw sockets. */
import type { Contestant } from '../contestants.js'
import { describeMachine, describeRuntime } from '../machine.js'
import type { OpenProgress } from '../progress.js'
import { measureCold, type TakeColdSample } from './cold.js'
import { type LatencyResult, latencyResult } from './result.js'
import { measureWarm } from './warm.js'

export interface LatencyOptions {
  readonly contestants: readonly Contestant[]
  readonly sizes: readonly number[]
  readonly messages: number
  readonly runs: number
  readonly warmUp: number
  /** Fresh processes for each contestant and size. */
  readonly cold: number
  readonly seed: number
}

export async function runLatency(
  options: LatencyOptions,
  take: TakeColdSample,
  open: OpenProgress,
): Promise<LatencyResult> {
  const { contestants, sizes, messages, runs: rounds, warmUp: warmUpRounds, cold, seed } = options
  const facts = {
    startedAt: new Date().toISOString(),
    machine: describeMachine(),
    runtime: describeRuntime(),
    seed,
    warmUpRounds,
    messages,
  }
  const progress = open(warmUpRounds + rounds + cold, 'connecting')
  try {
    const samples = await measureWarm({ contestants, sizes, messages, rounds, warmUpRounds, seed }, progress)
    await measureCold(samples, { messages, samples: cold, seed, take }, progress)
    return latencyResult(facts, samples)
  } finally {
    progress.stop()
  }
}
