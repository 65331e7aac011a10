/** What the suite does not ask of a transport, and a core above a simulated one may rely on all the same. */
import { createIdentity } from '@postern/crypto'
import { protocolNumber } from '@postern/helo'
import type { Message, TSession } from '@postern/transport-api'
import {
  type RecordingNode,
  recordingNode,
  SeededRandom,
  SimNetwork,
  type SimStyle,
  type SimTransportOptions,
  simTransport,
  VirtualClock,
} from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { microtasks } from '../../src/conformance/microtasks.js'
import { encodeSimFrame, NO_MESSAGE, SIM_FRAME_KIND, type SimFrame } from '../../src/sim/sim-frame.js'

class World {
  readonly clock = new VirtualClock()
  readonly network = new SimNetwork({ clock: this.clock, random: new SeededRandom(1) })

  async node(
    address: string,
    style: SimStyle,
    options: Partial<Omit<SimTransportOptions, 'address' | 'style' | 'network'>> = {},
  ): Promise<RecordingNode> {
    const init = simTransport({ network: this.network, address, style, ...options })
    const env = { clock: this.clock, random: new SeededRandom(1) }
    const node = await recordingNode(init, { name: 'simulated', env })
    await node.transport.startTransportServer()
    return node
  }

  /** A session, while time goes on as long as it must. */
  async dial(from: RecordingNode, to: RecordingNode): Promise<TSession> {
    const connecting = from.transport.connect(to.helo())
    await this.pass(10)
    return connecting
  }

  async pass(ms: number): Promise<void> {
    await microtasks(5)
    this.clock.advance(ms)
    await microtasks(5)
  }

  /** As a stranger would, who speaks the simulated protocol. */
  throwAt(to: string, frame: Partial<SimFrame>, from = 'stranger'): void {
    const { nodeId } = STRANGER
    const bytes = encodeSimFrame({
      kind: SIM_FRAME_KIND.MESSAGE,
      conversation: 0,
      sender: nodeId,
      message: NO_MESSAGE,
      ...frame,
    })
    this.network.send(from, to, bytes, { inOrder: true })
  }
}

const STRANGER = createIdentity()
const endedIn = ({ core }: RecordingNode): readonly string[] =>
  core.events.flatMap((e) => (e.kind === 'session-ended' ? [e.reason] : []))

function message(...octets: number[]): Message {
  return { msg: Uint8Array.from(octets), size: octets.length, isEncrypted: false, crc: 0 }
}

describe('tests/sim-transport', () => {
  test('a style is a default: number, mtu, cost and traits can be others; a HELO of another number is refused', async () => {
    const world = new World()
    const facts = { protocolNumber: protocolNumber(0xf00f), mtu: 99, cost: 7 }
    const { transport } = await world.node('a', 'datagram', { ...facts, traits: { idleMs: 5 } })
    expect(transport).toMatchObject({ ...facts, traits: { idleMs: 5, reliable: false } })
    const peer = await world.node('b', 'datagram')
    expect(transport.verifyHelo(peer.helo())).toBe(false) // of another number
  })

  test('frames that are none are counted, each by what is wrong with it', async () => {
    const world = new World()
    const { transport } = await world.node('a', 'datagram')
    const whole = encodeSimFrame({ kind: 1, conversation: 0, sender: STRANGER.nodeId, message: NO_MESSAGE })
    const changed = (at: number, value: number): Uint8Array =>
      whole.map((octet, index) => (index === at ? value : octet))
    for (const bytes of [whole.slice(0, -1), new Uint8Array(0), changed(0, 9), changed(5, 2)])
      world.network.send('stranger', 'a', bytes, { inOrder: false })
    world.throwAt('a', { kind: SIM_FRAME_KIND.OPEN })
    world.clock.advance(1)
    expect(transport.counters()).toMatchObject({
      'dropped.in.truncated': 2,
      'dropped.in.unknown-kind': 2, // datagrams know no conversations
      'dropped.in.reserved-flags': 1,
    })
  })

  test('more than 256 KiB under way to one address is refused as slow-peer, until it has arrived', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'datagram'), await world.node('b', 'datagram')]
    const session = await world.dial(a, b)
    const large = { ...message(), msg: new Uint8Array(1_400), size: 1_400 }
    const said = Array.from({ length: 200 }, () => a.transport.send(session, large))
    const taken = said.filter((word) => word).length
    expect([said[taken - 1], said[taken], said.at(-1)]).toEqual([true, false, false])
    expect(taken * 1_400).toBeGreaterThan(240 * 1024)
    expect(a.transport.counters()['refused.slow-peer']).toBe(200 - taken)
    await world.pass(10)
    expect(a.transport.send(session, large)).toBe(true)
  })
})

describe('tests/sim-transport datagrams', () => {
  test('connect sends nothing and succeeds although nobody is there', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'datagram'), await world.node('b', 'datagram')]
    const helo = b.helo()
    await b.transport.stopTransportServer()
    const session = await a.transport.connect(helo)
    expect(a.transport.send(session, message(1))).toBe(true)
    await world.pass(10)
    expect(b.core.received).toEqual([])
  })

  test('the answer to a dialled session is an inbound session of its own: nobody else can change the dialled one', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'datagram'), await world.node('b', 'datagram')]
    const dialled = await world.dial(a, b)
    a.transport.send(dialled, message(1))
    await world.pass(10)
    b.transport.send(b.core.received[0]!.tsession!, message(2))
    await world.pass(10)
    expect(a.core.received[0]!.tsession).not.toBe(dialled)
    expect(a.transport.counters().sessions).toBe(2)
  })

  test('of 300 strangers the first 44 are forgotten for the sake of the others', async () => {
    const world = new World()
    const a = await world.node('a', 'datagram')
    for (let number = 0; number < 300; number += 1) {
      world.throwAt('a', { message: message(1) }, `stranger${number}`)
      world.clock.advance(2)
    }
    expect(a.core.received).toHaveLength(300)
    expect(endedIn(a)).toEqual(Array.from({ length: 44 }, () => 'evicted'))
    expect(a.transport.counters().sessions).toBe(256)
  })

  test('a broken path is nothing to them', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'datagram'), await world.node('b', 'datagram')]
    const gate = world.network.openGate('b')
    const senderAddress = new TextEncoder().encode(gate.address)
    const session = await a.transport.connect({ ...b.helo(), senderAddress })
    a.transport.send(session, message(1))
    await world.pass(10)
    gate.break()
    expect(a.transport.send(session, message(2))).toBe(true)
    await world.pass(10)
    expect([b.core.received.length, endedIn(a), endedIn(b)]).toEqual([2, [], []])
  })
})

describe('tests/sim-transport streams', () => {
  test('connect to an address where nobody listens gives up after ten seconds', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'stream'), await world.node('b', 'stream')]
    const helo = b.helo()
    await b.transport.stopTransportServer()
    const connecting = expect(a.transport.connect(helo)).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT' })
    world.clock.advance(9_999)
    expect(world.clock.pending).toBeGreaterThan(0)
    world.clock.advance(1)
    await connecting
  })

  test('an instance that is not to be reached refuses, and can still dial', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'stream'), await world.node('b', 'stream', { isReachable: false })]
    const helo = b.core.helo({ ...a.transport.createHELO()![0]!, senderAddress: new TextEncoder().encode('b') })
    const refused = expect(a.transport.connect(helo)).rejects.toMatchObject({ code: 'ERR_CONNECT_REFUSED' })
    await world.pass(10)
    await refused
    b.transport.send(await world.dial(b, a), message(1))
    await world.pass(10)
    expect(a.core.received).toHaveLength(1)
  })

  test('who gives up, and is accepted afterwards, says so: the other side does not keep the session', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'stream'), await world.node('b', 'stream')]
    const aborting = new AbortController()
    const connecting = a.transport.connect(b.helo(), { signal: aborting.signal })
    aborting.abort(new Error('no more'))
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: new Error('no more') })
    await world.pass(10)
    expect(endedIn(b)).toEqual(['closed-by-peer'])
    expect([a.transport.counters().sessions, b.transport.counters().sessions]).toEqual([0, 0])
  })

  test('an acceptance that comes from somebody else opens nothing', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'stream'), await world.node('b', 'stream')]
    const helo = b.helo()
    await b.transport.stopTransportServer()
    const connecting = expect(a.transport.connect(helo)).rejects.toMatchObject({ code: 'ERR_CONNECT_TIMEOUT' })
    world.throwAt('a', { kind: SIM_FRAME_KIND.ACCEPT, conversation: 3 })
    await world.pass(10)
    expect(a.transport.counters().sessions).toBe(0)
    world.clock.advance(10_000)
    await connecting
  })

  test('a message or an end for a conversation that nobody has is dropped, and ends nothing', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'stream'), await world.node('b', 'stream')]
    const session = await world.dial(a, b)
    world.throwAt('b', { conversation: 2, message: message(1) })
    world.throwAt('b', { kind: SIM_FRAME_KIND.CLOSE, conversation: 2 })
    await world.pass(10)
    expect(b.transport.counters()['dropped.in.no-session']).toBe(1)
    a.transport.send(session, message(2))
    await world.pass(10)
    expect(b.core.received.map(({ msg }) => [...msg])).toEqual([[2]])
  })

  test('the last hold given back ends the session on the other side; on this one nothing is told', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'stream'), await world.node('b', 'stream')]
    const session = await world.dial(a, b)
    a.transport.send(session, message(1))
    await a.transport.disconnect(session)
    await world.pass(10)
    expect([endedIn(a), endedIn(b), b.core.received.length]).toEqual([[], ['closed-by-peer'], 1])
  })

  test('a path that breaks ends its sessions at both ends, and no others', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'stream'), await world.node('b', 'stream')]
    const gate = world.network.openGate('b')
    const other = await world.dial(a, b)
    const senderAddress = new TextEncoder().encode(gate.address)
    const connecting = a.transport.connect({ ...b.helo(), senderAddress })
    await world.pass(10)
    const session = await connecting
    gate.break()
    expect([endedIn(a), endedIn(b)]).toEqual([['broken'], ['broken']])
    expect([a.transport.send(session, message(1)), a.transport.send(other, message(2))]).toEqual([false, true])
  })
})

describe('tests/sim-transport letters', () => {
  test('they arrive without a session, and what was dialled cannot be associated', async () => {
    const world = new World()
    const [a, b] = [await world.node('a', 'letter'), await world.node('b', 'letter')]
    const session = await world.dial(a, b)
    expect(a.transport.associate(session)).toBe(false)
    a.transport.send(session, message(1))
    await world.pass(10)
    expect(b.core.received[0]!.tsession).toBeNull()
    expect(b.transport.counters().sessions).toBe(0)
  })
})
