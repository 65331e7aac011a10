/** A transport whose network is a map: addresses are one octet each, messages arrive in a microtask. */
import { type NodeId, nodeIdToBytes } from '@postern/crypto'
import { type Helo, type HeloDraft, protocolNumber } from '@postern/helo'
import {
  type ConnectOptions,
  type CoreAPIForTransport,
  checkMessage,
  type InitTransport,
  type Message,
  type SessionLife,
  SessionTable,
  TrafficCounters,
  type Transport,
  type TransportEnv,
  TransportError,
  type TSession,
} from '../src/index.js'

const FAKE = protocolNumber(40_000)

export class FakeNetwork {
  readonly #listening = new Map<number, FakeTransport>()
  /** The setting `addresses` is what a node listens on and advertises: none, one or several. */
  readonly init: InitTransport = (core, env) => {
    const transport = new FakeTransport(this, core, env)
    this.transports.push(transport)
    return transport
  }
  readonly transports: FakeTransport[] = []

  at(address: number): FakeTransport | undefined {
    return this.#listening.get(address)
  }

  listen(transport: FakeTransport, address: number): void {
    if (this.#listening.has(address)) throw new TransportError('ERR_LISTEN_IN_USE', `address ${address} is taken`)
    this.#listening.set(address, transport)
  }

  leave(transport: FakeTransport): void {
    for (const [address, one] of this.#listening) if (one === transport) this.#listening.delete(address)
  }
}

class FakeSession implements TSession {
  readonly ttype = FAKE
  readonly source: Uint8Array
  life!: SessionLife
  remote: { readonly transport: FakeTransport; readonly session: FakeSession } | null = null

  constructor(source: NodeId) {
    this.source = nodeIdToBytes(source)
  }
}

export class FakeTransport implements Transport {
  readonly protocolNumber = FAKE
  readonly mtu = 1000
  readonly cost = 100
  readonly traits = {
    directions: { in: true, out: true },
    reliable: false,
    ordered: false,
    sourceProven: true,
    maxLatencyMs: 1000,
    idleMs: 30_000,
  }
  readonly core: CoreAPIForTransport
  readonly table: SessionTable<FakeSession>
  /** The addresses that `connect` was called with. */
  readonly dialled: number[] = []
  readonly #network: FakeNetwork
  readonly #addresses: readonly number[]
  readonly #counters: TrafficCounters
  #running = false

  constructor(network: FakeNetwork, core: CoreAPIForTransport, { config, clock }: TransportEnv) {
    this.#network = network
    this.core = core
    this.#addresses = config.strings('addresses', []).map(Number)
    config.refuseUnknown()
    this.#counters = new TrafficCounters(clock, (event) => core.event(event))
    this.table = new SessionTable({
      clock,
      idleMs: this.traits.idleMs,
      maxUnheld: 10,
      onOver: (session, why) => {
        session.remote?.session.life.end()
        if (why !== 'released') core.event({ kind: 'session-ended', tsession: session, reason: why })
      },
    })
  }

  counters(): Record<string, number> {
    return this.#counters.snapshot()
  }

  verifyHelo(helo: Helo): boolean {
    return helo.senderAddress.length === 1 && helo.senderAddress[0] !== 255
  }

  createHELO(): readonly HeloDraft[] | null {
    if (this.#addresses.length === 0) return null
    return this.#addresses.map((address) => ({
      protocol: FAKE,
      mtu: this.mtu,
      senderAddressSize: 1,
      senderAddress: Uint8Array.of(address),
    }))
  }

  async connect(helo: Helo, options: ConnectOptions = {}): Promise<TSession> {
    this.dialled.push(helo.senderAddress[0]!)
    if (options.signal?.aborted) throw new TransportError('ERR_ABORTED', 'aborted before it began')
    const transport = this.#network.at(helo.senderAddress[0]!)
    if (transport === undefined) throw new TransportError('ERR_CONNECT_REFUSED', `nobody at ${helo.senderAddress[0]}`)
    const [ours, theirs] = [new FakeSession(helo.senderIdentity), new FakeSession(this.core.myIdentity)]
    ours.remote = { transport, session: theirs }
    theirs.remote = { transport: this, session: ours }
    ours.life = this.table.open(ours, 'dialled')
    theirs.life = transport.table.open(theirs, 'inbound')
    return ours
  }

  send(tsession: TSession, message: Message): boolean {
    checkMessage(message, this.mtu)
    const { life, remote } = tsession as FakeSession
    if (!this.#running || life.ended || remote === null) {
      this.#counters.refuse('session-ended')
      return false
    }
    const pack = { ...message, msg: message.msg.slice(), sender: this.core.myIdentity }
    queueMicrotask(() => {
      if (remote.session.life.ended) return
      remote.session.life.heard()
      remote.transport.core.receive({ ...pack, tsession: remote.session })
    })
    return true
  }

  associate(tsession: TSession): boolean {
    return (tsession as FakeSession).life.associate()
  }

  async disconnect(tsession: TSession): Promise<void> {
    if (!(tsession as FakeSession).life.release()) throw new TransportError('ERR_SESSION_NOT_HELD', 'no hold')
  }

  async startTransportServer(): Promise<void> {
    for (const address of this.#addresses) this.#network.listen(this, address)
    this.#counters.open()
    this.#running = true
  }

  async stopTransportServer(): Promise<void> {
    this.#running = false
    this.#network.leave(this)
    for (const session of this.table.sessions()) {
      session.remote?.session.life.end()
      session.life.end()
    }
    this.#counters.close()
  }
}
