/** What a stop leaves behind: silence, no timer, no handle, no living session. */
import type { TSession } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectThat } from '../expectation.js'
import { activeResources, resourcesSince } from '../resources.js'
import { totalsOf } from '../sums.js'
import type { Trial } from '../trial.js'
import type { TrialNode } from '../trial-node.js'

const silentAfterStop = conformanceCase({
  clause: 'D2/silent-after-stop',
  title: 'after the stop neither receive nor event is called, whatever was under way and whatever core still sends',
  look: '`stopTransportServer`: its promise resolves too early, or a callback does not ask whether it still runs',
  async trial(trial) {
    const told = ({ core }: TrialNode): string => `messages: ${core.received.length}, events: ${core.events.length}`
    const stopped = await stoppedUnderWay(trial, told)
    for (const { node, session } of stopped) {
      if (session === null) continue
      const timers = trial.clock.pending
      node.send(session, trial.message()) // refused; who gathers refusals to tell them must not any more
      const more = trial.clock.pending - timers
      expectThat(more <= 0, 'no timer to be set for what is sent after the stop', `${more} more`)
    }
    await trial.quiet()
    await trial.jump(2 * Math.max(...stopped.map(({ node }) => node.transport.traits.idleMs)))
    for (const { node, when, seen } of stopped)
      expectThat(told(node) === seen, `nothing to be told after a stop ${when} (${seen})`, told(node))
  },
})

const stopWaits = conformanceCase({
  clause: 'D2/stop-waits',
  title: 'the stop waits for what it interrupts: when it has resolved no counter moves any more',
  look: '`stopTransportServer`: a write or a read that it began and does not await',
  async trial(trial) {
    const counted = ({ transport }: TrialNode): string => JSON.stringify(totalsOf(transport.counters()))
    const stopped = await stoppedUnderWay(trial, counted)
    await trial.quiet()
    for (const { node, when, seen } of stopped)
      expectThat(counted(node) === seen, `counters to stay after a stop ${when} (${seen})`, counted(node))
  },
})

/** How far what is sent gets before the stop: a transport has several stages, and machines are of different speed. */
const PASSES = [0, 1, 2, 4, 8, 16]
const UNDER_WAY = 20

interface StoppedNode {
  readonly node: TrialNode
  /** One of its own that lived until then, if there was any. */
  readonly session: TSession | null
  /** For people: `of the sender, at step 2 after 20 messages`. */
  readonly when: string
  /** What `look` saw when the stop had resolved. */
  readonly seen: string
}

/** Pairs of nodes that are stopped while messages are under way between them: sometimes the sender first, sometimes the receiver. */
async function stoppedUnderWay(trial: Trial, look: (node: TrialNode) => string): Promise<readonly StoppedNode[]> {
  const stopped: StoppedNode[] = []
  for (const passes of PASSES) {
    for (const isSenderFirst of [false, true]) {
      const { a, b, session } = await trial.pair()
      a.send(session, trial.message())
      await b.receives(1)
      for (let count = 0; count < UNDER_WAY; count += 1) a.send(session, trial.message())
      for (let count = 0; count < passes; count += 1) await trial.pass()
      const sender = { node: a, session, name: 'sender' }
      const receiver = { node: b, session: b.core.received[0]!.tsession, name: 'receiver' }
      for (const { name, ...side } of isSenderFirst ? [sender, receiver] : [receiver, sender]) {
        const stopping = Promise.resolve(side.node.transport.stopTransportServer()).then(() => look(side.node))
        const seen = await trial.settled('stopTransportServer', stopping)
        stopped.push({ ...side, when: `of the ${name}, at step ${passes} after ${UNDER_WAY} messages`, seen })
      }
    }
  }
  return stopped
}

const noTimer = conformanceCase({
  clause: 'D2/no-timer',
  title: 'after the stop no timer is left on the clock that was handed in',
  look: 'timers that are set and not disposed of in `stopTransportServer`',
  async trial(trial) {
    const before = trial.clock.pending
    const { a, b, session } = await trial.pair()
    a.send(session, trial.message())
    await b.receives(1)
    await trial.garble(b.draft().senderAddress)
    await trial.settled('disconnect', a.transport.disconnect(session))
    a.send(session, trial.message()) // refused, and to be told
    for (const { transport } of [a, b]) await trial.settled('stopTransportServer', transport.stopTransportServer())
    const left = (): number => trial.clock.pending - before
    await trial.quiet()
    expectThat(left() <= 0, 'no timer after the stop', `${left()}`)
  },
})

const noHandle = conformanceCase({
  clause: 'D2/no-handle',
  title: 'after the stop no socket, listener, file or timer of the machine is left open',
  look: 'handles that `stopTransportServer` does not close, or does not wait for; timers that are not from env.clock',
  async trial(trial) {
    const before = activeResources()
    const { a, b, session } = await trial.pair()
    a.send(session, trial.message())
    await b.receives(1)
    for (const { transport } of [a, b]) await trial.settled('stopTransportServer', transport.stopTransportServer())
    await trial.until(
      'nothing to keep the process alive',
      () => resourcesSince(before).length === 0,
      () => resourcesSince(before).join(', '),
    )
  },
})

const stopEnds = conformanceCase({
  clause: 'D2/stop-ends',
  title: 'after the stop sessions carry nothing, also when it starts again, and holds can still be given back',
  look: '`stopTransportServer`: sessions that are not ended; `send` on an ended session',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const other = await a.connect(b) // may be the same one, with two holds
    await trial.settled('stopTransportServer', a.transport.stopTransportServer())
    await expectEnded(trial, a, session, 'after the stop')
    await trial.settled('startTransportServer', a.transport.startTransportServer())
    await expectEnded(trial, a, other, 'after a new start')
  },
})

/** It carries nothing, and its hold can be given back. */
async function expectEnded(trial: Trial, node: TrialNode, session: TSession, when: string): Promise<void> {
  const sent = node.send(session, trial.message())
  expectThat(sent === false, `send to say false ${when}`, sent)
  const associated = node.transport.associate(session)
  expectThat(associated === false, `associate to say false ${when}`, associated)
  const given = await trial.settled(
    'disconnect',
    codeOf(() => node.transport.disconnect(session)),
  )
  expectThat(given.startsWith('no error'), `disconnect to give the hold back ${when}`, given)
}

const stopDuringConnect = conformanceCase({
  clause: 'D2/stop-during-connect',
  title: 'a connect that is under way when the transport stops settles, and leaves no living session',
  look: '`connect`: what ends it when the transport stops',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    const helo = b.core.helo(b.draft())
    let session: TSession | null = null
    const connecting = a.transport.connect(helo).then(
      (opened) => {
        session = opened
      },
      () => {},
    )
    await trial.settled('stopTransportServer', a.transport.stopTransportServer())
    await trial.settled('connect', connecting)
    const carried = session === null ? false : a.send(session, trial.message())
    expectThat(carried === false, 'no session that carries anything', 'send said true')
  },
})

export const stoppingCases: readonly ConformanceCase[] = [
  silentAfterStop,
  stopWaits,
  noTimer,
  noHandle,
  stopEnds,
  stopDuringConnect,
]
