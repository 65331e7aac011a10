/** The contract over UDP: one datagram, one message, both directions over the same sockets (DESIGN section 5). */
import type { RemoteInfo } from 'node:dgram'
import { nodeIdToBytes } from '@postern/crypto'
import { type Helo, type HeloDraft, PROTOCOL, type ProtocolNumber } from '@postern/helo'
import {
  bindAll,
  type ConnectOptions,
  type CoreAPIForTransport,
  checkMessage,
  encodeInetAddress,
  errorCode,
  formatInetAddress,
  type InetAddress,
  InetAddressing,
  InterfaceWatch,
  inetSource,
  type Message,
  type Provenance,
  SessionOwner,
  SessionTable,
  TrafficCounters,
  type Transport,
  type TransportEnv,
  TransportError,
  type TransportTraits,
  type TSession,
  Turns,
} from '@postern/transport-api'
import { DATAGRAM_HEADER_OCTETS, MAX_LATENCY_MS } from './constants.js'
import { datagramFault, messageOf } from './datagram.js'
import { endpointFor } from './endpoint-choice.js'
import { FailedAddresses } from './failed-addresses.js'
import { UdpEndpoint, type UdpEndpointOptions } from './udp-endpoint.js'
import { type UdpPlace, UdpRemote } from './udp-remote.js'
import type { UdpSettings } from './udp-settings.js'

export class UdpTransport implements Transport {
  readonly protocolNumber: ProtocolNumber = PROTOCOL.UDP
  readonly mtu: number
  readonly cost: number
  readonly traits: TransportTraits
  readonly #core: CoreAPIForTransport
  readonly #env: TransportEnv
  readonly #settings: UdpSettings
  readonly #addressing: InetAddressing
  readonly #watch: InterfaceWatch
  readonly #counters: TrafficCounters
  readonly #owner: SessionOwner<UdpRemote> = new SessionOwner()
  readonly #table: SessionTable<TSession>
  /** By `placeKey`: the inbound sessions that have not ended. A dialled one is its holder's alone. */
  readonly #inbound = new Map<string, UdpRemote>()
  readonly #failed: FailedAddresses
  #lastHeard: UdpRemote | null = null
  #endpoints: readonly UdpEndpoint[] = []
  readonly #turns = new Turns()

  constructor(core: CoreAPIForTransport, env: TransportEnv, settings: UdpSettings) {
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
    this.mtu = Math.max(...settings.listen.map((host) => settings.mtuOf(host.includes(':') ? 6 : 4)))
    this.cost = settings.cost
    this.traits = {
      directions: { in: true, out: true },
      reliable: false,
      ordered: false,
      maxLatencyMs: MAX_LATENCY_MS,
      idleMs: settings.idleMs,
      sourceProven: false,
    }
    this.#counters = new TrafficCounters(env.clock, (event) => core.event(event))
    this.#failed = new FailedAddresses(env.clock)
    this.#table = new SessionTable({
      clock: env.clock,
      idleMs: settings.idleMs,
      maxUnheld: settings.maxUnheldSessions,
      onOver: (session, why) => this.#forget(this.#owner.remoteOf(session), why),
    })
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters.snapshot(), sessions: this.#table.size }
  }

  verifyHelo(helo: Helo, provenance: Provenance = 'rumour'): boolean {
    return this.#addressing.verify(helo, provenance)
  }

  destinations(helo: Helo): readonly string[] {
    return this.#addressing.destinations(helo)
  }

  createHELO(): readonly HeloDraft[] | null {
    const bound = this.#endpoints.map((endpoint) => endpoint.address)
    return this.#addressing.drafts(bound, (family) => this.#settings.mtuOf(family))
  }

  async connect(helo: Helo, { signal }: ConnectOptions = {}): Promise<TSession> {
    if (signal?.aborted) throw new TransportError('ERR_ABORTED', 'connect was aborted', { cause: signal.reason })
    if (this.#endpoints.length === 0) throw new TransportError('ERR_NOT_STARTED', 'the transport is not started')
    const address = this.#addressing.dialable(helo)
    const endpoint = endpointFor(address, this.#endpoints)
    if (endpoint === undefined) throw this.#unreachable(address)
    const mtu = Math.min(this.#settings.mtuOf(address.family), helo.mtu)
    return this.#open('dialled', { endpoint, host: address.host, port: address.port }, mtu).session
  }

  send(tsession: TSession, message: Message): boolean {
    const { endpoint, host, port, life } = this.#owner.remoteOf(tsession)
    checkMessage(message, tsession.mtu ?? this.mtu)
    if (life.ended) return this.#refuse('session-ended')
    if (!endpoint.send(message, port, host)) return this.#refuse('send-queue-full')
    this.#counters.accepted += 1
    return true
  }

  associate(tsession: TSession): boolean {
    return this.#owner.remoteOf(tsession).life.associate()
  }

  async disconnect(tsession: TSession): Promise<void> {
    this.#owner.release(tsession)
  }

  startTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#endpoints.length > 0) return
      this.#counters.open()
      const { log, config } = this.#env
      const options: UdpEndpointOptions = {
        sender: nodeIdToBytes(this.#core.myIdentity),
        section: config.name,
        log,
        onDatagram: (endpoint, datagram, from) => this.#receive(endpoint, datagram, from),
        onSent: (endpoint, error, octets) => this.#sent(endpoint, error, octets),
      }
      this.#endpoints = await bindAll({ settings: this.#settings, log, bind: (at) => UdpEndpoint.bind(at, options) })
      this.#watch.start(this.#endpoints.map(({ address }) => address))
    })
  }

  stopTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      const endpoints = this.#endpoints
      this.#watch.stop()
      this.#endpoints = []
      // Before a socket is gone: `send` says false.
      for (const session of this.#table.sessions()) this.#forget(this.#owner.remoteOf(session), 'stopped')
      await Promise.all(endpoints.map((endpoint) => endpoint.close()))
      this.#counters.close()
    })
  }

  #receive(endpoint: UdpEndpoint, datagram: Buffer, from: RemoteInfo): void {
    const fault = datagramFault(datagram)
    if (fault !== null) return this.#counters.drop('in', fault)
    const remote = this.#heardFrom(endpoint, from)
    if (typeof remote === 'string') return this.#counters.drop('in', remote)
    remote.life.heard()
    const { msg, size, isEncrypted, crc } = messageOf(datagram)
    this.#counters.received += 1
    this.#counters.receivedOctets += size
    const sender = remote.senderIdOf(datagram)
    this.#core.receive({ tsession: remote.session, sender, msg, size, isEncrypted, crc })
  }

  #heardFrom(endpoint: UdpEndpoint, { address: host, port }: RemoteInfo): UdpRemote | InboundRefusal {
    const last = this.#lastHeard
    // Datagrams come in trains: comparing with the last source is cheaper than making a key of this one.
    if (last?.isAt(endpoint, host, port)) return last
    const key = placeKey({ endpoint, host, port })
    const known = this.#inbound.get(key)
    if (known !== undefined) {
      this.#lastHeard = known
      return known
    }
    const refusal = this.#refusal(endpoint, host, port)
    if (refusal !== null) return refusal
    const remote = this.#open('inbound', { endpoint, host, port }, this.#settings.mtuOf(endpoint.address.family))
    this.#inbound.set(key, remote)
    this.#lastHeard = remote
    return remote
  }

  /** Why whoever sent this may not have a session. */
  #refusal(endpoint: UdpEndpoint, host: string, port: number): InboundRefusal | null {
    if (port === 0) return 'port-zero' // nothing can be sent there: an answer would throw
    if (!this.#endpoints.includes(endpoint)) return 'not-started' // its start may still fail, and close it
    return this.#settings.policy.denies(host) ? 'denied-network' : null
  }

  #open(origin: 'dialled' | 'inbound', place: UdpPlace, mtu: number): UdpRemote {
    const face = { ttype: this.protocolNumber, mtu, source: inetSource(place.host) }
    return this.#owner.create(face, (session) => new UdpRemote(place, session, this.#table.open(session, origin)))
  }

  /** The session is over; core hears of it unless it gave back the last hold itself. */
  #forget(remote: UdpRemote, reason: 'released' | 'idle' | 'evicted' | 'stopped'): void {
    remote.life.end()
    const key = placeKey(remote)
    if (this.#inbound.get(key) === remote) this.#inbound.delete(key)
    if (this.#lastHeard === remote) this.#lastHeard = null
    if (reason !== 'released') this.#core.event({ kind: 'session-ended', tsession: remote.session, reason })
  }

  #unreachable(address: InetAddress): TransportError {
    const text = `nothing to reach ${formatInetAddress(address)} from: add an IPv${address.family} address that can to \`listen\` of [${this.#env.config.name}]`
    return new TransportError('ERR_ADDRESS_UNAVAILABLE', text)
  }

  /** Called by the socket, after `send` has returned. */
  #sent(endpoint: UdpEndpoint, error: Error | null, octets: number): void {
    if (error === null) {
      this.#counters.sent += 1
      this.#counters.sentOctets += octets - DATAGRAM_HEADER_OCTETS
      return
    }
    this.#counters.drop('out', 'send-failed')
    const { address, port } = error as Error & { address?: string; port?: number }
    if (address === undefined || port === undefined || !this.#endpoints.includes(endpoint)) return // stopped since
    if (!this.#failed.isNews(`${address} ${port}`)) return
    this.#core.event({
      kind: 'address-failed',
      senderAddress: encodeInetAddress(address.replace(/%.*$/, ''), port),
      lasts: 'now',
      reason: errorCode(error),
    })
  }

  #refuse(reason: 'session-ended' | 'send-queue-full'): false {
    this.#counters.refuse(reason)
    return false
  }
}

type InboundRefusal = 'port-zero' | 'not-started' | 'denied-network'

function placeKey({ endpoint, host, port }: UdpPlace): string {
  return `${endpoint.address.host} ${host} ${port}`
}
