import { expect, test } from 'vitest'
import { CONTESTANTS } from '../src/contestants.js'
import { runHeap } from '../src/heap/command.js'
import { heapTable } from '../src/heap/table.js'
import { noProgress } from '../src/progress.js'

test('the heap is looked at ten times after the warm-up, for each transport', async () => {
  const contestants = CONTESTANTS.filter(({ role, pace }) => role === 'ours' && pace === 'fast')
  const result = await runHeap({ contestants, octets: 11, messages: 200 }, noProgress)
  expect(result.rows.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
  for (const { points, slopeBytesPerMessage } of result.rows) {
    expect(points.map(({ messages }) => messages)).toEqual([20, 40, 60, 80, 100, 120, 140, 160, 180, 200])
    for (const { heapUsedBytes } of points) expect(heapUsedBytes).toBeGreaterThan(0)
    expect(Number.isFinite(slopeBytesPerMessage)).toBe(true)
  }
  const table = heapTable(result)
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  expect(table).toContain('octets/message')
})

test('what messages leave behind shows as the slope', async () => {
  const kept: Uint8Array[] = []
  const leaky = {
    name: 'leaky ours',
    transport: 'leaky',
    role: 'ours' as const,
    pace: 'fast' as const,
    open: async () => ({
      run: async (messages: number) => {
        for (let at = 0; at < messages; at += 1) kept.push(new Uint8Array(4096))
        return new Float64Array(messages + 1)
      },
      close: async () => {},
    }),
  }
  const { rows } = await runHeap({ contestants: [leaky], octets: 11, messages: 1000 }, noProgress)
  expect(rows[0]!.bufferSlopeBytesPerMessage).toBeGreaterThan(3500)
  expect(kept).toHaveLength(1100)
})
