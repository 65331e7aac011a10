/**
 * The contract by carrier pigeon: no sessions on receive, no answer on the spot, an hour of delay, and a folder in between that
 * nobody here controls. What it promises is in `traits`; what it does with files is in own-loft.ts, outbox.ts and peer-loft.ts.
 */
import { nodeIdToBytes } from '@postern/crypto'
import type { Helo, HeloDraft, ProtocolNumber } from '@postern/helo'
import {
  type ConnectOptions,
  type CoreAPIForTransport,
  checkMessage,
  type Message,
  SessionTable,
  TrafficCounters,
  type Transport,
  type TransportEnv,
  TransportError,
  type TransportTraits,
  type TSession,
  Turns,
} from '@postern/transport-api'
import { COST, FILE_HEADER_OCTETS, IDLE_MS, MAX_LATENCY_MS, MTU_OCTETS, PIGEON_PROTOCOL } from './constants.js'
import { decodeLoftPath, encodeLoftPath, isInside } from './loft-path.js'
import { Outbox } from './outbox.js'
import { OwnLoft } from './own-loft.js'
import { PeerLoft } from './peer-loft.js'
import { decodeFile, encodeFile } from './pigeon-file.js'
import { type PigeonRemote, PigeonSession } from './pigeon-session.js'
import type { PigeonSettings } from './pigeon-settings.js'

export class PigeonTransport implements Transport {
  readonly protocolNumber: ProtocolNumber = PIGEON_PROTOCOL
  readonly mtu: number = MTU_OCTETS
  readonly cost: number = COST
  readonly traits: TransportTraits
  readonly #core: CoreAPIForTransport
  readonly #env: TransportEnv
  readonly #settings: PigeonSettings
  readonly #counters: TrafficCounters
  readonly #table: SessionTable<PigeonSession>
  readonly #turns = new Turns()
  /** null: not running. */
  #outbox: Outbox | null = null
  /** null: not running, or we send only. */
  #loft: OwnLoft | null = null

  constructor(core: CoreAPIForTransport, env: TransportEnv, settings: PigeonSettings) {
    this.#core = core
    this.#env = env
    this.#settings = settings
    this.traits = {
      directions: { in: settings.loft !== null, out: true },
      reliable: false,
      ordered: false,
      maxLatencyMs: MAX_LATENCY_MS,
      idleMs: IDLE_MS,
      sourceProven: false,
    }
    this.#counters = new TrafficCounters(env.clock, (event) => core.event(event))
    this.#table = new SessionTable({
      clock: env.clock,
      idleMs: IDLE_MS,
      maxUnheld: 1, // there are no inbound sessions
      onOver: () => {}, // a loft that nobody writes to any more needs nothing
    })
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters.snapshot(), sessions: this.#table.size }
  }

  /** Who told us is of no matter: `root` alone says where we write. */
  verifyHelo({ protocol, senderAddress }: Helo): boolean {
    const path = decodeLoftPath(senderAddress)
    return protocol === this.protocolNumber && path !== null && isInside(this.#settings.root, path)
  }

  createHELO(): readonly HeloDraft[] | null {
    if (this.#loft === null || this.#settings.loft === null) return null
    const senderAddress = encodeLoftPath(this.#settings.loft)
    return [
      { protocol: this.protocolNumber, mtu: this.mtu, senderAddressSize: senderAddress.byteLength, senderAddress },
    ]
  }

  /** Nothing is looked up: a loft that is there now may be gone, or not yet mounted, when a pigeon flies. */
  async connect(helo: Helo, { signal }: ConnectOptions = {}): Promise<TSession> {
    if (signal?.aborted) throw new TransportError('ERR_ABORTED', 'connect was aborted', { cause: signal.reason })
    if (this.#outbox === null) throw new TransportError('ERR_NOT_STARTED', 'the transport is not started')
    const loft = new PeerLoft(this.#dialable(helo))
    const mtu = Math.min(this.mtu, helo.mtu)
    return new PigeonSession({ owner: this, loft }, mtu, (opened) => this.#table.open(opened, 'dialled'))
  }

  send(tsession: TSession, message: Message): boolean {
    const { loft, life } = this.#own(tsession)
    checkMessage(message, tsession.mtu ?? this.mtu)
    if (life.ended || this.#outbox === null) return this.#refuse('session-ended')
    const file = encodeFile(nodeIdToBytes(this.#core.myIdentity), message)
    if (!this.#outbox.offer({ to: loft, file })) return this.#refuse('outbox-full')
    this.#counters.accepted += 1
    return true
  }

  /** No session of ours came from outside, and a loft we write to does not write back over it. */
  associate(tsession: TSession): boolean {
    this.#own(tsession)
    return false
  }

  async disconnect(tsession: TSession): Promise<void> {
    if (!this.#own(tsession).life.release())
      throw new TransportError('ERR_SESSION_NOT_HELD', 'this session has no hold to give back')
  }

  startTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#outbox !== null) return
      this.#counters.open()
      this.#loft = await this.#openLoft()
      this.#outbox = this.#openOutbox()
    })
  }

  stopTransportServer(): Promise<void> {
    return this.#turns.take(async () => {
      const [loft, outbox] = [this.#loft, this.#outbox]
      this.#loft = null
      this.#outbox = null
      for (const session of this.#table.sessions()) {
        PigeonSession.remoteOf(session)!.life.end()
        this.#core.event({ kind: 'session-ended', tsession: session, reason: 'stopped' })
      }
      await Promise.all([loft?.close(), outbox?.close()])
      this.#counters.close() // last: what the outbox left is told, too
    })
  }

  async #openLoft(): Promise<OwnLoft | null> {
    const { loft: path, pollMs } = this.#settings
    if (path === null) return null
    const { clock, log, config } = this.#env
    return OwnLoft.open({
      path,
      section: config.name,
      pollMs,
      clock,
      log,
      onFile: (file) => this.#receive(file),
      onRefused: (reason) => this.#counters.drop('in', reason),
    })
  }

  #openOutbox(): Outbox {
    return new Outbox({
      random: this.#env.random,
      onSent: ({ to, file }) => {
        this.#counters.sent += 1
        this.#counters.sentOctets += file.byteLength - FILE_HEADER_OCTETS
        to.isNews(false)
      },
      onFailed: ({ to }, reason, detail) => {
        this.#counters.drop('out', reason)
        if (!to.isNews(true)) return
        const senderAddress = encodeLoftPath(to.path)
        this.#core.event({ kind: 'address-failed', senderAddress, lasts: 'now', reason: `${reason}: ${detail}` })
      },
      onLeft: (count) => this.#counters.drop('out', 'stopped', count),
    })
  }

  #receive(file: Uint8Array): void {
    const read = decodeFile(file)
    if (typeof read === 'string') return this.#counters.drop('in', read)
    const { sender, message } = read
    this.#counters.received += 1
    this.#counters.receivedOctets += message.size
    this.#core.receive({ tsession: null, sender, ...message })
  }

  /** The path of the loft. It does not rely on verifyHelo having been asked. Throws ERR_ADDRESS_*. */
  #dialable({ protocol, senderAddress }: Helo): string {
    if (protocol !== this.protocolNumber) {
      const text = `an address of protocol ${protocol}, and this transport's is ${this.protocolNumber}`
      throw new TransportError('ERR_ADDRESS_MALFORMED', text)
    }
    const path = decodeLoftPath(senderAddress)
    if (path === null) throw new TransportError('ERR_ADDRESS_MALFORMED', 'not the absolute path of a loft')
    if (isInside(this.#settings.root, path)) return path
    throw new TransportError('ERR_ADDRESS_FORBIDDEN', `${path} is not inside \`root\` of [${this.#env.config.name}]`)
  }

  #refuse(reason: 'session-ended' | 'outbox-full'): false {
    this.#counters.refuse(reason)
    return false
  }

  #own(tsession: TSession): PigeonRemote {
    const remote = PigeonSession.remoteOf(tsession)
    if (remote?.owner !== this) throw new TransportError('ERR_SESSION_FOREIGN', 'not a session of this transport')
    return remote
  }
}
