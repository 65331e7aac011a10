/** What it is, and how it starts and stops: idempotent, restartable, one after the other. */
import { CONTRACT_VERSION, checkContract } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectThat } from '../expectation.js'

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

const overlap = conformanceCase({
  clause: 'D2/overlap',
  title: 'starts and stops that overlap take turns: as the last one says so it ends',
  look: '`startTransportServer` and `stopTransportServer`: Turns, or what one awaits while the other begins',
  async trial(trial) {
    const [a, { core, transport }] = [await trial.node(), await trial.node({ started: false })]
    const start = (): Promise<void> => transport.startTransportServer()
    const stop = (): Promise<void> => transport.stopTransportServer()
    await trial.settled('a start, a stop and a start at once', Promise.all([start(), stop(), start()]))
    const drafts = transport.createHELO()
    expectThat(drafts !== null && drafts.length > 0, 'it to be started after a start, a stop and a start', drafts)
    const session = await a.dial(core.helo(drafts[0]!))
    const message = trial.message()
    a.send(session, message)
    await trial.until('a message to arrive after a start, a stop and a start', () => core.received.length > 0)
    await trial.settled('a stop, a start and a stop at once', Promise.all([stop(), start(), stop()]))
    const left = transport.createHELO()
    expectThat(left === null, 'it to be stopped after a stop, a start and a stop', left)
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
  overlap,
]
