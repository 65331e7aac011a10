/** Messages: what goes in comes out, and nothing happens from inside a call. */
import type { Message } from '@postern/transport-api'
import { type ConformanceCase, conformanceCase } from '../case.js'
import { codeOf, expectSame, expectThat, keyOf } from '../expectation.js'

const MAX_CRC = 0xffff_ffff

const values = conformanceCase({
  clause: 'P2.1/values',
  title: 'msg, size, isEncrypted and crc arrive as they were sent',
  look: 'the encoding of a message: the flag, all 32 bits of crc, a msg of no octets',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const mtu = session.mtu ?? a.transport.mtu
    const sizes = [0, 1, 2, 100, mtu >> 1].filter((size) => size <= mtu)
    const sent = sizes.flatMap((size) => [
      trial.message(size, { crc: 0 }),
      trial.message(size, { crc: MAX_CRC, isEncrypted: true }),
      trial.message(size, { crc: 0x8000_0001 }),
    ])
    for (const message of sent) {
      const said = a.send(session, message)
      expectThat(said === true, `send of ${message.size} octets to say true`, said)
    }
    await b.receives(sent.length)
    expectSame(b.core.arrived, sent)
  },
})

const sender = conformanceCase({
  clause: 'P2.1/sender',
  title: 'a message arrives with the node id of the core that sent it',
  look: 'core.myIdentity on the wire; who is taken for the sender on receive',
  async trial(trial) {
    const [a, b, c] = [await trial.node(), await trial.node(), await trial.node()]
    for (const [at, from] of [a, c].entries()) {
      from.send(await from.connect(b), trial.message())
      await b.receives(at + 1)
      const seen = b.core.received[at]!.sender
      expectThat(seen === from.core.myIdentity, `sender ${from.core.myIdentity}`, seen)
    }
  },
})

const mtu = conformanceCase({
  clause: 'D2/mtu',
  title: 'a message of mtu octets arrives as one; one octet more is ERR_MESSAGE_TOO_LARGE',
  look: '`mtu` of transport and session against what the wire takes; checkMessage at the beginning of `send`',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const most = session.mtu ?? a.transport.mtu
    const sent = [trial.message(Math.max(0, most - 1)), trial.message(most)]
    for (const message of sent) {
      const said = a.send(session, message)
      expectThat(said === true, `send of ${message.size} octets to say true`, said)
    }
    const code = await codeOf(() => a.send(session, trial.message(most + 1)))
    expectThat(code === 'ERR_MESSAGE_TOO_LARGE', `ERR_MESSAGE_TOO_LARGE for ${most + 1} octets`, code)
    await b.receives(sent.length)
    await trial.quiet()
    const sizes = b.core.arrived.map(({ size }) => size).sort((x, y) => x - y)
    expectThat(sizes.join() === `${sent[0]!.size},${most}`, `messages of ${sent[0]!.size} and ${most} octets`, sizes)
    expectSame(b.core.arrived, sent)
  },
})

const PEER_MTU_OCTETS = 64

const peerMtu = conformanceCase({
  clause: 'D2/peer-mtu',
  title: 'a session to a peer that takes less states the smaller mtu',
  look: '`connect`: helo.mtu',
  async trial(trial) {
    const [a, b] = [await trial.node(), await trial.node()]
    const small = Math.min(PEER_MTU_OCTETS, b.draft().mtu)
    const session = await a.dial(b.core.helo({ ...b.draft(), mtu: small }))
    expectThat(session.mtu === small || a.transport.mtu <= small, `session.mtu ${small}`, session.mtu)
  },
})

const invalid = conformanceCase({
  clause: 'D2/message-invalid',
  title: 'a message whose size or crc cannot be is ERR_MESSAGE_INVALID',
  look: 'checkMessage at the beginning of `send`',
  async trial(trial) {
    const { a, session } = await trial.pair()
    const wrong = [
      trial.message(8, { size: 7 }),
      trial.message(8, { size: 9 }),
      trial.message(8, { crc: -1 }),
      trial.message(8, { crc: MAX_CRC + 1 }),
      trial.message(8, { crc: 1.5 }),
      trial.message(8, { crc: Number.NaN }),
    ]
    for (const message of wrong) {
      const code = await codeOf(() => a.send(session, message))
      expectThat(code === 'ERR_MESSAGE_INVALID', `ERR_MESSAGE_INVALID for ${keyOf(message)}`, code)
    }
  },
})

/** Octets as a caller may have them, and all the room around them. */
const LOANS: Readonly<Record<string, (octets: Uint8Array) => { readonly msg: Uint8Array; readonly room: Uint8Array }>> =
  {
    whole: (octets) => {
      const msg = octets.slice()
      return { msg, room: msg }
    },
    /** Its `slice` gives a view and no copy. */
    buffer: (octets) => {
      const msg = Buffer.alloc(octets.byteLength)
      msg.set(octets)
      return { msg, room: msg }
    },
    view: (octets) => {
      const room = new Uint8Array(3 * octets.byteLength)
      const msg = room.subarray(octets.byteLength, 2 * octets.byteLength)
      msg.set(octets)
      return { msg, room }
    },
  }

const borrowed = conformanceCase({
  clause: 'P2.1/borrowed',
  title: 'what the caller does to msg after send has returned changes nothing, be it a Buffer or a view of more',
  look: '`send`: msg is borrowed; what outlives the call is a copy, and `slice` of a Buffer is none',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const sent: Message[] = []
    for (const lend of Object.values(LOANS)) {
      for (let count = 0; count < 3; count += 1) {
        const message = trial.message(100)
        const { msg, room } = lend(message.msg)
        a.send(session, { ...message, msg })
        sent.push(message)
        room.fill(0xee)
      }
    }
    await b.receives(sent.length)
    expectSame(b.core.arrived, sent)
  },
})

const owned = conformanceCase({
  clause: 'P2.1/owned',
  title: "a received msg is core's own: what arrives later does not change it, nor what core writes into it",
  look: '`receive`: a view of a buffer that is used again',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const sent = Array.from({ length: 10 }, () => trial.message(100))
    b.core.onReceive = ({ msg }) => {
      if (b.core.received.length === 5) msg.fill(0xee)
    }
    for (const [at, message] of sent.entries()) {
      a.send(session, message)
      await b.receives(at + 1)
    }
    for (const [at, { msg }] of b.core.received.entries()) {
      const expected = at === 4 ? new Uint8Array(100).fill(0xee) : b.core.arrived[at]!.msg
      expectThat(Buffer.compare(msg, expected) === 0, `message ${at + 1} to stay as it was`, msg)
    }
    expectSame(b.core.arrived, sent)
  },
})

const noReentry = conformanceCase({
  clause: 'P2.1/no-reentry',
  title: 'receive and event are never called from inside send, connect or another call of core',
  look: 'what `send` does before it returns; a drop that is told at once',
  async trial(trial) {
    const { a, b, session } = await trial.pair()
    const own = await a.connect(a)
    for (let count = 0; count < 20; count += 1) {
      a.send(own, trial.message())
      a.send(session, trial.message())
    }
    await a.receives(20)
    await b.receives(20)
    const { transport } = a
    await trial.settled(
      'disconnect',
      a.core.during('disconnect', () => transport.disconnect(session)),
    )
    a.send(session, trial.message())
    a.core.during('associate', () => transport.associate(session))
    a.core.during('verifyHelo', () => transport.verifyHelo(b.core.helo(b.draft())))
    await trial.quiet()
    const reentered = [...new Set([...a.core.reentered, ...b.core.reentered])]
    expectThat(reentered.length === 0, 'no call into core from inside a call of core', reentered.join(', '))
  },
})

const ordered = conformanceCase({
  clause: 'D2/ordered',
  title: 'an ordered transport delivers the messages of one session in the order in which they were sent',
  look: 'traits.ordered, or what overtakes what',
  appliesTo: ({ ordered: isOrdered }) => isOrdered,
  async trial(trial) {
    const { a, b, session } = await trial.pairAcross('delay')
    for (let count = 0; count < 40; count += 1) a.send(session, trial.message())
    await b.receives(1)
    await trial.quiet()
    const crcs = b.core.arrived.map(({ crc }) => crc) // counts up
    const late = crcs.findIndex((crc, at) => at > 0 && crc < crcs[at - 1]!)
    expectThat(late < 0, 'every message after the one before it', `message ${crcs[late]} after ${crcs[late - 1]}`)
  },
})

const reliable = conformanceCase({
  clause: 'D2/reliable',
  title: 'a reliable transport delivers all that was handed on, however slowly and in whatever pieces it travels',
  look: 'traits.reliable, or a parser that takes a piece for a whole',
  appliesTo: ({ reliable: isReliable }) => isReliable,
  async trial(trial) {
    for (const fault of ['delay', 'pieces'] as const) {
      const { a, b, session } = await trial.pairAcross(fault)
      const sent = Array.from({ length: 80 }, () => trial.message()).filter((message) => a.send(session, message))
      await b.receives(sent.length)
      expectSame(b.core.arrived, sent)
    }
  },
})

const latency = conformanceCase({
  clause: 'D2/latency',
  title: 'a message arrives within maxLatencyMs also when the path is slow',
  look: 'traits.maxLatencyMs: what it expects at worst, not on average',
  async trial(trial) {
    const { a, b, session } = await trial.pairAcross('delay')
    const sentAtMs = trial.clock.monotonic()
    a.send(session, trial.message())
    await b.receives(1)
    const tookMs = Math.round(b.core.receivedAtMs[0]! - sentAtMs)
    const { maxLatencyMs } = a.transport.traits
    expectThat(tookMs <= maxLatencyMs, `arrival within ${maxLatencyMs} ms`, `${tookMs} ms`)
  },
})

export const deliveryCases: readonly ConformanceCase[] = [
  values,
  sender,
  mtu,
  peerMtu,
  invalid,
  borrowed,
  owned,
  noReentry,
  ordered,
  reliable,
  latency,
]
