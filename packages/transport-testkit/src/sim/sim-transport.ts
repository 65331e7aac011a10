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
  SessionOwner,
  type SessionRemote,
  SessionTable,
  type Timer,
  TrafficCounters,
  type Transport,
  type TransportEnv,
  TransportError,
  type TransportTraits,
  type TSession,
} from '@postern/transport-api'
import { decodeSimFrame, encodeSimFrame, NO_MESSAGE, SIM_FRAME_KIND, type SimFrame } from './sim-frame.js'
import type { SimNetwork } from './sim-network.js'

export interface SimTransportOptions {
  readonly network: SimNetwork
  /** Its name in the network: 1 to 64 letters, digits, dots, dashes. */
  readonly address: string
  readonly style: SimStyle
  /** False: it sends, and nobody can reach it. True when left out. */
  readonly isReachable?: boolean
  readonly protocolNumber?: ProtocolNumber
  /** Octets. */
  readonly mtu?: number
  readonly cost?: number
  readonly traits?: Partial<TransportTraits>
}

/**
 * - `datagram`: unreliable, unordered; whatever arrives opens a session by which it can be answered;
 * - `stream`: reliable and ordered between `connect` and the end of the session, which both sides see;
 * - `letter`: unreliable, unordered, slow; no sessions on receive.
 */
export type SimStyle = 'datagram' | 'stream' | 'letter'

const STYLES: Readonly<
  Record<
    SimStyle,
    { readonly number: number; readonly cost: number; readonly mtu: number; readonly traits: TransportTraits }
  >
> = {
  datagram: {
    number: 0xf001,
    cost: 100,
    mtu: 1_400,
    traits: traits({ reliable: false, maxLatencyMs: 3_000, idleMs: 30_000, sourceProven: false }),
  },
  stream: {
    number: 0xf002,
    cost: 200,
    mtu: 16_384,
    traits: traits({ reliable: true, maxLatencyMs: 10_000, idleMs: 120_000, sourceProven: true }),
  },
  letter: {
    number: 0xf003,
    cost: 10_000,
    mtu: 46_000,
    traits: traits({ reliable: false, maxLatencyMs: 6 * 3_600_000, idleMs: 24 * 3_600_000, sourceProven: false }),
  },
}

function traits(some: Pick<TransportTraits, 'reliable' | 'maxLatencyMs' | 'idleMs' | 'sourceProven'>): TransportTraits {
  return { directions: { in: true, out: true }, ordered: some.reliable, ...some }
}

const CONNECT_TIMEOUT_MS = 10_000
/** What may be under way to one address: beyond that the peer is slower than we are. */
const MAX_UNDER_WAY_OCTETS = 256 * 1024
/** Bounds what strangers can make us remember. */
const MAX_UNHELD_SESSIONS = 256
const ADDRESS = /^[A-Za-z0-9.|-]{1,64}$/

/** What `inittransport_XXX` of a package would be. */
export function simTransport(options: SimTransportOptions): InitTransport {
  return (core, env) => {
    checkContractVersion(core)
    return new SimTransport(core, env, options)
  }
}

interface SimRemote extends SessionRemote {
  readonly address: string
  /** What our frames carry: even on the side that dialled, the odd one after it on the other; 0 where there are none. */
  readonly conversation: number
}

interface Dial {
  readonly address: string
  readonly mtu: number
  settle(outcome: TSession | TransportError): void
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
  readonly #owner: SessionOwner<SimRemote> = new SessionOwner()
  readonly #table: SessionTable<TSession>
  /** By `sessionKey` of what the peer's frames carry. */
  readonly #sessions = new Map<string, SimRemote>()
  /** By what the answer will carry. */
  readonly #dials = new Map<number, Dial>()
  #attached: Disposable | null = null
  #lastConversation = 0

  constructor(core: CoreAPIForTransport, env: TransportEnv, options: SimTransportOptions) {
    const style = STYLES[options.style]
    this.protocolNumber = options.protocolNumber ?? protocolNumber(style.number)
    this.mtu = options.mtu ?? style.mtu
    this.cost = options.cost ?? style.cost
    this.traits = { ...style.traits, ...options.traits }
    this.#core = core
    this.#env = env
    this.#options = options
    this.#counters = new TrafficCounters(env.clock, (event) => core.event(event))
    this.#table = new SessionTable({
      clock: env.clock,
      idleMs: this.traits.idleMs,
      maxUnheld: MAX_UNHELD_SESSIONS,
      onOver: (session, why) => this.#over(this.#owner.remoteOf(session), why),
    })
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters.snapshot(), sessions: this.#table.size }
  }

  verifyHelo(helo: Helo): boolean {
    return helo.protocol === this.protocolNumber && addressOf(helo) !== null
  }

  createHELO(): readonly HeloDraft[] | null {
    if (this.#attached === null || this.#options.isReachable === false) return null
    const senderAddress = new TextEncoder().encode(this.#options.address)
    return [
      { protocol: this.protocolNumber, mtu: this.mtu, senderAddressSize: senderAddress.byteLength, senderAddress },
    ]
  }

  async connect(helo: Helo, { signal }: ConnectOptions = {}): Promise<TSession> {
    if (signal?.aborted) throw new TransportError('ERR_ABORTED', 'connect was aborted', { cause: signal.reason })
    if (this.#attached === null) throw new TransportError('ERR_NOT_STARTED', 'the transport is not started')
    const address = addressOf(helo)
    if (!this.verifyHelo(helo) || address === null)
      throw new TransportError('ERR_ADDRESS_MALFORMED', 'not an address of this network')
    const mtu = Math.min(this.mtu, helo.mtu)
    if (this.#options.style === 'stream') return this.#dial(address, mtu, signal)
    return this.#open('dialled', address, 0, mtu).session
  }

  send(tsession: TSession, message: Message): boolean {
    const { address, conversation, life } = this.#owner.remoteOf(tsession)
    checkMessage(message, tsession.mtu ?? this.mtu)
    if (life.ended) return this.#refuse('session-ended')
    const { network, address: from } = this.#options
    if (network.underWayOctets(from, address) + message.size > MAX_UNDER_WAY_OCTETS) return this.#refuse('slow-peer')
    this.#put(address, { kind: SIM_FRAME_KIND.MESSAGE, conversation, message })
    this.#counters.accepted += 1
    this.#counters.sent += 1
    this.#counters.sentOctets += message.size
    return true
  }

  associate(tsession: TSession): boolean {
    const { life } = this.#owner.remoteOf(tsession)
    return this.#options.style !== 'letter' && life.associate()
  }

  async disconnect(tsession: TSession): Promise<void> {
    this.#owner.release(tsession)
  }

  async startTransportServer(): Promise<void> {
    if (this.#attached !== null) return
    this.#counters.open()
    this.#attached = this.#options.network.attach(this.#options.address, {
      deliver: (from, bytes) => this.#deliver(from, bytes),
      broken: (remote) => this.#broken(remote),
    })
  }

  async stopTransportServer(): Promise<void> {
    for (const dial of this.#dials.values()) dial.settle(new TransportError('ERR_ABORTED', 'the transport was stopped'))
    for (const session of this.#table.sessions()) {
      const remote = this.#owner.remoteOf(session)
      this.#hangUp(remote)
      this.#end(remote, 'stopped')
    }
    this.#attached?.[Symbol.dispose]()
    this.#attached = null
    this.#counters.close()
  }

  #dial(address: string, mtu: number, signal: AbortSignal | undefined): Promise<TSession> {
    this.#lastConversation += 2
    const conversation = this.#lastConversation
    const answer = otherSideOf(conversation)
    return new Promise((resolve, reject) => {
      const { clock } = this.#env
      let timer: Timer | null = null
      const onAbort = (): void =>
        dial.settle(new TransportError('ERR_ABORTED', 'connect was aborted', { cause: signal?.reason }))
      const dial: Dial = {
        address,
        mtu,
        settle: (outcome) => {
          this.#dials.delete(answer)
          timer?.[Symbol.dispose]()
          signal?.removeEventListener('abort', onAbort)
          if (outcome instanceof TransportError) reject(outcome)
          else resolve(outcome)
        },
      }
      timer = clock.setTimer(() => {
        dial.settle(new TransportError('ERR_CONNECT_TIMEOUT', `no answer within ${CONNECT_TIMEOUT_MS} ms`))
      }, CONNECT_TIMEOUT_MS)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#dials.set(answer, dial)
      this.#put(address, { kind: SIM_FRAME_KIND.OPEN, conversation, message: NO_MESSAGE })
    })
  }

  #deliver(from: string, bytes: Uint8Array): void {
    const frame = decodeSimFrame(bytes)
    if (typeof frame === 'string') return this.#counters.drop('in', frame)
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
    const known = this.#sessions.get(sessionKey(from, conversation))
    if (known !== undefined) return known
    return this.#options.style === 'stream' ? 'none' : this.#open('inbound', from, 0, this.mtu)
  }

  #accept(from: string, asked: number): void {
    const conversation = otherSideOf(asked)
    if (this.#options.isReachable === false)
      return this.#put(from, { kind: SIM_FRAME_KIND.CLOSE, conversation, message: NO_MESSAGE })
    this.#open('inbound', from, conversation, this.mtu)
    this.#put(from, { kind: SIM_FRAME_KIND.ACCEPT, conversation, message: NO_MESSAGE })
  }

  #accepted(from: string, answer: number): void {
    const dial = this.#dials.get(answer)
    const conversation = otherSideOf(answer)
    if (dial?.address === from) return dial.settle(this.#open('dialled', from, conversation, dial.mtu).session)
    this.#put(from, { kind: SIM_FRAME_KIND.CLOSE, conversation, message: NO_MESSAGE }) // given up meanwhile
  }

  #closed(from: string, conversation: number): void {
    const dial = this.#dials.get(conversation)
    if (dial?.address === from) return dial.settle(new TransportError('ERR_CONNECT_REFUSED', 'the other side refused'))
    const remote = this.#sessions.get(sessionKey(from, conversation))
    if (remote !== undefined) this.#end(remote, 'closed-by-peer')
  }

  /** Only streams notice. */
  #broken(remote: string): void {
    if (this.#options.style !== 'stream') return
    for (const session of this.#table.sessions()) {
      const known = this.#owner.remoteOf(session)
      if (known.address === remote) this.#end(known, 'broken')
    }
  }

  #open(origin: 'dialled' | 'inbound', address: string, conversation: number, mtu: number): SimRemote {
    const face = { ttype: this.protocolNumber, mtu, source: new TextEncoder().encode(address) }
    const remote = this.#owner.create(face, (session) => {
      return { session, life: this.#table.open(session, origin), address, conversation }
    })
    // Of datagrams only what comes in has a place: a dialled one is its holder's alone.
    if (origin === 'inbound' || this.#options.style === 'stream') this.#sessions.set(this.#keyOf(remote), remote)
    return remote
  }

  #over(remote: SimRemote, why: 'released' | 'idle' | 'evicted'): void {
    this.#hangUp(remote)
    if (why === 'released') this.#forget(remote)
    else this.#end(remote, why)
  }

  #hangUp({ address, conversation }: SimRemote): void {
    if (this.#options.style === 'stream')
      this.#put(address, { kind: SIM_FRAME_KIND.CLOSE, conversation, message: NO_MESSAGE })
  }

  #end(remote: SimRemote, reason: SessionEndReason): void {
    remote.life.end()
    this.#forget(remote)
    this.#core.event({ kind: 'session-ended', tsession: remote.session, reason })
  }

  #forget(remote: SimRemote): void {
    const key = this.#keyOf(remote)
    if (this.#sessions.get(key) === remote) this.#sessions.delete(key)
  }

  #keyOf({ address, conversation }: SimRemote): string {
    return sessionKey(address, this.#heardAs(conversation))
  }

  /** What the frames of the other side carry. */
  #heardAs(conversation: number): number {
    return this.#options.style === 'stream' ? otherSideOf(conversation) : 0
  }

  #put(to: string, frame: Omit<SimFrame, 'sender'>): void {
    const bytes = encodeSimFrame({ ...frame, sender: this.#core.myIdentity })
    this.#options.network.send(this.#options.address, to, bytes, { inOrder: this.#options.style === 'stream' })
  }

  #refuse(reason: 'session-ended' | 'slow-peer'): false {
    this.#counters.refuse(reason)
    return false
  }
}

function sessionKey(address: string, conversation: number): string {
  return `${address} ${conversation}`
}

function otherSideOf(conversation: number): number {
  return conversation ^ 1
}

function addressOf({ senderAddress }: Helo): string | null {
  const text = new TextDecoder('latin1').decode(senderAddress)
  return ADDRESS.test(text) ? text : null
}
