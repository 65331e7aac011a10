/** `postern-bench link`: how long two nodes take from nothing to the first message delivered, beside raw trips. */
import type { Pace } from '../contestants.js'
import { describeMachine, describeRuntime } from '../machine.js'
import type { OpenProgress } from '../progress.js'
import type { Door } from './doors.js'
import { measureLinks, type TakeCold } from './measure.js'
import { type LinkResult, linkResult } from './result.js'
import type { LinkSamples } from './samples.js'

/** How much of everything, for doors of one pace. */
export interface LinkEffort {
  readonly runs: number
  /** Runs before those, not kept. */
  readonly warmUp: number
  /** Fresh processes for each trial. */
  readonly cold: number
}

export interface LinkOptions {
  readonly doors: readonly Door[]
  readonly efforts: Readonly<Record<Pace, LinkEffort>>
  readonly seed: number
}

export async function runLink(
  { doors: all, efforts, seed }: LinkOptions,
  take: TakeCold,
  open: OpenProgress,
): Promise<LinkResult> {
  const groups = (['fast', 'mail'] as const).flatMap((pace) => {
    const doors = all.filter((door) => door.pace === pace)
    return doors.length === 0 ? [] : [{ doors, ...efforts[pace] }]
  })
  const facts = {
    startedAt: new Date().toISOString(),
    machine: describeMachine(),
    runtime: describeRuntime(),
    seed,
    warmUpRounds: efforts.fast.warmUp,
  }
  const progress = open(
    groups.reduce((sum, { warmUp, runs, cold }) => sum + warmUp + runs + cold, 0),
    'first links',
  )
  try {
    const samples: LinkSamples[] = []
    for (const { doors, runs: rounds, warmUp: warmUpRounds, cold } of groups)
      samples.push(...(await measureLinks({ doors, rounds, warmUpRounds, cold, seed }, take, progress)))
    return linkResult(facts, samples)
  } finally {
    progress.stop()
  }
}
