/** One link, or one raw trip, from nothing to the first octet delivered: what is timed, and what must be so before the clock starts. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ReceivedMessage } from '@postern/core'
import { systemClock } from '@postern/transport-api'
import { within } from '../within.js'
import type { Door, NodePair } from './doors.js'

/**
 * `early`: a message is sent at once. `ready`: `link.ready()` first, then the message. `raw`: one message there and one back over the
 * twin. Each has nodes, or sockets, of its own.
 */
export type Trial = 'early' | 'ready' | 'raw'
export const TRIALS: readonly Trial[] = ['early', 'ready', 'raw']

/**
 * `early`: from `link.send()` to the handler. `ready`: from `link.ready()` until it resolves. `first-byte`: from `link.ready()` to the
 * handler, of a message sent when it resolves. `one-way`, `round-trip`: of the twin. `since-start`: of the process, when the message
 * (or its answer) came.
 */
export type Measure = 'early' | 'ready' | 'first-byte' | 'one-way' | 'round-trip' | 'since-start'

/** ms */
export type Times = Readonly<Partial<Record<Measure, number>>>

/** The smallest message of the paper's Figure 5. */
const MESSAGE_OCTETS = 11
/** From the private range. */
const MESSAGE_TYPE = 0x8001
/** A message over mail that is tried again takes seconds. */
const TRIAL_LIMIT_MS = 30_000

/** Rejects when something was lost, or did not go the way that is to be measured. */
export async function runTrial(door: Door, trial: Trial): Promise<Times> {
  const what = `${door.name} ${trial}`
  if (trial === 'raw') return within(systemClock, TRIAL_LIMIT_MS, what, rawTrips(door))
  const pair = await door.openNodes()
  try {
    return await within(systemClock, TRIAL_LIMIT_MS, what, trial === 'early' ? earlyMessage(pair) : readyLink(pair))
  } finally {
    await pair.close()
  }
}

async function earlyMessage({ near, far }: NodePair): Promise<Times> {
  const arrival = firstArrival(far)
  const link = near.link(far.nodeId)
  await nextTurn() // what making the nodes has left to do is done before the clock starts
  const from = performance.now()
  accepted(link.send(MESSAGE_TYPE, new Uint8Array(MESSAGE_OCTETS)))
  const { at, early } = await arrival
  if (!early) throw new Error('the first message did not travel as early data')
  return { early: at - from, 'since-start': at }
}

async function readyLink({ near, far }: NodePair): Promise<Times> {
  const arrival = firstArrival(far)
  const link = near.link(far.nodeId)
  await nextTurn()
  const from = performance.now()
  await link.ready()
  const ready = performance.now()
  accepted(link.send(MESSAGE_TYPE, new Uint8Array(MESSAGE_OCTETS)))
  const { at } = await arrival
  return { ready: ready - from, 'first-byte': at - from, 'since-start': at }
}

/** The twin's connections are open and have been used once, there and back: what connecting costs falls on ours alone. */
async function rawTrips({ openRaw }: Door): Promise<Times> {
  let onArrival: () => void = () => {}
  let onFailure: (reason: Error) => void = () => {}
  const wire = await openRaw(MESSAGE_OCTETS, { arrived: () => onArrival(), failed: (reason) => onFailure(reason) })
  /** Readings of performance.now(): when it was sent, when it was there, when its answer was back. */
  const thereAndBack = (): Promise<readonly [number, number, number]> =>
    new Promise((resolve, reject) => {
      onFailure = reject
      let there = 0
      onArrival = () => {
        const now = performance.now()
        if (there !== 0) return resolve([from, there, now])
        there = now
        if (!wire.sendBack()) reject(new Error('a raw message was dropped'))
      }
      const from = performance.now()
      if (!wire.send()) reject(new Error('a raw message was dropped'))
    })
  try {
    await thereAndBack()
    await nextTurn()
    const [from, there, back] = await thereAndBack()
    return { 'one-way': there - from, 'round-trip': back - from, 'since-start': back }
  } finally {
    await wire.close()
  }
}

function firstArrival(far: NodePair['far']): Promise<{ readonly at: number; readonly early: boolean }> {
  return new Promise((resolve) => {
    far.on(MESSAGE_TYPE, ({ early }: ReceivedMessage) => resolve({ at: performance.now(), early }))
  })
}

function accepted(sent: boolean): void {
  if (!sent) throw new Error('a message was dropped before it was sent')
}
