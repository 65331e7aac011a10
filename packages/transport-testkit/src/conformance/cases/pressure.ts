/** More than a peer takes, and bytes that are none of ours. */
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectThat } from '../expectation.js'
import { sumOf } from '../sums.js'

const MIB = 1024 * 1024
const OFFERED_OCTETS = 32 * MIB
/** Beyond this a queue is without bound: whoever offers four times as much finds it all in memory. */
const MOST_UNDER_WAY_OCTETS = 8 * MIB
/** Of messages so small that their number is what counts. */
const MOST_OFFERED = 20_000

const slowPeer = conformanceCase({
  clause: 'P4/slow-peer',
  title: 'send to a peer that does not read says true or false; it never throws and never gives a promise',
  look: '`send` when the queue is full or the socket is blocked',
  async trial(trial) {
    const { a, session, path } = await trial.pairAcross('stall')
    path.act()
    const octets = session.mtu ?? a.transport.mtu
    const message = trial.message(octets)
    for (let offered = 0; offered < OFFERED_OCTETS / 4 && offered < MOST_OFFERED * octets; offered += octets) {
      const said = await codeOf(() => a.send(session, message))
      const isWord = said === 'no error but true' || said === 'no error but false'
      expectThat(isWord, `true or false after ${offered} octets`, said)
    }
  },
})

const bounded = conformanceCase({
  clause: 'D2/bounded',
  title: 'what waits for a slow peer is bounded: the rest is refused or dropped, and counted',
  look: 'a limit in octets on whatever `send` adds to',
  async trial(trial) {
    const { a, session, path } = await trial.pairAcross('stall')
    path.act()
    const octets = session.mtu ?? a.transport.mtu
    const message = trial.message(octets)
    for (let offered = 0; offered < OFFERED_OCTETS && offered < MOST_OFFERED * octets; offered += octets)
      await codeOf(() => a.send(session, message))
    await trial.quiet()
    const counters = a.transport.counters()
    const underWay = ((counters.accepted ?? 0) - (counters.sent ?? 0) - sumOf(counters, 'dropped.out.')) * octets
    expectThat(underWay <= MOST_UNDER_WAY_OCTETS, `at most ${MOST_UNDER_WAY_OCTETS} octets under way`, `${underWay}`)
  },
})

const BURST = 1_500

const burst = conformanceCase({
  clause: 'D2/burst',
  title: 'a burst is carried or dropped, and the session lives on',
  look: 'what happens to the session when a queue was full once',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const octets = Math.min(session.mtu ?? a.transport.mtu, 1_024)
    for (let count = 0; count < BURST; count += 1) await codeOf(() => a.send(session, trial.message(octets)))
    await trial.quiet()
    const last = trial.message()
    // A queue may still be full, and a transport that was flooded may lose the first that follows.
    for (let tries = 0; tries < 20 && !arrivedIn(b, last.crc); tries += 1) {
      await codeOf(() => a.send(session, last))
      await trial.quiet()
    }
    expectThat(arrivedIn(b, last.crc), 'a message after the burst to arrive', 'nothing in 20 tries')
  },
})

function arrivedIn(
  { core }: { readonly core: { readonly arrived: readonly { readonly crc: number }[] } },
  crc: number,
): boolean {
  return core.arrived.some((message) => message.crc === crc)
}

const garbageCounted = conformanceCase({
  clause: 'D8/garbage-counted',
  title: 'bytes that are no message are dropped and counted under dropped.in, and nothing is handed on',
  look: 'the decoder: every fault is a reason; TrafficCounters.drop',
  async trial(trial) {
    const b = await trial.node()
    await trial.garble(b.draft().senderAddress)
    const counted = (): number => sumOf(b.transport.counters(), 'dropped.in.')
    await trial.until(
      'dropped.in.* to count',
      () => counted() > 0,
      () => JSON.stringify(b.transport.counters()),
    )
    await trial.quiet()
    expectThat(b.core.received.length === 0, 'nothing to be handed on', b.core.received.length)
  },
})

const garbageSurvived = conformanceCase({
  clause: 'D8/garbage-survived',
  title: 'bytes that are no message do no harm: the next good message arrives',
  look: 'what a fault ends: at most the conversation that brought it',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    await trial.garble(b.draft().senderAddress)
    await trial.quiet()
    const message = trial.message()
    a.send(session, message)
    await trial.until('a message after the garbage to arrive', () => arrivedIn(b, message.crc))
  },
})

export const pressureCases: readonly ConformanceCase[] = [slowPeer, bounded, burst, garbageCounted, garbageSurvived]
