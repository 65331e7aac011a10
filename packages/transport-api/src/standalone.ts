/**
 * One transport on its own: a program that imports a transport package and nothing else exchanges messages with another.
 * Nothing is encrypted and nobody is authenticated here; `from` is what the other side claims (DESIGN section 2).
 */
import { createIdentity, createLinkKey, type Identity, type NodeId } from '@postern/crypto'
import {
  cardValidityMs,
  checkHelo,
  crc32,
  decodeCard,
  encodeCard,
  type Helo,
  heloFromText,
  heloToText,
  nextSequence,
  signHelo,
} from '@postern/helo'
import { type Clock, systemClock } from './clock.js'
import { ConfigSection } from './config-section.js'
import { TransportError } from './errors.js'
import { type Logger, silentLog } from './log.js'
import { type RandomSource, systemRandom } from './random.js'
import { TrafficCounters } from './traffic-counters.js'
import {
  CONTRACT_VERSION,
  type CoreAPIForTransport,
  type InitTransport,
  type Message,
  type MessagePack,
  type Transport,
  type TSession,
} from './transport.js'
import type { TransportEvent } from './transport-event.js'

export interface StandaloneOptions {
  /** A new one when left out. */
  readonly identity?: Identity
  /** The transport's settings, as in its section of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>
  /**
   * Never called from inside `send` or `connect`. What it throws is logged and counted as dropped: `handler-threw`. It may be async;
   * its rejection is logged and counted apart: `handlers.rejected`.
   */
  readonly onMessage?: (message: StandaloneMessage) => unknown
  readonly onEvent?: (event: TransportEvent) => unknown
  readonly clock?: Clock
  readonly random?: RandomSource
  readonly log?: Logger
}

export interface StandaloneMessage {
  /** Claimed, not proven. */
  readonly from: NodeId
  /** The receiver's own. */
  readonly body: Uint8Array
  /** Answers over the session that brought the message; false: dropped, or there is no way back. */
  reply(body: Uint8Array): boolean
}

export interface StandaloneSession extends AsyncDisposable {
  readonly peer: NodeId
  /** Octets: the largest body. */
  readonly mtu: number
  /** True: handed on, nothing promised; false: dropped. Throws ERR_MESSAGE_TOO_LARGE. */
  send(body: Uint8Array): boolean
  /** Idempotent. */
  close(): Promise<void>
}

export interface StandaloneNode extends AsyncDisposable {
  readonly nodeId: NodeId
  readonly transport: Transport
  /** The transport's, what was dropped after it (`encrypted`, `bad-crc`, `handler-threw`), and `handlers.rejected`. */
  counters(): Readonly<Record<string, number>>
  /** What to give to others now: `postern:helo:…`, or `postern:card:…` when there are several addresses; null: nobody can reach us. */
  helo(): string | null
  /** Takes either text. Rejects with ERR_HELO_REFUSED when no address in it can be used, else as the last address tried. */
  connect(helo: string, options?: { readonly signal?: AbortSignal }): Promise<StandaloneSession>
  /** Idempotent; ends all sessions and stops the transport. */
  close(): Promise<void>
}

/** Starts the transport that `init` makes. `name` is the name of its section. Rejects with TransportError or ConfigError. */
export async function openTransport(
  name: string,
  init: InitTransport,
  options: StandaloneOptions = {},
): Promise<StandaloneNode> {
  const node = new Node(options)
  const { clock = systemClock, random = systemRandom, log = silentLog } = options
  const transport = await init(node, { config: new ConfigSection(name, options.config), clock, random, log })
  if (transport === null) throw new TransportError('ERR_CONFIG', `transport ${name} cannot run with these settings`)
  await node.start(transport)
  return node
}

class Node implements StandaloneNode, CoreAPIForTransport {
  readonly version = CONTRACT_VERSION
  readonly #identity: Identity
  readonly #linkKey = createLinkKey()
  readonly #options: StandaloneOptions
  readonly #clock: Clock
  readonly #drops: TrafficCounters
  #rejected = 0
  #sequence = 0
  #transport: Transport | null = null

  constructor(options: StandaloneOptions) {
    this.#options = options
    this.#identity = options.identity ?? createIdentity()
    this.#clock = options.clock ?? systemClock
    this.#drops = new TrafficCounters(this.#clock, (event) => this.event(event))
  }

  async start(transport: Transport): Promise<void> {
    this.#transport = transport
    try {
      await transport.startTransportServer()
    } catch (error) {
      await transport.stopTransportServer() // half of it may be listening
      throw error
    }
  }

  get myIdentity(): NodeId {
    return this.#identity.nodeId
  }

  get nodeId(): NodeId {
    return this.#identity.nodeId
  }

  get transport(): Transport {
    if (this.#transport === null) throw new TransportError('ERR_NOT_STARTED', 'the transport was not started')
    return this.#transport
  }

  receive({ sender, msg, isEncrypted, crc, tsession }: MessagePack): void {
    if (isEncrypted) return this.#drops.drop('in', 'encrypted')
    if (crc32(msg) !== crc) return this.#drops.drop('in', 'bad-crc')
    const reply = (body: Uint8Array): boolean => tsession !== null && this.transport.send(tsession, plain(body))
    this.#guarded('onMessage', () => this.#options.onMessage?.({ from: sender, body: msg, reply }))
  }

  event(event: TransportEvent): void {
    this.#guarded('onEvent', () => this.#options.onEvent?.(event))
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#drops.snapshot(), ...this.transport.counters(), 'handlers.rejected': this.#rejected }
  }

  helo(): string | null {
    const drafts = this.transport.createHELO()
    if (drafts === null || drafts.length === 0) return null
    const now = this.#clock.now()
    this.#sequence = nextSequence(this.#sequence, now)
    const terms = {
      maxLatencyMs: this.transport.traits.maxLatencyMs,
      gossip: false,
      withdrawn: false,
      sequence: this.#sequence,
      expiration: now + cardValidityMs(this.transport.traits.maxLatencyMs),
    }
    const helos = drafts.map((draft) => signHelo(this.#identity, this.#linkKey.publicKey, draft, terms))
    return helos.length === 1 ? heloToText(helos[0]!) : encodeCard(helos)
  }

  async connect(text: string, options: { readonly signal?: AbortSignal } = {}): Promise<StandaloneSession> {
    let failure: unknown
    for (const helo of this.#usable(text)) {
      try {
        return new Session(this.transport, await this.transport.connect(helo, options), helo)
      } catch (error) {
        failure = error
        if (options.signal?.aborted) break
      }
    }
    throw failure
  }

  async close(): Promise<void> {
    try {
      await this.#transport?.stopTransportServer()
    } finally {
      this.#drops.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The contract promises transports that `receive` and `event` never throw; a program's own mistake must not break that. */
  #guarded(handler: 'onMessage' | 'onEvent', call: () => unknown): void {
    try {
      const returned = call()
      // Async functions fit, too. The message was handed on, so a rejection drops nothing; unobserved it would end the process.
      if (returned instanceof Promise) returned.catch((error: unknown) => this.#handlerRejected(handler, error))
    } catch (error) {
      this.#options.log?.error('standalone.handler-threw', { handler, error: String(error) })
      if (handler === 'onMessage') this.#drops.drop('in', 'handler-threw')
    }
  }

  #handlerRejected(handler: 'onMessage' | 'onEvent', error: unknown): void {
    this.#rejected += 1
    this.#options.log?.error('standalone.handler-rejected', { handler, error: String(error) })
  }

  /** The HELOs of `text` that this transport may dial, at least one. */
  #usable(text: string): readonly Helo[] {
    const helos = readHelos(text)
    const refusals: string[] = []
    const usable = helos.filter((helo) => {
      const refusal = this.#refusal(helo)
      if (refusal !== null) refusals.push(refusal)
      return refusal === null
    })
    if (usable.length === 0) throw new TransportError('ERR_HELO_REFUSED', `no usable address: ${refusals.join(', ')}`)
    return usable
  }

  #refusal(helo: Helo): string | null {
    if (helo.protocol !== this.transport.protocolNumber) return `protocol ${helo.protocol} is another transport's`
    const fault = checkHelo(helo, this.#clock.now())
    if (fault !== null) return fault
    if (helo.flags.withdrawn) return 'withdrawn'
    return this.transport.verifyHelo(helo, 'owner')
      ? null
      : 'the address is malformed or not allowed here (see `allow` and `deny`)'
  }
}

function readHelos(text: string): readonly Helo[] {
  const card = decodeCard(text)
  if (card.ok) return card.value.helos
  const helo = heloFromText(text)
  if (helo.ok) return [helo.value]
  const fault = card.fault === 'not-a-card' ? helo.fault : card.fault
  throw new TransportError('ERR_HELO_REFUSED', `not a postern:helo: or postern:card: text: ${fault}`)
}

class Session implements StandaloneSession {
  readonly peer: NodeId
  readonly mtu: number
  readonly #transport: Transport
  readonly #tsession: TSession
  #open = true

  constructor(transport: Transport, tsession: TSession, helo: Helo) {
    this.#transport = transport
    this.#tsession = tsession
    this.peer = helo.senderIdentity
    this.mtu = tsession.mtu ?? transport.mtu
  }

  send(body: Uint8Array): boolean {
    return this.#open && this.#transport.send(this.#tsession, plain(body))
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await this.#transport.disconnect(this.#tsession)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function plain(body: Uint8Array): Message {
  return { msg: body, size: body.byteLength, isEncrypted: false, crc: crc32(body) }
}
