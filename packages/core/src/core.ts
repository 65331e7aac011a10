/** The public face of a node: its transports, its card, and who gets which message (DESIGN section 4). */
import type { Aead, Identity, NodeId } from '@postern/crypto'
import { parseNodeId } from '@postern/crypto'
import type { MessageType } from '@postern/helo'
import { silentLog, systemClock, systemRandom, type TransportEnv } from '@postern/transport-api'
import { Advertiser, type CardOptions } from './advertiser.js'
import type { CoreEvent } from './core-event.js'
import { CoreError, messageOf } from './errors.js'
import { EventHub, type Watcher } from './event-hub.js'
import type { Explanation } from './explanation.js'
import { KeyRing } from './link/key-ring.js'
import type { Link } from './link/link.js'
import type { PathPolicy } from './link/path-policy.js'
import { SavedState } from './link/saved-state.js'
import { Dispatcher } from './messages/dispatcher.js'
import type { HandlerOptions, MessageHandler } from './messages/received-message.js'
import { type AddCardOptions, Networking } from './networking.js'
import type { PeerStore } from './peer-store.js'
import type { Load } from './transports/plugin-loader.js'
import type { TransportChoice } from './transports/transport-choice.js'
import { TransportRegistry } from './transports/transport-registry.js'
import type { TransportState } from './transports/transport-state.js'

export interface CoreOptions {
  readonly identity: Identity
  /** By name, as in the sections of a configuration file. */
  readonly transports: Readonly<Record<string, TransportChoice>>
  /** The machine's own clock and chance, and no log, where left out. */
  readonly env?: Partial<Omit<TransportEnv, 'config'>>
  /** `(specifier) => import(specifier)`: needed for transports that are given by name alone. */
  readonly load?: Load
  /** ChaCha20-Poly1305 by other means than node:crypto, such as a native one; the results must be the same. */
  readonly aead?: Aead
  /**
   * What survives a restart; without one nothing does. The core closes it. One that is damaged is used as far as it goes, one of
   * another node not at all: `watch` tells.
   */
  readonly store?: PeerStore
}

export interface Core extends AsyncDisposable {
  readonly nodeId: NodeId
  /** In the order in which they were asked for. */
  readonly transports: readonly TransportState[]
  /** `postern:card:…`, to be given to others: how we can be reached now. Throws ERR_VALIDITY, ERR_CLOSED. */
  card(options?: CardOptions): string
  /**
   * Takes a card that its owner gave us, and what it says about where he can be reached. Throws ERR_CARD, which names what is wrong,
   * ERR_CLOSED.
   */
  addCard(card: string, options?: AddCardOptions): NodeId
  /** The same object for the same peer as long as it is not closed; dials when there is something to send. Throws ERR_PEER, ERR_CLOSED. */
  link(peer: NodeId): Link
  /** Every path and address of a peer, and what is known of it; for people and logs. Throws ERR_PEER. */
  explain(peer: NodeId): Explanation
  /**
   * Which transports may carry data to a peer, and which before others; in place of what was said before, `{}` takes it back. Not kept
   * over a restart. Throws ERR_PEER, ERR_POLICY (an empty pin, or one that is denied), ERR_CLOSED.
   */
  setPolicy(peer: NodeId, policy: PathPolicy): void
  /** One handler for a type, until the registration is disposed of. Throws ERR_TYPE_INVALID, ERR_TYPE_TAKEN, ERR_CLOSED. */
  on(type: MessageType, handler: MessageHandler, options?: HandlerOptions): Disposable
  /** Tells first, but not from inside this call, what was wrong with the store and which transports are disabled. Throws ERR_CLOSED. */
  watch(handler: Watcher): Disposable
  /** Totals by name; monotonic. What came in is `received` (handed on) or `dropped.in.REASON`. */
  counters(): Readonly<Record<string, number>>
  /** Stops every transport. Idempotent; never rejects: who watches hears of a store that stands still or a transport that could not stop. */
  close(): Promise<void>
}

/** A started core. A transport that failed stands in `core.transports` with its reason; it fails alone. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const core = new RunningCore(options)
  await core.start()
  return core
}

class RunningCore implements Core {
  readonly nodeId: NodeId
  readonly #hub: EventHub
  readonly #dispatcher: Dispatcher
  readonly #registry: TransportRegistry
  readonly #advertiser: Advertiser
  readonly #networking: Networking
  #storeDamaged: CoreEvent | null = null
  #closing: Promise<void> | null = null

  constructor({ identity, transports, env: given = {}, load, aead, store }: CoreOptions) {
    const { clock = systemClock, random = systemRandom, log = silentLog } = given
    this.nodeId = identity.nodeId
    this.#hub = new EventHub(log)
    this.#dispatcher = new Dispatcher(log)
    const saved = new SavedState({ store: store ?? null, nodeId: identity.nodeId, clock, log })
    const ring = new KeyRing(clock, saved, (linkKey) => this.#networking.keyErased(linkKey))
    this.#advertiser = new Advertiser({
      identity,
      clock,
      ring,
      saved,
      carriers: () => this.#registry.running,
      failed: (transport, message) => {
        log.error('transport.bad-helo', { transport, error: message })
        this.#hub.emit({ kind: 'transport-error', transport, member: 'createHELO', message })
      },
    })
    this.#networking = new Networking({
      identity,
      clock,
      random,
      log,
      ring,
      saved,
      advertiser: this.#advertiser,
      dispatcher: this.#dispatcher,
      hub: this.#hub,
      running: () => this.#registry.running,
      ...(aead && { aead }),
    })
    this.#registry = new TransportRegistry({
      transports,
      load: load ?? null,
      env: { clock, random, log },
      nodeId: identity.nodeId,
      hub: this.#hub,
      destinations: this.#networking,
      onEvent: (event, transport) => this.#networking.heard(event, transport),
    })
  }

  async start(): Promise<void> {
    this.#storeDamaged = await this.#networking.restore()
    await this.#registry.start()
  }

  get transports(): readonly TransportState[] {
    return this.#registry.states
  }

  card(options: CardOptions = {}): string {
    this.#requireOpen()
    return this.#advertiser.card(options)
  }

  addCard(card: string, options: AddCardOptions = {}): NodeId {
    this.#requireOpen()
    return this.#networking.addCard(card, options)
  }

  link(peer: NodeId): Link {
    this.#requireOpen()
    requireNodeId(peer)
    if (peer === this.nodeId) throw new CoreError('ERR_PEER', 'a node has no link to itself')
    return this.#networking.link(peer)
  }

  explain(peer: NodeId): Explanation {
    requireNodeId(peer)
    return this.#networking.explain(peer)
  }

  setPolicy(peer: NodeId, policy: PathPolicy): void {
    this.#requireOpen()
    requireNodeId(peer)
    requirePolicy(policy)
    this.#networking.setPolicy(peer, policy)
  }

  on(type: MessageType, handler: MessageHandler, options?: HandlerOptions): Disposable {
    this.#requireOpen()
    return this.#dispatcher.on(type, handler, options)
  }

  watch(handler: Watcher): Disposable {
    this.#requireOpen()
    const disabled = this.transports.flatMap(({ name, reason }): CoreEvent[] =>
      reason === undefined ? [] : [{ kind: 'transport-disabled', transport: name, reason }],
    )
    return this.#hub.watch(handler, this.#storeDamaged === null ? disabled : [this.#storeDamaged, ...disabled])
  }

  counters(): Readonly<Record<string, number>> {
    const own = { ...this.#networking.counters(), 'handlers.rejected': this.#dispatcher.rejected }
    return { ...this.#registry.counters(), ...own }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Messages are handed on until their transport has stopped: what was accepted is not lost in silence. */
  async #close(): Promise<void> {
    await this.#networking.close()
    const reason = { code: 'ERR_CLOSED', message: 'the core was closed' } as const
    await this.#registry.stop(reason, (transport, error) => {
      const member = 'stopTransportServer'
      this.#hub.emit({ kind: 'transport-error', transport, member, message: messageOf(error) })
    })
    this.#hub.clear()
  }

  #requireOpen(): void {
    if (this.#closing !== null) throw new CoreError('ERR_CLOSED', 'the core was closed')
  }
}

/** Nothing would ever leave, and nobody would know why. */
function requirePolicy({ pin, deny = [] }: PathPolicy): void {
  if (pin !== undefined && !pin.some((transport) => !deny.includes(transport)))
    throw new CoreError(
      'ERR_POLICY',
      `pin [${pin.join(', ')}] leaves no transport that deny [${deny.join(', ')}] allows`,
    )
}

function requireNodeId(peer: NodeId): void {
  if (parseNodeId(peer) !== peer) throw new CoreError('ERR_PEER', `${String(peer)} is no node id`)
}
