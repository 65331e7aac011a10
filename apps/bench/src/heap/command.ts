/** `postern-bench heap`: does carrying messages leave anything behind? A measurement, never a verdict. */
import type { Contestant } from '../contestants.js'
import { describeMachine, describeRuntime, type Machine, type Runtime } from '../machine.js'
import type { OpenProgress, Progress } from '../progress.js'
import { slope } from '../stats/slope.js'
import { type HeapUse, heapUseAfterCollection } from './collect-garbage.js'

/** How often the heap is looked at, after as many messages to warm up as lie between two looks. */
export const HEAP_POINTS = 10

export interface HeapOptions {
  readonly contestants: readonly Contestant[]
  readonly octets: number
  /** A multiple of HEAP_POINTS. */
  readonly messages: number
}

export interface HeapPoint extends HeapUse {
  /** Since the end of the warm-up. */
  readonly messages: number
}

export interface HeapRow {
  readonly transport: string
  readonly bytes: number
  readonly points: readonly HeapPoint[]
  /** The steepness of the straight line nearest to the points. */
  readonly slopeBytesPerMessage: number
  readonly bufferSlopeBytesPerMessage: number
}

export interface HeapResult {
  readonly figure: 'heap'
  readonly startedAt: string
  readonly machine: Machine
  readonly runtime: Runtime
  readonly messages: number
  readonly rows: readonly HeapRow[]
}

export async function runHeap({ contestants, octets, messages }: HeapOptions, open: OpenProgress): Promise<HeapResult> {
  const startedAt = new Date().toISOString()
  const machine = describeMachine()
  const progress = open(contestants.length * (HEAP_POINTS + 1), 'warming up')
  try {
    const rows: HeapRow[] = []
    for (const contestant of contestants) rows.push(await heapRow(contestant, octets, messages / HEAP_POINTS, progress))
    return { figure: 'heap', startedAt, machine, runtime: describeRuntime(), messages, rows }
  } finally {
    progress.stop()
  }
}

async function heapRow(contestant: Contestant, octets: number, step: number, progress: Progress): Promise<HeapRow> {
  const runner = await contestant.open(octets)
  const points: HeapPoint[] = []
  try {
    for (let point = 0; point <= HEAP_POINTS; point += 1) {
      await runner.run(step)
      if (point > 0) points.push({ messages: point * step, ...(await heapUseAfterCollection()) })
      progress.step(contestant.name)
    }
  } finally {
    await runner.close()
  }
  const steepness = (of: keyof HeapUse): number =>
    Math.round(slope(points.map((point) => ({ x: point.messages, y: point[of] }))) * 1000) / 1000
  return {
    transport: contestant.transport,
    bytes: octets,
    points,
    slopeBytesPerMessage: steepness('heapUsedBytes'),
    bufferSlopeBytesPerMessage: steepness('bufferBytes'),
  }
}
