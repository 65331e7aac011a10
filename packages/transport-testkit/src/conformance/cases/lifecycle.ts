/** Start and stop: idempotent, restartable, silent afterwards, with nothing left behind. */
import { CONTRACT_VERSION, checkContract, type TSession } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectThat } from '../expectation.js'
import { activeResources, resourcesSince } from '../resources.js'

const shape = conformanceCase({
  clause: 'D2/shape',
  title: 'the transport has the fields, methods and traits of the contract, each in its range',
  look: 'the class that implements Transport: its fields, its traits',
  async trial(trial) {
    const { transport } = await trial.node({ started: false })
    const breach = checkContract(transport)
    if (breach !== null) expectThat(false, `${breach.member} to be ${breach.expected}`, breach.found)
  },
})

const constants = conformanceCase({
  clause: 'D2/constants',
  title: 'protocol number, mtu, cost and traits never change',
  look: 'fields that are set in the constructor and never again',
  async trial(trial) {
    const { transport } = await trial.node({ started: false })
    const facts = (): string => {
      const { protocolNumber, mtu, cost, traits } = transport
      return JSON.stringify({ protocolNumber, mtu, cost, traits })
    }
    const before = facts()
    await trial.settled('startTransportServer', transport.startTransportServer())
    expectThat(facts() === before, `${before} also after the start`, facts())
    await trial.settled('stopTransportServer', transport.stopTransportServer())
    expectThat(facts() === before, `${before} also after the stop`, facts())
  },
})

const version = conformanceCase({
  clause: 'D2/version',
  title: 'a core of another version of the contract is refused by the init',
  look: 'checkContractVersion at the beginning of inittransport_XXX',
  async trial(trial) {
    const outcome = await trial.node({ started: false, version: CONTRACT_VERSION + 1 }).then(
      () => 'a transport',
      () => 'refused',
    )
    expectThat(outcome === 'refused', `an error or null for a core of version ${CONTRACT_VERSION + 1}`, outcome)
  },
})

const notStarted = conformanceCase({
  clause: 'P2.2/not-started',
  title: 'before the start and after the stop nobody can reach it and it dials nobody',
  look: '`createHELO` and the first lines of `connect`',
  async trial(trial) {
    const peer = await trial.node()
    const helo = peer.core.helo(peer.draft())
    const { transport } = await trial.node({ started: false })
    for (const when of ['before the start', 'after the stop']) {
      const drafts = transport.createHELO()
      expectThat(drafts === null, `createHELO to give null ${when}`, drafts)
      const code = await trial.settled(
        'connect',
        codeOf(() => transport.connect(helo)),
      )
      expectThat(code === 'ERR_NOT_STARTED', `connect to reject with ERR_NOT_STARTED ${when}`, code)
      await trial.settled('startTransportServer', transport.startTransportServer())
      await trial.settled('stopTransportServer', transport.stopTransportServer())
    }
  },
})

const startIdempotent = conformanceCase({
  clause: 'D2/start-idempotent',
  title: 'to start what is started, or about to be, changes nothing',
  look: '`startTransportServer`: Turns, and a look at whether it runs',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    await trial.settled(
      'two more starts',
      Promise.all([b.transport.startTransportServer(), b.transport.startTransportServer()]),
    )
    a.send(session, trial.message())
    await b.receives(1)
    await trial.quiet()
    expectThat(b.core.received.length === 1, 'one message to arrive once', b.core.received.length)
  },
})

const restart = conformanceCase({
  clause: 'D2/restart',
  title: 'what was stopped starts again and carries messages in both directions',
  look: '`startTransportServer` after `stopTransportServer`: state that the stop left',
  async trial(trial) {
    const { a, b } = await trial.pair()
    for (const { transport } of [a, b]) await trial.settled('stopTransportServer', transport.stopTransportServer())
    for (const { transport } of [a, b]) await trial.settled('startTransportServer', transport.startTransportServer())
    const [there, back] = [await a.connect(b), await b.connect(a)]
    a.send(there, trial.message())
    b.send(back, trial.message())
    await b.receives(1)
    await a.receives(1)
  },
})

const stopIdempotent = conformanceCase({
  clause: 'D2/stop-idempotent',
  title: 'to stop what is stopped, or never ran, changes nothing',
  look: '`stopTransportServer`: what it takes for granted',
  async trial(trial) {
    const { transport } = await trial.node({ started: false })
    await trial.settled('stop before the start', transport.stopTransportServer())
    await trial.settled('startTransportServer', transport.startTransportServer())
    const twice = [transport.stopTransportServer(), transport.stopTransportServer()]
    await trial.settled('two stops at once', Promise.all(twice))
    await trial.settled('one more stop', transport.stopTransportServer())
  },
})

const silentAfterStop = conformanceCase({
  clause: 'D2/silent-after-stop',
  title: 'after the stop neither receive nor event is called, whatever was under way',
  look: '`stopTransportServer`: its promise resolves too early, or a callback does not ask whether it still runs',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    a.send(session, trial.message())
    await b.receives(1)
    for (let count = 0; count < 20; count += 1) a.send(session, trial.message())
    await trial.settled('stopTransportServer', b.transport.stopTransportServer())
    const [messages, events] = [b.core.received.length, b.core.events.length]
    await trial.quiet()
    await trial.jump(2 * b.transport.traits.idleMs)
    const seen = `${b.core.received.length - messages} messages, ${b.core.events.length - events} events`
    expectThat(seen === '0 messages, 0 events', 'nothing after the stop', seen)
  },
})

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
  title: 'after the stop sessions carry nothing, and holds can still be given back',
  look: '`stopTransportServer`: sessions that are not ended; `send` on an ended session',
  async trial(trial) {
    const { a, session } = await trial.pair()
    await trial.settled('stopTransportServer', a.transport.stopTransportServer())
    const sent = a.send(session, trial.message())
    expectThat(sent === false, 'send to say false', sent)
    const associated = a.transport.associate(session)
    expectThat(associated === false, 'associate to say false', associated)
    const given = await trial.settled(
      'disconnect',
      codeOf(() => a.transport.disconnect(session)),
    )
    expectThat(given.startsWith('no error'), 'disconnect to give the hold back', given)
  },
})

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

export const lifecycleCases: readonly ConformanceCase[] = [
  shape,
  constants,
  version,
  notStarted,
  startIdempotent,
  restart,
  stopIdempotent,
  silentAfterStop,
  noTimer,
  noHandle,
  stopEnds,
  stopDuringConnect,
]
