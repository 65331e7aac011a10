/** Advertisements: what one instance says of itself another can use; what cannot be used is refused without a sound. */
import { type Helo, MAX_MTU_OCTETS, MAX_SENDER_ADDRESS_OCTETS, protocolNumber } from '@postern/helo'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectThat } from '../expectation.js'
import { activeResources, resourcesSince } from '../resources.js'
import type { Trial } from '../trial.js'
import type { TrialNode } from '../trial-node.js'

const accepted = conformanceCase({
  clause: 'P2.2/helo-accepted',
  title: 'every address that one instance advertises is well-formed, and allowed by another',
  look: '`createHELO` and `verifyHelo`: the two ends of one encoding',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    for (const draft of b.drafts()) {
      const { protocol, mtu, senderAddress, senderAddressSize } = draft
      expectThat(
        protocol === b.transport.protocolNumber,
        `protocol ${b.transport.protocolNumber} in the draft`,
        protocol,
      )
      expectThat(
        senderAddressSize === senderAddress.byteLength,
        `senderAddressSize ${senderAddress.byteLength}`,
        senderAddressSize,
      )
      const isAddress = senderAddressSize > 0 && senderAddressSize <= MAX_SENDER_ADDRESS_OCTETS
      expectThat(isAddress, `1 to ${MAX_SENDER_ADDRESS_OCTETS} octets of address`, senderAddressSize)
      expectThat(Number.isInteger(mtu) && mtu >= 1 && mtu <= MAX_MTU_OCTETS, `an mtu from 1 to ${MAX_MTU_OCTETS}`, mtu)
      const verdict = a.transport.verifyHelo(b.core.helo(draft), 'owner')
      expectThat(verdict === true, 'verifyHelo of the other instance to say true', verdict)
    }
  },
})

const dialled = conformanceCase({
  clause: 'P2.2/helo-dialled',
  title: 'every address that an instance advertises leads to it',
  look: '`createHELO`: addresses at which nobody listens',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    const helos = b.drafts().map((draft) => b.core.helo(draft))
    const usable = helos.filter((helo) => a.transport.verifyHelo(helo, 'owner'))
    for (const [at, helo] of usable.entries()) {
      const session = await a.dial(helo)
      a.send(session, trial.message())
      await b.receives(at + 1)
    }
  },
})

const unreachable = conformanceCase({
  clause: 'P2.2/helo-null',
  title: 'an instance that nobody can reach gives null instead of an advertisement, and still sends',
  look: '`createHELO` with nothing to advertise; a harness that does not honour `reachable: false`',
  async trial(trial) {
    const [a, b] = [await trial.node({ reachable: false }), await trial.node()]
    const drafts = a.transport.createHELO()
    expectThat(drafts === null, 'createHELO to give null', drafts)
    a.send(await a.connect(b), trial.message())
    await b.receives(1)
  },
})

const ARBITRARY_ADDRESSES = 400

const total = conformanceCase({
  clause: 'D2/verify-total',
  title: 'verifyHelo gives true or false for any octets whatever, and never throws',
  look: '`verifyHelo`: a decoder that reads past the end or takes text for granted',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    const real = b.core.helo(b.draft())
    for (const senderAddress of arbitraryAddresses(trial, real.senderAddress)) {
      const verdict = await codeOf(() => a.transport.verifyHelo(withAddress(real, senderAddress)))
      const isVerdict = verdict === 'no error but true' || verdict === 'no error but false'
      expectThat(isVerdict, `true or false for ${senderAddress.byteLength} octets`, verdict)
    }
  },
})

const refuses = conformanceCase({
  clause: 'D2/verify-refuses',
  title: 'malformed and forbidden addresses and those of other protocols are refused by verifyHelo',
  look: '`verifyHelo`: every field of the address, and helo.protocol',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    for (const helo of unusable(trial, b)) {
      const verdict = a.transport.verifyHelo(helo, 'owner')
      expectThat(verdict === false, `false for protocol ${helo.protocol}`, { verdict, address: helo.senderAddress })
    }
  },
})

const notDialled = conformanceCase({
  clause: 'D2/connect-refuses',
  title: 'connect rejects what verifyHelo refuses with a TransportError, and dials nobody',
  look: 'the first lines of `connect`: it must not rely on verifyHelo having been asked',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    for (const helo of unusable(trial, b)) {
      const code = await trial.settled(
        'connect',
        codeOf(() => a.transport.connect(helo)),
      )
      expectThat(code.startsWith('ERR_ADDRESS_'), 'connect to reject with ERR_ADDRESS_…', code)
    }
    await trial.quiet()
    expectThat(b.core.received.length === 0, 'nothing to arrive anywhere', b.core.received.length)
  },
})

const quiet = conformanceCase({
  clause: 'D2/verify-quiet',
  title: 'verifyHelo does no I/O: nothing is sent, opened or timed',
  look: '`verifyHelo`: look-ups, probes, caches with timers',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    const helo = b.core.helo(b.draft())
    await trial.quiet()
    const [resources, timers, told] = [activeResources(), trial.clock.pending, JSON.stringify(b.transport.counters())]
    for (let count = 0; count < 50; count += 1) a.transport.verifyHelo(helo, count % 2 === 0 ? 'owner' : 'rumour')
    const opened = resourcesSince(resources)
    expectThat(opened.length === 0, 'no handle to be opened', opened.join(', '))
    expectThat(trial.clock.pending <= timers, 'no timer to be set', `${trial.clock.pending - timers} more`)
    await trial.quiet()
    const counters = JSON.stringify(b.transport.counters())
    expectThat(
      counters === told && b.core.received.length === 0,
      `the other instance to hear nothing (${told})`,
      counters,
    )
  },
})

const destinations = conformanceCase({
  clause: 'D2/destinations',
  title:
    'destinations, where a transport has it, names what a flood would hit, for any octets whatever, and never throws',
  look: '`destinations`: an address that it could not read is an empty list',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    if (typeof a.transport.destinations !== 'function') return // left out; what else it may be D2/shape says
    const real = b.core.helo(b.draft())
    const ofReal = namesOf(a, real)
    expectThat(isNames(ofReal) && ofReal.length > 0, 'at least one destination of an address it would dial', ofReal)
    const unreadable = unusable(trial, b).map((helo) => helo.senderAddress)
    for (const senderAddress of [...unreadable, ...arbitraryAddresses(trial, real.senderAddress)]) {
      const names = namesOf(a, withAddress(real, senderAddress))
      expectThat(isNames(names), `a list of texts for ${senderAddress.byteLength} octets`, names)
    }
  },
})

/** What it gives, or throws. */
function namesOf({ transport }: TrialNode, helo: Helo): unknown {
  try {
    return transport.destinations?.(helo)
  } catch (error) {
    return error
  }
}

function isNames(names: unknown): names is readonly string[] {
  return Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')
}

/** HELOs that nobody may dial, each signed by `owner`. */
function unusable(trial: Trial, owner: TrialNode): readonly Helo[] {
  const draft = owner.draft()
  const helo = owner.core.helo(draft)
  const refused = [new Uint8Array(0), ...trial.world.unusableAddresses].map((address) => withAddress(helo, address))
  const foreign = protocolNumber(draft.protocol === 1 ? 2 : draft.protocol - 1)
  return [...refused, { ...helo, protocol: foreign }]
}

function withAddress(helo: Helo, senderAddress: Uint8Array): Helo {
  return { ...helo, senderAddress, senderAddressSize: senderAddress.byteLength }
}

/** Noise of many lengths, and a real address that was cut, lengthened or changed in one place. */
function* arbitraryAddresses({ random }: Trial, real: Uint8Array): Generator<Uint8Array> {
  yield new Uint8Array(0)
  for (let cut = 0; cut < real.byteLength; cut += 1) yield real.slice(0, cut)
  yield Uint8Array.of(...real, 0)
  yield new Uint8Array(MAX_SENDER_ADDRESS_OCTETS).fill(0xff)
  for (let count = 0; count < ARBITRARY_ADDRESSES; count += 1) {
    if (count % 2 === 0) yield random.bytes(random.below(300))
    else {
      const changed = real.slice()
      changed[random.below(changed.byteLength)] = random.below(256)
      yield changed
    }
  }
}

export const heloCases: readonly ConformanceCase[] = [
  accepted,
  dialled,
  unreachable,
  total,
  refuses,
  notDialled,
  quiet,
  destinations,
]
