/** The contract over TCP: identity once, then frames; dropped, not queued, when the peer is slow (paper section 4). */
import type { Socket } from 'node:net'
import type { NodeId } from '@postern/crypto'
import { type Helo, type HeloDraft, PROTOCOL, type ProtocolNumber } from '@postern/helo'
import {
  Admission,
  bindAll,
  type ConnectOptions,
  type CoreAPIForTransport,
  checkMessage,
  type InetAddress,
  InetAddressing,
  InterfaceWatch,
  inetSource,
  type Message,
  type Provenance,
  type SessionEndReason,
  SessionOwner,
  SessionTable,
  type Timer,
  TrafficCounters,
  type Transport,
  type TransportEnv,
  TransportError,
  type TransportTraits,
  type TSession,
  Turns,
} from '@postern/transport-api'
import {
  COMMON_MTU_OCTETS,
  CONNECT_TIMEOUT_MS,
  LINGER_MS,
  MAX_LATENCY_MS,
  PATROL_MS,
  STOP_LINGER_MS,
  UNHELD_SHARE,
} from './constants.js'
import { dial } from './dial.js'
import { TcpConnection } from './tcp-connection.js'
import { TcpListener } from './tcp-listener.js'
import type { TcpRemote } from './tcp-remote.js'
import type { TcpSettings } from './tcp-settings.js'

export class TcpTransport implements Transport {
  readonly protocolNumber: ProtocolNumber = PROTOCOL.TCP
  readonly mtu: number
  readonly cost: number
  readonly traits: TransportTraits
  readonly #core: CoreAPIForTransport
  readonly #env: TransportEnv
  readonly #settings: TcpSettings
  readonly #addressing: InetAddressing
  readonly #watch: InterfaceWatch
  readonly #counters: TrafficCounters
  readonly #owner: SessionOwner<TcpRemote> = new SessionOwner()
  readonly #table: SessionTable<TSession>
  readonly #admission: Admission
  /** Every socket that is not gone yet, with its session once its peer is known. */
  readonly #connections = new Map<TcpConnection, TcpRemote | null>()
  #listeners: readonly TcpListener[] = []
  #running = false
  /** Aborted by stop. */
  readonly #dials = new Set<AbortController>()
  #patrol: Timer | null = null
  readonly #turns = new Turns()

  constructor(core: CoreAPIForTransport, env: TransportEnv, settings: TcpSettings) {
    this.#core = core
    this.#env = env
    this.#settings = settings
    this.#addressing = new InetAddressing({ protocol: this.protocolNumber, settings, section: env.config.name })
    this.#watch = new InterfaceWatch({
      clock: env.clock,
      log: env.log,
      settings,
      drafts: () => this.createHELO(),
      onChanged: () => core.event({ kind: 'advertisement-changed' }),
    })
    this.mtu = settings.mtu
    this.cost = settings.cost
    this.traits = {
      directions: { in: true, out: true },
      reliable: true,
      ordered: true,
      maxLatencyMs: MAX_LATENCY_MS,
      idleMs: settings.idleMs,
      sourceProven: true,
    }
    this.#counters = new TrafficCounters(env.clock, (event) => core.event(event))
    this.#admission = new Admission({ total: settings.maxInbound, perSource: settings.maxInboundPerSource })
    this.#table = new SessionTable({
      clock: env.clock,
      idleMs: settings.idleMs,
      maxUnheld: Math.max(1, Math.floor(settings.maxInbound * UNHELD_SHARE)),
      onOver: (session, why) => {
        if (why !== 'released') this.#owner.remoteOf(session).connection.end(why)
      },
    })
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters.snapshot(), sessions: this.#table.size, connections: this.#connections.size }
  }

  verifyHelo(helo: Helo, provenance: Provenance = 'rumour'): boolean {
    return this.#addressing.verify(helo, provenance)
  }

  destinations(helo: Helo): readonly string[] {
    return this.#addressing.destinations(helo)
  }

  createHELO(): readonly HeloDraft[] | null {
    const bound = this.#listeners.map((listener) => listener.address)
    return this.#addressing.drafts(bound, () => this.mtu)
  }

  async connect(helo: Helo, options: ConnectOptions = {}): Promise<TSession> {
    if (!this.#running) throw new TransportError('ERR_NOT_STARTED', 'the transport is not started')
    const address = this.#addressing.dialable(helo)
    const socket = await this.#dial(address, options.signal)
    const connection = this.#adopt(socket, 'dialler')
    const mtu = Math.min(this.mtu, helo.mtu)
    return this.#open(connection, helo.senderIdentity, inetSource(address.host), mtu, 'dialled').session
  }

  /** Ends with the caller's signal, or with ours when the transport stops. */
  async #dial(address: InetAddress, wished: AbortSignal | undefined): Promise<Socket> {
    const stopping = new AbortController()
    const signal = wished === undefined ? stopping.signal : AbortSignal.any([wished, stopping.signal])
    this.#dials.add(stopping)
    try {
      return await dial(address, { clock: this.#env.clock, timeoutMs: CONNECT_TIMEOUT_MS, signal })
    } finally {
      this.#dials.delete(stopping)
    }
  }

  send(tsession: TSession, message: Message): boolean {
    const { connection, life } = this.#owner.remoteOf(tsession)
    checkMessage(message, tsession.mtu ?? this.mtu)
    if (life.ended) return this.#refuse('session-ended')
    if (!connection.send(message)) return this.#refuse('slow-peer')
    this.#counters.accepted += 1
    return true
  }

  associate(tsession: TSession): boolean {
    return this.#owner.remoteOf(tsession).life.associate()
  }

  async disconnect(tsession: TSession): Promise<void> {
    const { connection, life } = this.#owner.release(tsession)
    if (life.holds === 0) await connection.close(LINGER_MS)
  }

  startTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#running) return
      this.#counters.open()
      const { log, config } = this.#env
      const bind = (at: InetAddress): Promise<TcpListener> =>
        TcpListener.bind(at, config.name, (socket) => this.#accept(socket), log)
      this.#listeners = await bindAll({ settings: this.#settings, log, bind })
      this.#running = true
      this.#watch.start(this.#listeners.map(({ address }) => address))
    })
  }

  stopTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      this.#running = false
      this.#watch.stop()
      for (const dialling of this.#dials) dialling.abort(new Error('the transport was stopped'))
      const closing = this.#listeners.map((listener) => listener.close())
      this.#listeners = []
      for (const [connection, remote] of this.#connections) {
        closing.push(connection.close(STOP_LINGER_MS))
        if (remote !== null && !remote.life.ended) this.#ended(remote, 'stopped')
      }
      await Promise.all(closing)
      this.#patrol?.[Symbol.dispose]()
      this.#patrol = null
      this.#counters.close()
    })
  }

  #accept(socket: Socket): void {
    const host = socket.remoteAddress
    if (host === undefined) return void socket.destroy() // gone already
    const source = inetSource(host)
    const refusal = this.#settings.policy.denies(host) ? 'denied-network' : null
    const leave = refusal === null ? this.#admission.admit(source) : null
    if (leave === null) {
      this.#counters.drop('in', refusal ?? 'accept-limit')
      socket.on('error', () => {}).resetAndDestroy()
      return
    }
    socket.once('close', leave)
    this.#adopt(socket, 'listener', source)
  }

  #adopt(socket: Socket, role: 'dialler' | 'listener', source: Uint8Array = new Uint8Array(0)): TcpConnection {
    const connection = new TcpConnection(socket, {
      role,
      myIdentity: this.#core.myIdentity,
      receiveMtu: Math.max(this.mtu, COMMON_MTU_OCTETS),
      unwrittenLimit: this.#settings.unwrittenLimitOctets,
      clock: this.#env.clock,
      counters: this.#counters,
      onWelcome: (opened, peer) => this.#welcome(opened, peer, source),
      onMessage: (from, message) => this.#receive(from, message),
      onEnd: (ended, reason) => {
        const remote = this.#connections.get(ended)
        if (remote) this.#ended(remote, reason)
      },
      onGone: (gone) => this.#connections.delete(gone),
    })
    this.#connections.set(connection, null)
    this.#patrol ??= this.#env.clock.setTimer(() => this.#patrolOnce(), PATROL_MS)
    return connection
  }

  #open(
    connection: TcpConnection,
    peer: NodeId,
    source: Uint8Array,
    mtu: number,
    origin: 'dialled' | 'inbound',
  ): TcpRemote {
    const face = { ttype: this.protocolNumber, mtu, source }
    const remote = this.#owner.create(face, (session) => {
      return { session, life: this.#table.open(session, origin), connection, peer }
    })
    this.#connections.set(connection, remote)
    return remote
  }

  #welcome(connection: TcpConnection, peer: NodeId, source: Uint8Array): void {
    const dialled = this.#connections.get(connection)
    if (!dialled) this.#open(connection, peer, source, Math.min(this.mtu, COMMON_MTU_OCTETS), 'inbound')
    else if (dialled.peer !== peer) connection.end('wrong-peer')
  }

  #receive(connection: TcpConnection, { msg, size, isEncrypted, crc }: Message): void {
    const { session, life, peer } = this.#connections.get(connection)!
    life.heard()
    this.#counters.received += 1
    this.#counters.receivedOctets += size
    this.#core.receive({ tsession: session, sender: peer, msg, size, isEncrypted, crc })
  }

  #ended({ session, life }: TcpRemote, reason: SessionEndReason): void {
    life.end()
    this.#core.event({ kind: 'session-ended', tsession: session, reason })
  }

  #patrolOnce(): void {
    for (const connection of this.#connections.keys()) connection.patrol()
    if (this.#connections.size > 0) this.#patrol?.reset(PATROL_MS)
    else this.#patrol = null
  }

  #refuse(reason: 'session-ended' | 'slow-peer'): false {
    this.#counters.refuse(reason)
    return false
  }
}
