/** Random interleavings of everything a transport and a core can do, against a model of a dozen lines. */

import { VirtualClock } from '@postern/transport-testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SessionLife, SessionTable } from '../src/index.js'

const IDLE_MS = 1000
const MAX_UNHELD = 3

interface Modelled {
  readonly life: SessionLife
  holds: number
  over: boolean
  lastHeard: number
  secondChance: boolean
}

type Step =
  | { readonly act: 'open'; readonly origin: 'dialled' | 'inbound' }
  | { readonly act: 'heard' | 'associate' | 'release' | 'end'; readonly at: number }
  | { readonly act: 'advance'; readonly ms: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ act: fc.constant('open' as const), origin: fc.constantFrom('dialled' as const, 'inbound' as const) }),
    fc.record({ act: fc.constantFrom('heard', 'associate', 'release', 'end'), at: fc.nat(20) }),
    fc.record({ act: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 600 }) }),
  ),
  { maxLength: 80 },
)

class World {
  readonly clock = new VirtualClock(0)
  readonly sessions: Modelled[] = []
  /** Unheld sessions as the table should look at them. */
  line: Modelled[] = []
  readonly table = new SessionTable<number>({
    clock: this.clock,
    idleMs: IDLE_MS,
    maxUnheld: MAX_UNHELD,
    onOver: (session, why) => this.#over(this.sessions[session]!, why),
  })
  #expected: { readonly session: Modelled; readonly why: string } | null = null

  apply(step: Step): void {
    if (step.act === 'advance') return this.clock.advance(step.ms)
    if (step.act === 'open') return this.#open(step.origin)
    const session = this.sessions[step.at]
    if (session !== undefined) this.#touch(session, step.act)
  }

  check(): void {
    const live = this.sessions.filter(({ over }) => !over)
    expect(this.table.size).toBe(live.length)
    expect(this.table.unheld).toBe(this.line.length)
    expect(this.line.length).toBeLessThanOrEqual(MAX_UNHELD)
    expect(this.clock.pending).toBe(this.line.length > 0 ? 1 : 0)
    for (const { life, holds, over } of this.sessions) expect(life).toMatchObject({ holds, ended: over })
    for (const { lastHeard } of this.line) expect(this.clock.now() - lastHeard).toBeLessThanOrEqual(1.25 * IDLE_MS)
  }

  #open(origin: 'dialled' | 'inbound'): void {
    if (origin === 'inbound' && this.line.length === MAX_UNHELD)
      this.#expected = { session: this.#victim(), why: 'evicted' }
    const life = this.table.open(this.sessions.length, origin)
    expect(this.#expected).toBeNull()
    const holds = origin === 'dialled' ? 1 : 0
    const session: Modelled = { life, holds, over: false, lastHeard: this.clock.now(), secondChance: false }
    this.sessions.push(session)
    if (holds === 0) this.line.push(session)
  }

  #victim(): Modelled {
    for (;;) {
      const first = this.line[0]!
      if (!first.secondChance) return first
      first.secondChance = false
      this.line = [...this.line.slice(1), first]
    }
  }

  #touch(session: Modelled, act: 'heard' | 'associate' | 'release' | 'end'): void {
    if (act === 'heard') {
      session.life.heard()
      session.lastHeard = this.clock.now()
      session.secondChance = true
    } else if (act === 'associate') {
      expect(session.life.associate()).toBe(!session.over)
      if (session.over) return
      session.holds += 1
      this.line = this.line.filter((other) => other !== session)
    } else if (act === 'release') {
      if (session.holds === 1 && !session.over) this.#expected = { session, why: 'released' }
      const held = session.holds > 0
      if (held) session.holds -= 1
      expect(session.life.release()).toBe(held)
      expect(this.#expected).toBeNull()
    } else {
      session.life.end()
      this.#gone(session)
    }
  }

  #over(session: Modelled, why: 'released' | 'idle' | 'evicted'): void {
    expect(session.over, 'told once').toBe(false)
    if (why === 'idle') {
      expect(session.holds).toBe(0)
      expect(this.clock.now() - session.lastHeard).toBeGreaterThanOrEqual(IDLE_MS)
    } else {
      expect({ session, why }).toEqual(this.#expected)
      this.#expected = null
    }
    this.#gone(session)
  }

  #gone(session: Modelled): void {
    session.over = true
    this.line = this.line.filter((other) => other !== session)
  }
}

test('2.2/holds: whatever the interleaving, the table agrees with a simple model and leaves no timer behind', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const world = new World()
      for (const step of list) {
        world.apply(step)
        world.check()
      }
    }),
    { numRuns: 500 },
  )
})
