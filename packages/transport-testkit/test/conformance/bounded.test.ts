/** What never ends, and harnesses that fail: a case is broken and says by whom; the suite goes on. */
import type { InitTransport, Transport } from '@postern/transport-api'
import {
  type ConformanceHarness,
  mutants,
  runConformance,
  simHarness,
  type TransportWorld,
} from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { METHODS, never, PATIENCE_MS, reportOn, seenIn, VALUES, withMembers } from './bad-transports.js'

describe('7/bad input: what never ends', () => {
  test.each(['startTransportServer', 'stopTransportServer', 'connect'])(
    '%s that hangs breaks the case, in bounded time',
    async (member) => {
      const report = await reportOn(
        withMembers(() => ({ [member]: never })),
        [...VALUES, 'D2/stop-idempotent'],
      )
      const clause = member === 'stopTransportServer' ? 'D2/stop-idempotent' : 'P2.1/values'
      expect(seenIn(report, clause)).toMatch(/^expected .* to settle; seen: neither a result nor an error$/)
    },
  )

  test.each(['startTransportServer', 'stopTransportServer', 'connect'])(
    '%s that hangs in real time, too',
    async (member) => {
      const around = withMembers(() => ({ [member]: never }))
      const sound = simHarness({ style: 'datagram', around: around as (init: InitTransport) => InitTransport })
      const harness: ConformanceHarness = {
        ...sound,
        openWorld: async (env) => ({ ...(await sound.openWorld(env)), time: 'real' }),
      }
      const report = await runConformance(harness, { patienceMs: PATIENCE_MS, clauses: ['D2/restart'] })
      expect(seenIn(report, 'D2/restart')).toBe(`expected ${member} to settle; seen: neither a result nor an error`)
      expect(report.results[0]!.tookMs).toBeLessThan(100 * PATIENCE_MS)
    },
  )

  test('a timer that sets itself again without delay is named, not waited for', async () => {
    const report = await reportOn(
      (init): InitTransport =>
        async (core, env) => {
          const sound = (await init(core, env))!
          return Object.assign(Object.create(sound) as Transport, {
            ...bound(sound),
            startTransportServer: async () => {
              await sound.startTransportServer()
              const timer = env.clock.setTimer(() => timer.reset(0), 1)
            },
          })
        },
    )
    expect(seenIn(report, 'P2.1/values')).toContain('one sets itself again and again without delay')
  })

  test('members that give a result at once instead of a promise are forgiven', async () => {
    const report = await reportOn(
      withMembers((sound) => ({
        startTransportServer: () => void sound.startTransportServer(),
        stopTransportServer: () => void sound.stopTransportServer(),
      })),
    )
    expect(report.results.map(({ outcome }) => outcome)).toEqual(['kept'])
  })
})

describe('7/bad input: harnesses', () => {
  const run = (harness: ConformanceHarness, clauses: readonly string[] = VALUES) =>
    runConformance(harness, { patienceMs: PATIENCE_MS, clauses })
  const refuse = async (): Promise<never> => {
    throw new Error('no server')
  }

  test.each<[string, () => Promise<never>, string]>([
    ['rejects', refuse, 'Error: no server'],
    ['hangs', never, 'neither a result nor an error'],
  ])('an openWorld that %s is the problem', async (_, openWorld, found) => {
    const { problem } = await run({ package: 'mine', openWorld })
    expect(problem).toBe(`expected openWorld to give a world; seen: ${found}`)
  })

  test.each<[string, () => Promise<never>, string]>([
    ['rejects', refuse, 'Error: no server'],
    ['hangs', never, 'neither a result nor an error'],
  ])('what else it is asked for and %s breaks the case, which says what it was', async (_, does, found) => {
    expect((await run(inWorld(() => ({ make: does })))).problem).toBe(
      `expected a transport from its init; seen: ${found}`,
    )
    const garbled = await run(
      inWorld(() => ({ garble: does })),
      ['D8/garbage-counted'],
    )
    expect(garbled.results.map(({ seen }) => seen)).toEqual([`expected garble to resolve; seen: ${found}`])
    const disturbed = await run(
      inWorld(() => ({ disturb: does })),
      ['P2/loss'],
    )
    expect(disturbed.results.map(({ seen }) => seen)).toEqual([`expected disturb to give a path; seen: ${found}`])
    const unclosed = await run(closedBy(simHarness({ style: 'datagram' }), does))
    expect(unclosed.results.map(({ seen }) => seen)).toEqual([`expected close of the world to resolve; seen: ${found}`])
  })

  test('a case that is broken stays what it is when the world cannot be closed either', async () => {
    const { harness, clause } = mutants.find((one) => one.clause === 'P2.1/values')!
    const report = await run(closedBy(harness, refuse))
    expect(seenIn(report, clause)).toMatch(/^expected .*; seen: /)
    expect(seenIn(report, clause)).not.toContain('close')
  })

  test('a harness that has to wait for the machine gets its time also where the world is simulated', async () => {
    const report = await run(
      inWorld(({ make }) => ({
        make: async (...given) => {
          await new Promise((resolve) => setTimeout(resolve, 1))
          return make(...given)
        },
      })),
    )
    expect(report.results.map(({ outcome }) => outcome)).toEqual(['kept'])
  })

  test('a seed that is none is the problem, not a rejection', async () => {
    const report = await runConformance(simHarness({ style: 'letter' }), { seed: -1 })
    expect(report.problem).toContain('seed -1 is not an integer from 0 to 4294967295')
  })
})

function inWorld(changes: (world: TransportWorld) => Partial<TransportWorld>): ConformanceHarness {
  const sound = simHarness({ style: 'datagram' })
  return {
    ...sound,
    openWorld: async (env) => {
      const world = await sound.openWorld(env)
      return { ...world, ...changes(world) }
    },
  }
}

/** All worlds of `sound` but the first, which is for the facts, are closed by `close`. */
function closedBy(sound: ConformanceHarness, close: () => Promise<never>): ConformanceHarness {
  let worlds = 0
  return {
    ...sound,
    openWorld: async (env) => {
      worlds += 1
      const world = await sound.openWorld(env)
      return worlds === 1 ? world : { ...world, close }
    },
  }
}

function bound(transport: Transport): object {
  return Object.fromEntries(
    METHODS.map((name) => [name, (transport[name] as (...given: unknown[]) => unknown).bind(transport)]),
  )
}
