/** A path is over when its transport says so. */
import { createMemoryStore } from '@postern/core'
import { type Clock, systemClock, type Timer } from '@postern/transport-api'
import { test } from 'vitest'
import { linked, SocketWorld, until } from './socket-world.js'

/** A clock whose timers do not fire while it stands still. */
class StandingClock implements Clock {
  standsStill = false
  now = systemClock.now
  monotonic = systemClock.monotonic

  setTimer(fire: () => void, delayMs: number): Timer {
    return systemClock.setTimer(() => {
      if (!this.standsStill) fire()
    }, delayMs)
  }
}

test('4/paths: a tcp connection that has ended takes its path with it, before anything is sent in vain', async (t) => {
  const world = new SocketWorld(t.onTestFinished)
  const clock = new StandingClock()
  // With a store b goes without a word: it means to come back.
  const [a, b] = [
    await world.node({ tcp: 'out', clock }),
    await world.node({ tcp: 'both', store: createMemoryStore() }),
  ]
  world.introduce(a, b)
  await a.link(b).ready({ signal: AbortSignal.timeout(10_000) })
  await linked(a, b)
  clock.standsStill = true // a has nothing to say that would find out
  t.onTestFinished(() => {
    clock.standsStill = false
  })
  await b.core.close()
  await until(() => a.link(b).state !== 'up', 2_000)
})
