/**
 * A transport over a simulated network, in one of three styles: datagrams like udp, conversations like tcp, letters like mail.
 * It keeps the whole contract, so that a core above it meets what it will meet outside, in no time and the same every time.
 */
import { type Helo, type HeloDraft, type ProtocolNumber, protocolNumber } from '@postern/helo'
import {
  type ConnectOptions,
  type CoreAPIForTransport,
  checkContractVersion,
  checkMessage,
  type InitTransport,
  type Message,
  type SessionEndReason,
  type Timer,
  TrafficCounters,
  type Transport,
  type TransportEnv,
  TransportError,
  type TransportTraits,
  type TSession,
} from '@postern/transport-api'
import { addressFrom, destinationsOf } from './sim-address.js'
import { SimDials } from './sim-dials.js'
import { decodeSimFrame, SIM_FRAME_KIND, type SimFrame } from './sim-frame.js'
import type { SimNetwork } from './sim-network.js'
import type { SimDelivery } from './sim-packet.js'
import { fixedSeat, type SimSeat } from './sim-seat.js'
import { otherSideOf, type SimRemote, SimSessions } from './sim-sessions.js'
import { type SimStyle, STYLE_DEFAULTS } from './sim-style.js'
import { type SimLine, SimWire } from './sim-wire.js'

export interface SimTransportOptions {
  readonly network: SimNetwork
  /** Its name in the network, 1 to 64 letters, digits and `.:@_|-`; or the place that says what it is now. */
  readonly address: string | SimSeat
  readonly style: SimStyle
  /** False: it sends, and nobody can reach it. True when left out. */
  readonly isReachable?: boolean
  readonly protocolNumber?: ProtocolNumber
  /** Octets. */
  readonly mtu?: number
  readonly cost?: number
  readonly traits?: Partial<TransportTraits>
}

/** What `inittransport_XXX` of a package would be. */
export function simTransport(options: SimTransportOptions): InitTransport {
  return (core, env) => {
    checkContractVersion(core)
    return new SimTransport(core, env, options)
  }
}

class SimTransport implements Transport {
  readonly protocolNumber: ProtocolNumber
  readonly mtu: number
  readonly cost: number
  readonly traits: TransportTraits
  readonly #core: CoreAPIForTransport
  readonly #env: TransportEnv
  readonly #options: SimTransportOptions
  readonly #counters: TrafficCounters
  readonly #sessions: SimSessions
  readonly #dials: SimDials
  readonly #wire: SimWire
  readonly #seat: SimSeat
  #attached: Disposable | null = null
  /** Ours, as of now. */
  #address = ''
  #notice: Timer | null = null
  #lastConversation = 0

  constructor(core: CoreAPIForTransport, env: TransportEnv, options: SimTransportOptions) {
    const style = STYLE_DEFAULTS[options.style]
    this.protocolNumber = options.protocolNumber ?? protocolNumber(style.number)
    this.mtu = options.mtu ?? style.mtu
    this.cost = options.cost ?? style.cost
    this.traits = { ...style.traits, ...options.traits }
    this.#core = core
    this.#env = env
    this.#options = options
    this.#seat = typeof options.address === 'string' ? fixedSeat(options.address) : options.address
    this.#dials = new SimDials(env.clock)
    this.#wire = new SimWire(options.network, options.style, core.myIdentity)
    this.#counters = new TrafficCounters(env.clock, (event) => core.event(event))
    this.#sessions = new SimSessions({
      clock: env.clock,
      idleMs: this.traits.idleMs,
      protocolNumber: this.protocolNumber,
      hasConversations: options.style === 'stream',
      onOver: (remote, why) => this.#over(remote, why),
    })
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters.snapshot(), sessions: this.#sessions.size }
  }

  verifyHelo(helo: Helo): boolean {
    return helo.protocol === this.protocolNumber && addressFrom(helo.senderAddress) !== null
  }

  destinations(helo: Helo): readonly string[] {
    const address = addressFrom(helo.senderAddress)
    return address === null ? [] : destinationsOf(address)
  }

  createHELO(): readonly HeloDraft[] | null {
    if (this.#attached === null || this.#options.isReachable === false) return null
    const address = this.#seat.advertised()
    if (address === null) return null
    const senderAddress = new TextEncoder().encode(address)
    return [
      { protocol: this.protocolNumber, mtu: this.mtu, senderAddressSize: senderAddress.byteLength, senderAddress },
    ]
  }

  async connect(helo: Helo, { signal }: ConnectOptions = {}): Promise<TSession> {
    if (signal?.aborted) throw new TransportError('ERR_ABORTED', 'connect was aborted', { cause: signal.reason })
    if (this.#attached === null) throw new TransportError('ERR_NOT_STARTED', 'the transport is not started')
    const address = addressFrom(helo.senderAddress)
    if (!this.verifyHelo(helo) || address === null)
      throw new TransportError('ERR_ADDRESS_MALFORMED', 'not an address of this network')
    const mtu = Math.min(this.mtu, helo.mtu)
    if (this.#options.style === 'stream') return this.#dial(address, mtu, signal)
    return this.#open('dialled', address, 0, mtu)
  }

  send(tsession: TSession, message: Message): boolean {
    const remote = this.#sessions.remoteOf(tsession)
    checkMessage(message, tsession.mtu ?? this.mtu)
    if (remote.life.ended) return this.#refuse('session-ended')
    const line = this.#lineOf(remote)
    if (this.#wire.isFull(line, message.size)) return this.#refuse('slow-peer')
    this.#wire.say(line, SIM_FRAME_KIND.MESSAGE, message)
    this.#counters.accepted += 1
    this.#counters.sent += 1
    this.#counters.sentOctets += message.size
    return true
  }

  associate(tsession: TSession): boolean {
    const { life } = this.#sessions.remoteOf(tsession)
    return this.#options.style !== 'letter' && life.associate()
  }

  async disconnect(tsession: TSession): Promise<void> {
    this.#sessions.release(tsession)
  }

  async startTransportServer(): Promise<void> {
    if (this.#attached !== null) return
    this.#counters.open()
    this.#address = this.#seat.address()
    this.#attached = this.#options.network.attach(this.#address, {
      deliver: (from, bytes, how) => this.#deliver(from, bytes, how),
      broken: (remote, connection) => this.#broken(remote, connection),
      moved: (address) => this.#moved(address),
    })
  }

  async stopTransportServer(): Promise<void> {
    this.#dials.stop()
    for (const remote of this.#sessions.all()) {
      this.#hangUp(remote)
      this.#end(remote, 'stopped')
    }
    this.#attached?.[Symbol.dispose]()
    this.#attached = null
    this.#notice?.[Symbol.dispose]()
    this.#notice = null
    this.#counters.close()
  }

  #dial(address: string, mtu: number, signal: AbortSignal | undefined): Promise<TSession> {
    this.#lastConversation += 2
    const conversation = this.#lastConversation
    const dialling = this.#dials.begin({ address, mtu, answer: otherSideOf(conversation) }, signal)
    this.#say(address, SIM_FRAME_KIND.OPEN, conversation)
    return dialling
  }

  #deliver(from: string, bytes: Uint8Array, { throughList }: SimDelivery): void {
    const frame = decodeSimFrame(bytes)
    if (typeof frame === 'string') return this.#counters.drop('in', frame)
    if (throughList) this.#core.event({ kind: 'came-through-list', sender: frame.sender })
    if (frame.kind === SIM_FRAME_KIND.MESSAGE) return this.#receive(from, frame)
    if (this.#options.style !== 'stream') return this.#counters.drop('in', 'unknown-kind')
    if (frame.kind === SIM_FRAME_KIND.OPEN) this.#accept(from, frame.conversation)
    else if (frame.kind === SIM_FRAME_KIND.ACCEPT) this.#accepted(from, frame.conversation)
    else this.#closed(from, frame.conversation)
  }

  #receive(from: string, { conversation, sender, message }: SimFrame): void {
    const remote = this.#remoteFor(from, conversation)
    if (remote === 'none') return this.#counters.drop('in', 'no-session')
    remote?.life.heard()
    this.#counters.received += 1
    this.#counters.receivedOctets += message.size
    this.#core.receive({ tsession: remote?.session ?? null, sender, ...message })
  }

  #remoteFor(from: string, conversation: number): SimRemote | null | 'none' {
    if (this.#options.style === 'letter') return null
    const known = this.#sessions.heard(from, conversation)
    if (known !== undefined) return known
    if (this.#options.style === 'stream') return 'none'
    return this.#sessions.open('inbound', { from: this.#address, to: from, conversation: 0 }, this.mtu)
  }

  #accept(from: string, asked: number): void {
    const conversation = otherSideOf(asked)
    if (this.#options.isReachable === false) return this.#say(from, SIM_FRAME_KIND.CLOSE, conversation)
    this.#open('inbound', from, conversation, this.mtu)
    this.#say(from, SIM_FRAME_KIND.ACCEPT, conversation)
  }

  #accepted(from: string, answer: number): void {
    const dial = this.#dials.answered(from, answer)
    const conversation = otherSideOf(answer)
    if (dial !== null) return dial.settle(this.#open('dialled', from, conversation, dial.mtu))
    this.#say(from, SIM_FRAME_KIND.CLOSE, conversation) // given up meanwhile
  }

  #closed(from: string, conversation: number): void {
    const dial = this.#dials.answered(from, conversation)
    if (dial !== null) return dial.settle(refusal())
    const remote = this.#sessions.heard(from, conversation)
    if (remote !== undefined) this.#end(remote, 'closed-by-peer')
  }

  /** Only streams notice. */
  #broken(remote: string, connection: number | undefined): void {
    if (this.#options.style !== 'stream') return
    if (connection !== undefined) {
      const known = this.#sessions.heard(remote, otherSideOf(connection))
      if (known !== undefined) return this.#end(known, 'broken')
      return this.#dials.answered(remote, otherSideOf(connection))?.settle(refusal())
    }
    for (const known of this.#sessions.all()) if (known.line.to === remote) this.#end(known, 'broken')
  }

  #moved(address: string): void {
    this.#address = address
    this.#notice?.[Symbol.dispose]()
    this.#notice = this.#env.clock.setTimer(() => {
      this.#core.event({ kind: 'advertisement-changed' })
    }, this.#seat.noticeMs)
  }

  #open(origin: 'dialled' | 'inbound', to: string, conversation: number, mtu: number): TSession {
    return this.#sessions.open(origin, { from: this.#address, to, conversation }, mtu).session
  }

  #over(remote: SimRemote, why: 'released' | 'idle' | 'evicted'): void {
    this.#hangUp(remote)
    if (why === 'released') this.#sessions.forget(remote)
    else this.#end(remote, why)
  }

  #hangUp(remote: SimRemote): void {
    if (this.#options.style === 'stream') this.#wire.say(this.#lineOf(remote), SIM_FRAME_KIND.CLOSE)
  }

  #end(remote: SimRemote, reason: SessionEndReason): void {
    remote.life.end()
    this.#sessions.forget(remote)
    this.#core.event({ kind: 'session-ended', tsession: remote.session, reason })
  }

  /** Outside of a session. */
  #say(to: string, kind: SimFrame['kind'], conversation: number): void {
    this.#wire.say({ from: this.#address, to, conversation }, kind)
  }

  /** A datagram leaves from wherever we are; a stream is where it began. */
  #lineOf({ line }: SimRemote): SimLine {
    return this.#options.style === 'stream' ? line : { ...line, from: this.#address }
  }

  #refuse(reason: 'session-ended' | 'slow-peer'): false {
    this.#counters.refuse(reason)
    return false
  }
}

function refusal(): TransportError {
  return new TransportError('ERR_CONNECT_REFUSED', 'the other side refused')
}
