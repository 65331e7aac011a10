/** What harness and init are asked for: not waited for for ever, and what they reject with says who it was. */
import { AssertionError } from 'node:assert'
import { systemClock } from '@postern/transport-api'
import { show } from './expectation.js'
import { MICROTASK_TURNS, microtasks } from './microtasks.js'

/** Says whether `isDone` in time. */
export type Wait = (isDone: () => boolean) => Promise<boolean>

/** What `work` resolves to. AssertionError when it throws, rejects or does not settle; `expected` completes "expected …". */
export async function prepared<T>(expected: string, work: () => Promise<T>, wait: Wait): Promise<T> {
  const working = Promise.resolve().then(work)
  try {
    if (await wait(isSettled(working))) return await working
  } catch (error) {
    if (error instanceof AssertionError) throw error
    throw new AssertionError({ message: `expected ${expected}; seen: ${show(error)}` })
  }
  throw new AssertionError({ message: `expected ${expected}; seen: neither a result nor an error` })
}

/** True from the moment on at which `work` has come to a result or an error; the latter counts as handled. */
export function isSettled(work: Promise<unknown>): () => boolean {
  let isDone = false
  const done = (): void => {
    isDone = true
  }
  work.then(done, done)
  return () => isDone
}

/** Waits for `isDone` in the machine's time, for at most `patienceMs`. */
export async function machineWait(isDone: () => boolean, patienceMs: number): Promise<boolean> {
  await microtasks(MICROTASK_TURNS) // most things need no more
  for (const end = systemClock.monotonic() + patienceMs; !isDone(); ) {
    if (systemClock.monotonic() > end) return false
    await machineTurn()
  }
  return true
}

/** Lets sockets, files and timers of the machine get a turn. */
export function machineTurn(): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(resolve, 1))
}
