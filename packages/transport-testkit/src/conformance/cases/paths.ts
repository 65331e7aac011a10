/** Paths with faults: loss, repetition, disorder, one direction only, and an end in the middle. */
import type { Message, TransportTraits } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectFault, expectIntact, expectThat, keyOf } from '../expectation.js'

const isUnreliable = ({ reliable }: TransportTraits): boolean => !reliable
const isReliable = ({ reliable }: TransportTraits): boolean => reliable

const loss = conformanceCase({
  clause: 'P2/loss',
  title: 'what is lost on the way holds nothing up: the others arrive unchanged, and so does what follows',
  look: 'numbers that are waited for; a session that a loss ends',
  appliesTo: isUnreliable,
  async trial(trial) {
    const { a, b, session, path } = await trial.pairAcross('loss')
    const sent: Message[] = []
    for (let round = 0; round < 12; round += 1) {
      const some = Array.from({ length: 4 }, () => trial.message())
      sent.push(...some.filter((message) => a.send(session, message)))
      await trial.quiet()
    }
    path.act()
    const last = trial.message()
    a.send(session, last)
    const hasLast = (): boolean => b.core.arrived.some((message) => keyOf(message) === keyOf(last))
    await trial.until('a message after the losses to arrive', hasLast)
    expectIntact(b.core.arrived, [...sent, last])
  },
})

const duplicate = conformanceCase({
  clause: 'P2/duplicate',
  title: 'what the path repeats arrives unchanged, once or more, and the session lives on',
  look: 'what a repeated message does to the session',
  appliesTo: isUnreliable,
  async trial(trial) {
    const { a, b, session } = await trial.pairAcross('duplicate')
    const sent = Array.from({ length: 20 }, () => trial.message()).filter((message) => a.send(session, message))
    await trial.until(
      `all ${sent.length} messages to arrive`,
      () => haveAll(b.core.arrived.map(keyOf), sent.map(keyOf)),
      () => `${new Set(b.core.arrived.map(keyOf)).size} different ones`,
    )
    await trial.quiet()
    expectIntact(b.core.arrived, sent)
  },
})

const reorder = conformanceCase({
  clause: 'P2/reorder',
  title: 'what is overtaken on the way arrives nonetheless',
  look: 'numbers that only ever go up; a window that forgets too early',
  appliesTo: isUnreliable,
  async trial(trial) {
    const { a, b, session } = await trial.pairAcross('reorder')
    const sent: Message[] = []
    for (let count = 0; count < 20; count += 1) {
      const message = trial.message()
      if (a.send(session, message)) sent.push(message)
    }
    await trial.until(
      `all ${sent.length} messages to arrive`,
      () => haveAll(b.core.arrived.map(keyOf), sent.map(keyOf)),
      () => `${b.core.arrived.length}`,
    )
    expectIntact(b.core.arrived, sent)
  },
})

const oneWay = conformanceCase({
  clause: 'P2/one-way',
  title: 'where no source is proven, messages arrive although nothing can come back',
  look: 'traits.sourceProven; an acknowledgement or a handshake that is waited for',
  appliesTo: ({ sourceProven }) => !sourceProven,
  async trial(trial) {
    const { a, b, session } = await trial.pairAcross('one-way')
    for (let count = 0; count < 10; count += 1) a.send(session, trial.message())
    await b.receives(10)
    const { tsession } = b.core.received[0]!
    if (tsession === null) return // nothing could come back
    b.send(tsession, trial.message())
    await trial.quiet()
    expectFault('one-way', a.core.received.length === 0, 'nothing to come back', `${a.core.received.length} answers`)
  },
})

const cut = conformanceCase({
  clause: 'D2/cut',
  title: 'when a conversation breaks its session ends, and no torn message is handed on',
  look: 'the end of a stream in the middle of a frame; the event session-ended',
  appliesTo: isReliable,
  async trial(trial) {
    const { a, b, session, path } = await trial.pairAcross('cut')
    const sent = Array.from({ length: 20 }, () => trial.message(1_000)).filter((message) => a.send(session, message))
    await b.receives(1)
    for (let count = 0; count < 20; count += 1) {
      const message = trial.message(1_000)
      if (a.send(session, message)) sent.push(message)
    }
    path.act()
    const ended = (): number => a.core.events.filter((e) => e.kind === 'session-ended' && e.tsession === session).length
    await trial.until('session-ended for the session that broke', () => ended() > 0)
    await trial.quiet()
    expectThat(ended() === 1, 'session-ended to be told once', ended())
    const after = [a.send(session, trial.message()), a.transport.associate(session)]
    expectThat(!after.includes(true), 'send and associate to say false afterwards', after)
    expectIntact(b.core.arrived, sent)
  },
})

const peerGone = conformanceCase({
  clause: 'P2.2/peer-gone',
  title:
    'when the peer of a reliable session stops, core is told, send says false, and the hold can be given back once',
  look: 'the end of the stream: the event session-ended, reason closed-by-peer or broken',
  appliesTo: isReliable,
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    a.send(session, trial.message())
    await b.receives(1)
    await trial.settled('stopTransportServer', b.transport.stopTransportServer())
    const isTold = (): boolean => a.core.events.some((e) => e.kind === 'session-ended' && e.tsession === session)
    await trial.until('session-ended for the session to the peer that stopped', isTold)
    const after = [a.send(session, trial.message()), a.transport.associate(session)]
    expectThat(!after.includes(true), 'send and associate to say false afterwards', after)
    for (const expected of ['no error but undefined', 'ERR_SESSION_NOT_HELD']) {
      const code = await trial.settled(
        'disconnect',
        codeOf(() => a.transport.disconnect(session)),
      )
      expectThat(code === expected, `the one hold to be given back, and no other: ${expected}`, code)
    }
  },
})

function haveAll(arrived: readonly string[], sent: readonly string[]): boolean {
  const known = new Set(arrived)
  return sent.every((key) => known.has(key))
}

export const pathCases: readonly ConformanceCase[] = [loss, duplicate, reorder, oneWay, cut, peerGone]
