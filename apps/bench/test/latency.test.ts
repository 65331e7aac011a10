/** The real thing, small: all transports, their twins, real sockets on loopback. */
import { describe, expect, test } from 'vitest'
import { CONTESTANTS } from '../src/contestants.js'
import type { ColdOrder } from '../src/latency/cold-protocol.js'
import { runLatency } from '../src/latency/command.js'
import { latencyCsv } from '../src/latency/csv.js'
import type { LatencyResult } from '../src/latency/result.js'
import { latencyTable } from '../src/latency/table.js'
import { noProgress } from '../src/progress.js'

const EFFORT = { messages: 20, runs: 2, warmUp: 1, cold: 2 }
const PLAN = {
  contestants: CONTESTANTS,
  sizes: [11, 1221],
  efforts: { fast: EFFORT, mail: { ...EFFORT, messages: 4 } },
  seed: 7,
}
/** What each transport sends in a run. */
const messagesOf = (transport: string): number => (transport.startsWith('smtp') ? 4 : 20)

const orders: ColdOrder[] = []
const result: LatencyResult = await runLatency(
  PLAN,
  async (order) => {
    orders.push(order)
    return order.contestant.endsWith('ours') ? 30 : 20
  },
  noProgress,
)

describe('the JSON', () => {
  test('names the figure, the machine and the runtime, and no host, user or path', () => {
    expect(result.figure).toBe('5')
    expect(Object.keys(result.machine).sort()).toEqual(['arch', 'cores', 'cpu', 'kernel', 'loadBefore', 'memoryMiB'])
    expect(result.runtime).toEqual({ node: process.versions.node, v8: process.versions.v8, uv: process.versions.uv })
    expect(JSON.stringify({ ...result, samples: [] })).not.toMatch(/\/(home|root|work|tmp|Users)\b/)
  })

  test('has a row for each transport and size, with the promised fields', () => {
    expect(result.rows.map(({ transport, bytes }) => `${transport} ${bytes}`)).toEqual([
      'udp 11',
      'udp 1221',
      'tcp 11',
      'tcp 1221',
      'smtp-memory 11',
      'smtp-memory 1221',
      'smtp-disk 11',
      'smtp-disk 1221',
    ])
    for (const row of result.rows) {
      expect(row).toMatchObject({
        messages: messagesOf(row.transport),
        runs: 2,
        coldTotalMs: 30,
        rawColdTotalMs: 20,
        coldRatio: 1.5,
      })
      const { totalMs, rawTotalMs, ratio, p50Us, p99Us } = row
      for (const value of [totalMs.median, rawTotalMs.median, ratio, p50Us, p99Us]) expect(value).toBeGreaterThan(0)
      expect(totalMs.ci95[0]).toBeLessThanOrEqual(totalMs.median)
      expect(totalMs.ci95[1]).toBeGreaterThanOrEqual(totalMs.median)
      expect(p99Us).toBeGreaterThanOrEqual(p50Us)
    }
    expect(result.rows.map((row) => row.paperMs)).toEqual([31, 46, 55, 73, 24_000, 25_000, 24_000, 25_000])
    expect(result.rows.map((row) => row.connectedRawTotalMs === null)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      true,
    ])
  })

  test('the noise is the largest of all rows', () => {
    expect(result.aaNoise).toBe(Math.max(...result.rows.map((row) => row.aaNoise)))
  })

  test('keeps every sample', () => {
    expect(result.samples).toHaveLength(CONTESTANTS.length * PLAN.sizes.length)
    for (const { transport, warmTotalMs, perMessageUs, coldTotalMs, contestant } of result.samples) {
      expect(warmTotalMs).toHaveLength(EFFORT.runs)
      expect(perMessageUs.reduce((sum, [, count]) => sum + count, 0)).toBe(EFFORT.runs * messagesOf(transport))
      expect(coldTotalMs).toHaveLength(contestant === 'ours' || contestant === 'raw' ? EFFORT.cold : 0)
    }
  })

  test('survives being written and read', () => {
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })
})

test('cold samples are asked for ours and the twin only, each as often', () => {
  expect(orders).toHaveLength(4 * 2 * PLAN.sizes.length * EFFORT.cold)
  expect(new Set(orders.map(({ contestant }) => contestant))).toEqual(
    new Set(['udp', 'tcp', 'smtp-memory', 'smtp-disk'].flatMap((name) => [`${name} ours`, `${name} raw`])),
  )
})

test('the table fits 120 columns, has units in its head and explains itself', () => {
  const table = latencyTable(result)
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  for (const text of [
    'ms',
    'µs',
    'octets',
    'ratio: ours / raw',
    'noise: ',
    'hardware of 2003',
    'too few runs for 95 %',
  ])
    expect(table).toContain(text)
})

test('the CSV has a line for each row and as many fields in each', () => {
  const lines = latencyCsv(result.rows).trimEnd().split('\r\n')
  expect(lines).toHaveLength(1 + result.rows.length)
  expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1)
  expect(lines[1]).toMatch(/^udp,11,20,2,/)
})

test('a run that fails says who failed at which size, and closes what was open', async () => {
  const closed: string[] = []
  const contestants = CONTESTANTS.filter(({ transport }) => transport === 'udp').map((contestant) => ({
    ...contestant,
    open: async () => ({
      run: async () => Promise.reject(new Error('a message was lost')),
      close: async () => void closed.push(contestant.role),
    }),
  }))
  const failing = runLatency({ ...PLAN, contestants, sizes: [11] }, async () => 1, noProgress)
  await expect(failing).rejects.toThrow(/^udp .*, 11 octets: a message was lost$/)
  expect(closed).toHaveLength(contestants.length)
})
