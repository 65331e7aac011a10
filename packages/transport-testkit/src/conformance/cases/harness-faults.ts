/** The harness on trial: behind a fault that does not happen every transport keeps the clauses of bad paths. */
import type { Message, TransportTraits, TSession } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectFault, faultAtWork, keyOf } from '../expectation.js'
import { sumOf } from '../sums.js'
import type { Trial } from '../trial.js'
import type { TrialNode } from '../trial-node.js'

/** As harness.ts asks for. */
const LEAST_DELAY_MS = 20

/** `one-way` shows in P2/one-way, where something must come through at all, and a `cut` that does not happen in D2/cut. */
const harnessFaults = conformanceCase({
  clause: 'D2/harness-faults',
  title: 'what the harness says it puts on a path is there: delay, stall, loss, repetition, disorder',
  look: 'the harness, not the transport: `disturb`, and what `act` does',
  async trial(trial) {
    const { reliable: isReliable } = await delay(trial)
    await stall(trial)
    if (isReliable) return
    await loss(trial)
    await duplicate(trial)
    await reorder(trial)
  },
})

async function delay(trial: Trial): Promise<TransportTraits> {
  const { a, b, session } = await trial.pairAcross('delay')
  let arrivedAtMs = Number.NaN
  b.core.onReceive = () => {
    arrivedAtMs = trial.worldMs()
  }
  const sentAtMs = trial.worldMs()
  a.send(session, trial.message())
  await b.receives(1)
  const tookMs = Math.round(arrivedAtMs - sentAtMs)
  expectFault('delay', tookMs >= LEAST_DELAY_MS, `nothing to arrive within ${LEAST_DELAY_MS} ms`, `${tookMs} ms`)
  return a.transport.traits
}

async function stall(trial: Trial): Promise<void> {
  const { a, b, session, path } = await trial.pairAcross('stall')
  a.send(session, trial.message())
  await b.receives(1)
  path.act()
  for (let count = 0; count < 5; count += 1) await codeOf(() => a.send(session, trial.message()))
  await trial.quiet()
  const more = b.core.received.length - 1
  expectFault('stall', more === 0, 'nothing to arrive after act', `${more} of 5 messages`)
}

async function loss(trial: Trial): Promise<void> {
  const { a, b, session } = await trial.pairAcross('loss')
  const sent = await sendSpread(trial, a, session)
  await trial.quiet()
  const arrived = new Set(b.core.arrived.map(keyOf)).size
  expectFault('loss', arrived < sent.length, `fewer different messages to arrive than ${sent.length}`, `${arrived}`)
}

/** Whether a repeat is handed on or dropped is the transport's affair. */
async function duplicate(trial: Trial): Promise<void> {
  const { a, b, session } = await trial.pairAcross('duplicate')
  const sent = await sendSpread(trial, a, session)
  const cameIn = (): number => {
    const counters = b.transport.counters()
    return Math.max(b.core.received.length, counters.received ?? 0) + sumOf(counters, 'dropped.in.')
  }
  await trial.until(
    faultAtWork('duplicate', `more than ${sent.length} received or dropped.in.*`),
    () => cameIn() > sent.length,
    () => `${cameIn()}`,
  )
}

/** A transport that throws away what was overtaken shows that something was. */
async function reorder(trial: Trial): Promise<void> {
  const { a, b, session } = await trial.pairAcross('reorder')
  const sent = await sendSpread(trial, a, session)
  await b.receives(1)
  await trial.quiet()
  const isAsSent = b.core.arrived.map(keyOf).join() === sent.map(keyOf).join()
  expectFault('reorder', !isAsSent, 'something to be overtaken', `${sent.length} messages as they were sent`)
}

/** Messages for which send said true: some at a time, that a path has several things to carry however a transport gathers them. */
async function sendSpread(trial: Trial, node: TrialNode, session: TSession): Promise<readonly Message[]> {
  const sent: Message[] = []
  for (let round = 0; round < 6; round += 1) {
    const some = Array.from({ length: 4 }, () => trial.message())
    sent.push(...some.filter((message) => node.send(session, message)))
    await trial.pass()
  }
  return sent
}

export const harnessCases: readonly ConformanceCase[] = [harnessFaults]
