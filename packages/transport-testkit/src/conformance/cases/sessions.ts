/** Sessions: their shape, their holds, their silence, and who may use them. */
import type { TSession } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectThat, keyOf } from '../expectation.js'
import type { Trial } from '../trial.js'
import type { TrialNode } from '../trial-node.js'

const MAX_SOURCE_OCTETS = 64

const shape = conformanceCase({
  clause: 'D2/session-shape',
  title: 'a session states its protocol, at most the mtu of the transport, and a source of at most 64 octets',
  look: 'the class that implements TSession',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    a.send(session, trial.message())
    await b.receives(1)
    for (const [node, { ttype, mtu, source }] of [
      [a, session],
      ...b.core.received.flatMap(({ tsession }) => (tsession === null ? [] : [[b, tsession] as const])),
    ] as const) {
      expectThat(ttype === node.transport.protocolNumber, `ttype ${node.transport.protocolNumber}`, ttype)
      const isMtu = mtu === undefined || (Number.isInteger(mtu) && mtu >= 1 && mtu <= node.transport.mtu)
      expectThat(isMtu, `an mtu from 1 to ${node.transport.mtu}, or none`, mtu)
      const isSource = source instanceof Uint8Array && source.byteLength <= MAX_SOURCE_OCTETS
      expectThat(isSource, `a source of at most ${MAX_SOURCE_OCTETS} octets`, source)
    }
  },
})

const STEPS = 60
/** A listener may admit only so many connections of one source. */
const MAX_SESSIONS = 3

const holds = conformanceCase({
  clause: 'P2.2/holds',
  title: 'connect and associate add a hold, disconnect gives one back, the last frees the session',
  look: '`connect`, `associate`, `disconnect`: SessionTable counts holds',
  async trial(trial) {
    const { random } = trial
    const { a, b, session } = await trial.pair()
    const helo = b.core.helo(b.draft())
    const heldBy = new Map<TSession, number>([[session, 1]])
    const canAssociate = a.transport.associate(session)
    if (canAssociate) heldBy.set(session, 2)
    for (let step = 0; step < STEPS; step += 1) {
      const live = [...heldBy.values()].filter((count) => count > 0).length
      const [chosen, count] = [...heldBy][random.below(heldBy.size)]!
      switch (random.below(4)) {
        case 0: {
          if (live >= MAX_SESSIONS) break
          const opened = await a.dial(helo)
          heldBy.set(opened, (heldBy.get(opened) ?? 0) + 1)
          break
        }
        case 1: {
          const said = a.transport.associate(chosen)
          expectThat(said === (canAssociate && count > 0), `associate with ${count} holds to say ${!said}`, said)
          if (said) heldBy.set(chosen, count + 1)
          break
        }
        case 2: {
          const code = await trial.settled(
            'disconnect',
            codeOf(() => a.transport.disconnect(chosen)),
          )
          const expected = count > 0 ? 'no error but undefined' : 'ERR_SESSION_NOT_HELD'
          expectThat(code === expected, `disconnect with ${count} holds: ${expected}`, code)
          heldBy.set(chosen, Math.max(0, count - 1))
          break
        }
        default: {
          const said = a.send(chosen, trial.message())
          expectThat(said === count > 0, `send with ${count} holds to say ${count > 0}`, said)
        }
      }
    }
  },
})

const stale = conformanceCase({
  clause: 'P2.2/stale',
  title: 'an inbound session that nobody associates ends when it is silent for idleMs, not before',
  look: 'SessionTable: `heard` at every message, `idleMs` of the traits',
  async trial(trial) {
    const { b, inbound } = await inboundSession(trial)
    if (inbound === null) return // it has no sessions on receive: nothing to forget
    const { idleMs } = b.transport.traits
    const isOver = (): boolean =>
      b.core.events.some((e) => e.kind === 'session-ended' && e.tsession === inbound && e.reason === 'idle')
    await trial.jump(0.9 * idleMs)
    expectThat(!isOver(), `the session to live for ${idleMs} ms`, `it ended within ${0.9 * idleMs} ms`)
    const sent = b.send(inbound, trial.message())
    expectThat(sent === true, 'send on it to say true until then', sent)
    await trial.jump(idleMs)
    await trial.until(`session-ended, idle, within twice ${idleMs} ms`, isOver)
    const after = [b.send(inbound, trial.message()), b.transport.associate(inbound)]
    expectThat(!after.includes(true), 'send and associate to say false afterwards', after)
  },
})

const held = conformanceCase({
  clause: 'P2.2/held',
  title: 'a session that is held is never timed out',
  look: 'time-outs that do not ask for holds',
  async trial(trial) {
    const { a, b, session, inbound } = await inboundSession(trial)
    const isHeld = inbound !== null && b.transport.associate(inbound)
    if (inbound !== null) expectThat(isHeld, 'associate on an inbound session to say true', isHeld)
    for (let times = 0; times < 5; times += 1) await trial.jump(2 * b.transport.traits.idleMs)
    const sent = a.send(session, trial.message())
    expectThat(sent === true, 'send on the dialled session to say true', sent)
    await b.receives(2)
    if (inbound === null) return
    const answered = b.send(inbound, trial.message())
    expectThat(answered === true, 'send on the associated session to say true', answered)
  },
})

const foreign = conformanceCase({
  clause: 'D2/foreign',
  title: 'the session of another instance, or of nobody, is ERR_SESSION_FOREIGN',
  look: '`send`, `associate`, `disconnect`: whose session is it?',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const forged: TSession = { ttype: session.ttype, source: new Uint8Array(0) }
    for (const [node, strange] of [
      [b, session],
      [a, forged],
    ] as const) {
      const calls = {
        send: () => node.transport.send(strange, trial.message()),
        associate: () => node.transport.associate(strange),
        disconnect: () => node.transport.disconnect(strange),
      }
      for (const [member, call] of Object.entries(calls)) {
        const code = await trial.settled(member, codeOf(call))
        expectThat(code === 'ERR_SESSION_FOREIGN', `${member} to say ERR_SESSION_FOREIGN`, code)
      }
    }
  },
})

const abort = conformanceCase({
  clause: 'D2/abort',
  title: 'a connect whose signal is aborted rejects with ERR_ABORTED, or has given its session already',
  look: '`connect`: options.signal, before the first await and during it',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    const helo = b.core.helo(b.draft())
    const before = await trial.settled(
      'connect',
      codeOf(() => a.transport.connect(helo, { signal: AbortSignal.abort() })),
    )
    expectThat(before === 'ERR_ABORTED', 'ERR_ABORTED for a signal that is aborted already', before)
    const aborting = new AbortController()
    const connecting = a.transport.connect(helo, { signal: aborting.signal })
    aborting.abort()
    const during = await trial.settled(
      'connect whose signal is aborted',
      codeOf(async () => a.transport.disconnect(await connecting)),
    )
    const isFine = during === 'ERR_ABORTED' || during === 'no error but undefined'
    expectThat(isFine, 'ERR_ABORTED, or a session that can be given back', during)
  },
})

const answer = conformanceCase({
  clause: 'P2.2/answer',
  title: 'an inbound session carries the answer back to where the message came from; core may send from inside receive',
  look: '`receive`: the tsession it is given; `send` on it, also before `receive` has returned',
  async trial(trial) {
    const { a, b, session, inbound } = await inboundSession(trial)
    const back = inbound ?? (await b.connect(a)) // mail: the answer needs an address of its own
    b.send(back, trial.message())
    await a.receives(1)
    const { sender } = a.core.received[0]!
    expectThat(sender === b.core.myIdentity, 'the answer to be from the node that was asked', sender)
    const answer = trial.message()
    b.core.onReceive = () => void b.send(back, answer)
    a.send(session, trial.message())
    const isAnswered = (): boolean => a.core.arrived.some((message) => keyOf(message) === keyOf(answer))
    await trial.until('an answer that was sent from inside receive to arrive', isAnswered)
  },
})

/** The session over which b got a first message from a; null: it came without one. */
async function inboundSession(trial: Trial): Promise<{
  readonly a: TrialNode
  readonly b: TrialNode
  readonly session: TSession
  readonly inbound: TSession | null
}> {
  const { a, b, session } = await trial.pair()
  a.send(session, trial.message())
  await b.receives(1)
  await trial.quiet() // a greeting may still be on its way back, and time will jump
  return { a, b, session, inbound: b.core.received[0]!.tsession }
}

export const sessionCases: readonly ConformanceCase[] = [shape, holds, stale, held, foreign, abort, answer]
