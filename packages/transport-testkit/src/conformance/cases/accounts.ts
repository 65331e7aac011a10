/** Counters add up, and events say what the counters say. */
import type { TransportEvent, TSession } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectThat } from '../expectation.js'
import { sumOf, totalsOf } from '../sums.js'
import type { Trial } from '../trial.js'
import type { TrialNode } from '../trial-node.js'

const countersOut = conformanceCase({
  clause: 'D4/counters-out',
  title: 'accepted is what send said true to, and all of it is sent or dropped in the end, also by a stop',
  look: 'TrafficCounters: accepted, sent, dropped.out',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    let saidTrue = 0
    for (let count = 0; count < 30; count += 1) if (a.send(session, trial.message())) saidTrue += 1
    await b.receives(saidTrue)
    await trial.settled('disconnect', a.transport.disconnect(session))
    await trial.quiet()
    expectSettled(a, saidTrue, 'when nothing is under way')
    const full = await trial.pairAcross('stall')
    full.path.act()
    const taken = await fill(trial, full.a, full.session)
    await trial.settled('stopTransportServer', full.a.transport.stopTransportServer())
    await trial.quiet()
    expectSettled(full.a, taken, 'after a stop with a full queue')
  },
})

/** What a queue may hold; a transport whose queue is not full by then has none that is worth the name. */
const MOST_QUEUED_OCTETS = 8 * 1024 * 1024
const MOST_QUEUED = 5_000

/** Sends until it is refused. How often send said true. */
async function fill(trial: Trial, node: TrialNode, session: TSession): Promise<number> {
  const octets = (session.mtu ?? node.transport.mtu) >> 1
  const most = Math.min(MOST_QUEUED, Math.ceil(MOST_QUEUED_OCTETS / (octets + 1)))
  const message = trial.message(octets)
  for (let taken = 0; taken < most; taken += 1) {
    const said = await codeOf(() => node.send(session, message))
    if (said !== 'no error but true') return taken
  }
  return most
}

/** Everything that was accepted, and no more, has had its outcome. */
function expectSettled({ transport }: TrialNode, saidTrue: number, when: string): void {
  const counters = transport.counters()
  const { accepted = Number.NaN, sent = Number.NaN } = counters
  expectThat(accepted === saidTrue, `accepted to be ${saidTrue} ${when}`, counters)
  expectThat(sent + sumOf(counters, 'dropped.out.') === accepted, `accepted = sent + dropped.out.* ${when}`, counters)
}

const countersIn = conformanceCase({
  clause: 'D4/counters-in',
  title: 'received is how often receive was called',
  look: 'TrafficCounters: received',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    for (let count = 0; count < 30; count += 1) a.send(session, trial.message())
    await b.receives(30)
    await trial.quiet()
    const { received } = b.transport.counters()
    expectThat(received === b.core.received.length, `received to be ${b.core.received.length}`, received)
  },
})

const countersRefused = conformanceCase({
  clause: 'D4/counters-refused',
  title: 'every false of send is counted under refused, by reason',
  look: 'TrafficCounters.refuse wherever `send` says false',
  async trial(trial) {
    const { a, session } = await trial.pair()
    await trial.settled('disconnect', a.transport.disconnect(session))
    const before = a.transport.counters()
    const said = Array.from({ length: 5 }, () => a.send(session, trial.message()))
    const [falses, trues] = [said.filter((word) => !word).length, said.filter((word) => word).length]
    const after = a.transport.counters()
    const refused = sumOf(after, 'refused.') - sumOf(before, 'refused.')
    expectThat(refused === falses, `refused.* to grow by ${falses}`, after)
    expectThat((after.accepted ?? 0) - (before.accepted ?? 0) === trues, `accepted to grow by ${trues}`, after)
  },
})

const countersTotal = conformanceCase({
  clause: 'D4/counters-total',
  title: 'counters are totals since creation: a stop and a start do not take anything back',
  look: 'counters that are made anew at the start',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    a.send(session, trial.message())
    await b.receives(1)
    await trial.quiet()
    for (const { transport } of [a, b]) {
      const before = totalsOf(transport.counters())
      await trial.settled('stopTransportServer', transport.stopTransportServer())
      await trial.settled('startTransportServer', transport.startTransportServer())
      const after = transport.counters()
      const less = before.find(([name, total]) => !((after[name] ?? -1) >= total))
      expectThat(
        less === undefined,
        `${less?.[0]} to be at least ${less?.[1]}`,
        less === undefined ? '' : after[less[0]],
      )
      const strange = totalsOf(after).find(([, total]) => !Number.isSafeInteger(total) || total < 0)
      expectThat(strange === undefined, 'whole numbers', strange)
    }
  },
})

const droppedTold = conformanceCase({
  clause: 'D2/event-dropped',
  title: 'core is told of everything that was dropped or refused, by direction and count',
  look: 'TrafficCounters reports through core.event; flush at the stop',
  async trial(trial) {
    const { a, b } = await trouble(trial)
    for (const node of [a, b]) {
      const told = { in: 0, out: 0 }
      for (const e of node.core.events) if (e.kind === 'dropped') told[e.direction] += e.count
      const counters = node.transport.counters()
      const out = sumOf(counters, 'dropped.out.') + sumOf(counters, 'refused.')
      const counted = { in: sumOf(counters, 'dropped.in.'), out }
      expectThat(told.in === counted.in && told.out === counted.out, `${JSON.stringify(counted)} to be told`, told)
    }
  },
})

const endedTold = conformanceCase({
  clause: 'D2/event-ended',
  title: 'at the stop core is told of every session that lived, once, and of none that it gave back itself',
  look: 'the event session-ended: reason stopped for the living, none after the last disconnect',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    a.send(session, trial.message())
    await b.receives(1)
    await trial.settled('disconnect', a.transport.disconnect(session))
    await trial.quiet()
    const living = await a.connect(b)
    await trial.settled('stopTransportServer', a.transport.stopTransportServer())
    const told = a.core.events.filter((e) => e.kind === 'session-ended')
    const ofLiving = told.filter((e) => e.tsession === living)
    const isRight = ofLiving.length === 1 && ofLiving[0]!.reason === 'stopped'
    expectThat(
      isRight,
      'one session-ended, stopped, for the session that lived',
      ofLiving.map(({ reason }) => reason),
    )
    const ofReleased = living === session ? 0 : told.filter((e) => e.tsession === session).length
    expectThat(ofReleased === 0, 'none for the session that was given back', ofReleased)
  },
})

const eventShape = conformanceCase({
  clause: 'D2/event-shape',
  title: 'every event is one of the contract, with all its fields',
  look: 'transport-event.ts of the contract',
  async trial(trial) {
    const { a, b } = await trouble(trial)
    const strange = [...a.core.events, ...b.core.events].find((e) => !isEvent(e))
    expectThat(strange === undefined, 'events of the contract', strange)
  },
})

/** Two nodes that have seen garbage, refusals and a stop. */
async function trouble(trial: Trial): Promise<{ readonly a: TrialNode; readonly b: TrialNode }> {
  const { a, b, session } = await trial.pair()
  a.send(session, trial.message())
  await b.receives(1)
  await trial.garble(b.draft().senderAddress)
  await trial.quiet()
  await trial.settled('disconnect', a.transport.disconnect(session))
  for (let count = 0; count < 3; count += 1) a.send(session, trial.message())
  await trial.jump(1_000) // drops are gathered before they are told
  for (const { transport } of [a, b]) await trial.settled('stopTransportServer', transport.stopTransportServer())
  return { a, b }
}

function isEvent(event: TransportEvent): boolean {
  switch (event.kind) {
    case 'session-ended':
      return typeof event.tsession === 'object' && typeof event.reason === 'string'
    case 'address-failed':
      return event.senderAddress instanceof Uint8Array && /^(now|for-good)$/.test(event.lasts) && event.reason !== ''
    case 'dropped':
      return (
        /^(in|out)$/.test(event.direction) &&
        event.reason !== '' &&
        Number.isSafeInteger(event.count) &&
        event.count > 0
      )
    case 'came-through-list':
      return typeof event.sender === 'string'
    case 'advertisement-changed':
      return true
    default:
      return false
  }
}

export const accountCases: readonly ConformanceCase[] = [
  countersOut,
  countersIn,
  countersRefused,
  countersTotal,
  droppedTold,
  endedTold,
  eventShape,
]
