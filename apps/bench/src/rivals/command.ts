/** `postern-bench rivals`: links of ours and of theirs, process by process in turn, on the same Node. */
import { describeMachine, describeRuntime } from '../machine.js'
import type { OpenProgress } from '../progress.js'
import { seededRandom, shuffled } from '../stats/seeded-random.js'
import { type RivalSamples, type RivalsResult, rivalsResult } from './result.js'
import type { Rival } from './rival.js'

export interface RivalsPlan {
  readonly contestants: readonly Rival[]
  /** Of each; a round is one of each, in an order drawn anew. */
  readonly processes: number
  /** In each process. */
  readonly runs: number
  /** Of those, not counted as warm. */
  readonly warmUp: number
  readonly seed: number
}

export async function runRivals(plan: RivalsPlan, open: OpenProgress): Promise<RivalsResult> {
  const { contestants, processes, runs, warmUp, seed } = plan
  const startedAt = new Date().toISOString()
  const facts = { startedAt, machine: describeMachine(), runtime: describeRuntime(), seed, runs, warmUp }
  const all = contestants.map((rival): RivalSamples => ({ rival, answers: [] }))
  const random = seededRandom(seed)
  const progress = open(processes * all.length, 'first processes')
  try {
    for (let round = 0; round < processes; round += 1)
      for (const { rival, answers } of shuffled(all, random)) {
        answers.push(await rival.links(runs))
        progress.step(rival.name)
      }
    return rivalsResult(facts, all)
  } finally {
    progress.stop()
  }
}
