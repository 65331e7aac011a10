/** The real thing, small: two cores on real sockets, and their twins. */
import { describe, expect, test } from 'vitest'
import { runLink } from '../src/link/command.js'
import { DOORS, type Door } from '../src/link/doors.js'
import type { LinkResult } from '../src/link/result.js'
import { linkTable } from '../src/link/table.js'
import { runTrial, type Trial } from '../src/link/trial.js'
import { noProgress } from '../src/progress.js'

const RUNS = 3
const EFFORT = { runs: RUNS, warmUp: 1, cold: 2 }
const orders: string[] = []
const result: LinkResult = await runLink(
  { doors: DOORS, efforts: { fast: EFFORT, mail: { runs: 2, warmUp: 0, cold: 0 } }, seed: 7 },
  async ({ door, trial, runs }) => {
    orders.push(`${door} ${trial} ${runs}`)
    const answers = {
      early: { early: 20 },
      ready: { ready: 30, 'first-byte': 40 },
      raw: { 'one-way': 1, 'round-trip': 3 },
    }
    return answers[trial]
  },
  noProgress,
)

describe('the JSON', () => {
  test('names the figure, the machine and the runtime, and no host, user or path', () => {
    expect(result).toMatchObject({ figure: 'link', seed: 7, warmUpRounds: 1 })
    expect(result.runtime.node).toBe(process.versions.node)
    expect(JSON.stringify({ ...result, samples: [] })).not.toMatch(/\/(home|root|work|tmp|Users)\b/)
  })

  test('has three rows for each transport, each beside its raw trip', () => {
    const rows = ['early one-way', 'ready round-trip', 'first-byte round-trip']
    expect(result.rows.map(({ transport, measure, trip }) => `${transport} ${measure} ${trip}`)).toEqual(
      ['udp', 'tcp', 'smtp-memory'].flatMap((name) => rows.map((row) => `${name} ${row}`)),
    )
    for (const { ms, tripMs, transport, runs } of result.rows) {
      expect(runs).toBe(transport === 'smtp-memory' ? 2 : RUNS)
      for (const { median, ci95 } of [ms, tripMs]) {
        expect(ci95[0]).toBeGreaterThan(0)
        expect(median).toBeGreaterThanOrEqual(ci95[0])
        expect(median).toBeLessThanOrEqual(ci95[1])
      }
    }
  })

  test('the first octet comes after the link is ready, and back after there', () => {
    for (const { warmMs } of result.samples)
      for (const [run, ready] of warmMs.ready.entries()) {
        expect(warmMs['first-byte'][run]!).toBeGreaterThan(ready)
        expect(warmMs['round-trip'][run]!).toBeGreaterThan(warmMs['one-way'][run]!)
      }
  })

  test('holds cold processes beside those of the twin', () => {
    const cold = (measure: string) => result.rows.find((row) => row.transport === 'tcp' && row.measure === measure)
    expect(cold('early')).toMatchObject({ coldProcesses: 2, coldMs: 20, coldTripMs: 1, coldOverMs: 19 })
    expect(cold('first-byte')).toMatchObject({ coldMs: 40, coldTripMs: 3, coldOverMs: 37 })
    expect(result.rows.at(-1)).toMatchObject({ coldProcesses: 0, coldMs: null, coldOverMs: null })
  })
})

test('a cold process is asked for each trial of each fast transport as often', () => {
  const asked = ['udp', 'tcp'].flatMap((door) => ['early', 'raw', 'ready'].map((trial) => `${door} ${trial} 1`))
  expect([...orders].sort()).toEqual([...asked, ...asked].sort())
})

test('the table fits 120 columns and explains itself', () => {
  const table = linkTable(result)
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  for (const text of ['udp first-byte', 'raw trip: ', 'over: ', 'cold: ', 'two SMTP hops', 'CI: too few runs'])
    expect(table).toContain(text)
})

const udp = DOORS[0]!

test.each<[string, Trial, Partial<Door>]>([
  ['a node whose transport does not start', 'ready', { openNodes: async () => Promise.reject(new Error('no socket')) }],
  ['a twin that drops', 'raw', { openRaw: async () => wire(false) }],
])('%s ends the measurement', async (_what, trial, change) => {
  await expect(runTrial({ ...udp, ...change }, trial)).rejects.toThrow(/no socket|dropped/)
})

test('what was opened is closed, also when a message is refused', async () => {
  const closed: string[] = []
  const pair = await udp.openNodes()
  await pair.near.link(pair.far.nodeId).close()
  const door: Door = {
    ...udp,
    openNodes: async () => ({
      ...pair,
      near: { ...pair.near, link: () => ({ send: () => false }) as never } as never,
      close: async () => {
        closed.push('pair')
        await pair.close()
      },
    }),
  }
  await expect(runTrial(door, 'early')).rejects.toThrow('a message was dropped before it was sent')
  expect(closed).toEqual(['pair'])
})

function wire(takes: boolean) {
  return { send: () => takes, sendBack: () => takes, close: async () => {} }
}
