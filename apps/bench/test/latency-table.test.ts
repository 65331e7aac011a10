import { expect, test } from 'vitest'
import { isSuspect, paperMs } from '../src/latency/figure-5.js'
import type { LatencyResult, LatencyRow } from '../src/latency/result.js'
import { latencyTable } from '../src/latency/table.js'

const ROW: LatencyRow = {
  transport: 'udp',
  bytes: 1221,
  messages: 1000,
  runs: 40,
  totalMs: { median: 109.5712, ci95: [108.1, 119.9] },
  rawTotalMs: { median: 108.12, ci95: [107.1, 109.2] },
  ratio: 1.1854,
  ratioCi95: [1.15, 1.26],
  coverage: 0.9615,
  p50Us: 108.7,
  p99Us: 1235.3,
  rawP50Us: 7.3,
  rawP99Us: 25,
  coldTotalMs: 222.01,
  rawColdTotalMs: 111.21,
  coldRatio: 2,
  connectedRawTotalMs: 107.13,
  connectedRatio: 1.342,
  paperMs: 46,
  aaNoise: 0.1041,
  suspect: true,
}
const RESULT: LatencyResult = {
  figure: '5',
  startedAt: '2026-11-22T18:00:00.000Z',
  machine: { cpu: 'A processor', cores: 2, memoryMiB: 24_064, kernel: 'Linux 6.18', arch: 'x64', loadBefore: 0.3 },
  runtime: { node: '20.20.2', v8: '11.3', uv: '1.46' },
  seed: 1,
  warmUpRounds: 5,
  aaNoise: 0.1041,
  rows: [ROW],
  samples: [],
}

test('a row of large numbers still fits, and the twin over a connected socket stands below', () => {
  const lines = latencyTable(RESULT).split('\n')
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120)
  const at = lines.findIndex((line) => line.startsWith('udp'))
  expect(lines[at]!.split(/ {2,}/)).toEqual([
    'udp',
    '1221',
    '109.57',
    '108.10–119.90',
    '108.12?',
    '1.185',
    '1.15–1.26',
    '10.4 %',
    '108.7',
    '1235.3',
    '222.01',
    '111.21',
    '46',
  ])
  expect(lines[at + 1]!.trim().split(/ {2,}/)).toEqual(['connected', '107.13', '1.342'])
})

test('a suspect twin is named, with what was expected', () => {
  expect(latencyTable(RESULT)).toContain(
    '? suspect run: raw udp took 108.1 µs per message of 1221 octets, expected 3.5 to 20. Do not use.',
  )
  expect(latencyTable({ ...RESULT, rows: [{ ...ROW, suspect: false }] })).not.toContain('suspect')
})

test('what was not measured is a dash', () => {
  const row = { ...ROW, coldTotalMs: null, rawColdTotalMs: null, paperMs: null, connectedRawTotalMs: null }
  const table = latencyTable({ ...RESULT, rows: [row] })
  expect(table).toMatch(/–\s+–\s+–$/m)
  expect(table).not.toContain('null')
})

test('suspect means further than a factor of two from what raw sockets take', () => {
  const suspects = (transport: string, ...us: number[]) => us.map((each) => isSuspect(transport, each))
  expect(suspects('udp', 3.4, 3.6, 8, 19.9, 20.1)).toEqual([true, false, false, false, true])
  expect(suspects('tcp', 4.9, 5.1, 12, 29.9, 30.1)).toEqual([true, false, false, false, true])
})

test('the figures of the paper', () => {
  const figures = ['udp', 'tcp'].map((transport) => [11, 407, 1221].map((octets) => paperMs(transport, octets)))
  expect(figures).toEqual([
    [31, 37, 46],
    [55, 62, 73],
  ])
  expect(paperMs('udp', 12)).toBeNull()
})
