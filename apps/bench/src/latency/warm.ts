/**
 * The warm measurement. Every contestant stays connected from beginning to end. In each round each of them runs once: those of
 * one transport and one size next to each other, so that a wandering clock hits all alike, in an order drawn anew each time.
 * No round is discarded.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Contestant } from '../contestants.js'
import type { Runner } from '../ping-pong.js'
import type { Progress } from '../progress.js'
import { seededRandom, shuffled } from '../stats/seeded-random.js'
import { addWarmRun, noSamples, type Samples } from './samples.js'

export interface WarmPlan {
  readonly contestants: readonly Contestant[]
  readonly sizes: readonly number[]
  readonly messages: number
  readonly rounds: number
  /** Rounds like the others, before them, not kept: the just-in-time compiler settles. */
  readonly warmUpRounds: number
  readonly seed: number
}

/** Contestants that are compared with each other. */
type Block = readonly Entry[]

interface Entry {
  readonly runner: Runner
  readonly samples: Samples
}

export async function measureWarm(plan: WarmPlan, progress: Progress): Promise<readonly Samples[]> {
  const open: Runner[] = []
  try {
    const blocks = await openBlocks(plan, open)
    const random = seededRandom(plan.seed)
    for (let round = -plan.warmUpRounds; round < plan.rounds; round += 1) {
      for (const block of shuffled(blocks, random))
        for (const entry of shuffled(block, random)) await runOnce(entry, plan.messages, round >= 0)
      progress.step(round + 1 < 0 ? 'warming up' : 'warm rounds')
    }
    await Promise.all(open.map((runner) => runner.close()))
    return blocks.flat().map(({ samples }) => samples)
  } catch (error) {
    await Promise.allSettled(open.map((runner) => runner.close()))
    throw error
  }
}

/** What it opens is in `open`, also when it fails half-way. */
async function openBlocks({ contestants, sizes, messages }: WarmPlan, open: Runner[]): Promise<readonly Block[]> {
  const blocks: Block[] = []
  for (const transport of new Set(contestants.map((contestant) => contestant.transport))) {
    for (const octets of sizes) {
      const block: Entry[] = []
      for (const contestant of contestants.filter((candidate) => candidate.transport === transport)) {
        const runner = await contestant.open(octets)
        open.push(runner)
        block.push({ runner, samples: noSamples(contestant, octets, messages) })
      }
      blocks.push(block)
    }
  }
  return blocks
}

async function runOnce({ runner, samples }: Entry, messages: number, kept: boolean): Promise<void> {
  await nextTurn() // what the run before has left to do is done before the clock starts
  try {
    const stamps = await runner.run(messages)
    if (kept) addWarmRun(samples, stamps)
  } catch (error) {
    throw new Error(`${samples.contestant.name}, ${samples.octets} octets: ${reasonOf(error)}`, { cause: error })
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
