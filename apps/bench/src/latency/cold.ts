/** The cold measurement: a fresh process for each sample, one after the other, contestants in turn. */
import { askChild } from '../ask-child.js'
import type { Progress } from '../progress.js'
import { seededRandom, shuffled } from '../stats/seeded-random.js'
import { type ColdOrder, coldArguments, readColdAnswer } from './cold-protocol.js'
import type { Samples } from './samples.js'

/** The ones the paper's question needs; further twins are measured warm only. */
const COLD_ROLES = new Set(['ours', 'raw'])

export type TakeColdSample = (order: ColdOrder) => Promise<number>

export interface ColdPlan {
  /** Processes for each contestant and size. */
  readonly samples: number
  readonly seed: number
  readonly take: TakeColdSample
}

/** Puts `coldTotalMs` into what the warm measurement made. */
export async function measureCold(all: readonly Samples[], plan: ColdPlan, progress: Progress): Promise<void> {
  const random = seededRandom(plan.seed)
  const entries = all.filter(({ contestant }) => COLD_ROLES.has(contestant.role))
  for (let sample = 0; sample < plan.samples; sample += 1) {
    for (const { contestant, octets, messages, coldTotalMs } of shuffled(entries, random)) {
      coldTotalMs.push(await plan.take({ contestant: contestant.name, octets, messages }))
    }
    progress.step('cold processes')
  }
}

/** `script` is the CLI's own file. */
export function processSampler(script: string, limitMs?: number): TakeColdSample {
  return async (order) => {
    const what = `${order.contestant}, ${order.octets} octets, cold`
    const totalMs = readColdAnswer(await askChild(what, script, coldArguments(order), limitMs))
    if (totalMs === null) throw new Error(`${what}: the child process answered nonsense`)
    return totalMs
  }
}
