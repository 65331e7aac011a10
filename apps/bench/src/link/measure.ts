/**
 * The rounds. In each, every trial of every door runs once: those of one door next to each other, so that a wandering clock hits all
 * alike, in an order drawn anew each time. No round is discarded.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { askChild } from '../ask-child.js'
import type { Progress } from '../progress.js'
import { seededRandom, shuffled } from '../stats/seeded-random.js'
import type { Door } from './doors.js'
import { readSampleAnswer, type SampleOrder, sampleArguments } from './sample-protocol.js'
import { addTimes, type LinkSamples, noSamples } from './samples.js'
import { runTrial, type Times, TRIALS } from './trial.js'

export interface LinkPlan {
  readonly doors: readonly Door[]
  readonly rounds: number
  /** Rounds like the others, before them, not kept: the just-in-time compiler settles. */
  readonly warmUpRounds: number
  /** Fresh processes for each trial. */
  readonly cold: number
  readonly seed: number
}

/** The first trial of a fresh process. */
export type TakeCold = (order: SampleOrder) => Promise<Times>

export async function measureLinks(
  plan: LinkPlan,
  take: TakeCold,
  progress: Progress,
): Promise<readonly LinkSamples[]> {
  const all = plan.doors.map(noSamples)
  const random = seededRandom(plan.seed)
  for (let round = -plan.warmUpRounds; round < plan.rounds; round += 1) {
    for (const { door, warm } of shuffled(all, random))
      for (const trial of shuffled(TRIALS, random)) {
        await nextTurn() // what the trial before has left to do is done
        const times = await runTrial(door, trial)
        if (round >= 0) addTimes(warm, times)
      }
    progress.step(round + 1 < 0 ? 'warming up' : 'warm rounds')
  }
  for (let sample = 0; sample < plan.cold; sample += 1) {
    for (const { door, cold } of shuffled(all, random))
      for (const trial of shuffled(TRIALS, random)) addTimes(cold, await take({ door: door.name, trial, runs: 1 }))
    progress.step('cold processes')
  }
  return all
}

/** `script` is the CLI's own file. */
export function coldTaker(script: string, limitMs?: number): TakeCold {
  return async (order) => {
    const what = `${order.door} ${order.trial}, cold`
    const answer = readSampleAnswer(await askChild(what, script, sampleArguments(order), limitMs), order.runs)
    if (answer === null) throw new Error(`${what}: the child process answered nonsense`)
    return answer.samples[0]!
  }
}
