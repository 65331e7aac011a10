/** The cold measurement: a fresh process for each sample, one after the other, contestants in turn. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Progress } from '../progress.js'
import { seededRandom, shuffled } from '../stats/seeded-random.js'
import { type ColdOrder, coldArguments, readColdAnswer } from './cold-protocol.js'
import type { Samples } from './samples.js'

/** The ones the paper's question needs; further twins are measured warm only. */
const COLD_ROLES = new Set(['ours', 'raw'])
/** A child that has not answered by then is killed. */
const CHILD_LIMIT_MS = 30_000

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
export function processSampler(script: string, limitMs: number = CHILD_LIMIT_MS): TakeColdSample {
  return async (order) => {
    const what = `${order.contestant}, ${order.octets} octets, cold`
    let answer: string
    try {
      const done = await promisify(execFile)(process.execPath, [script, ...coldArguments(order)], {
        timeout: limitMs,
        killSignal: 'SIGKILL',
      })
      answer = done.stdout
    } catch (error) {
      const { killed, stderr } = error as { readonly killed?: boolean; readonly stderr?: string }
      const reason = killed ? `no answer within ${limitMs} ms` : (stderr?.trim() ?? '') || String(error)
      throw new Error(`${what}: ${reason}`, { cause: error })
    }
    const totalMs = readColdAnswer(answer)
    if (totalMs === null) throw new Error(`${what}: the child process answered nonsense`)
    return totalMs
  }
}
