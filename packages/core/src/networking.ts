/**
 * What core does with its transports besides loading them: links, the book of peers, validation of addresses. It joins the parts
 * that know nothing of one another.
 */
import type { Aead, Identity, NodeId } from '@postern/crypto'
import { checkHelo, decodeCard, type Helo, MESSAGE_TYPE, type PlainMessage, pingCodec, pongCodec } from '@postern/helo'
import type {
  Clock,
  Dropped,
  Logger,
  MessagePack,
  RandomSource,
  Timer,
  TransportEvent,
  TSession,
} from '@postern/transport-api'
import { TrafficCounters } from '@postern/transport-api'
import type { Advertiser } from './advertiser.js'
import { CoreError } from './errors.js'
import type { EventHub } from './event-hub.js'
import { type Explanation, explain } from './explanation.js'
import type { KeyRing } from './link/key-ring.js'
import type { Link } from './link/link.js'
import { Links } from './link/links.js'
import { mayUse, type PathPolicy } from './link/path-policy.js'
import type { SavedState } from './link/saved-state.js'
import { clearMessage, clearOctets } from './messages/clear-message.js'
import type { Dispatcher } from './messages/dispatcher.js'
import type { DropReason } from './messages/drop-reason.js'
import type { ReceivedMessage } from './messages/received-message.js'
import type { Destinations } from './messages/receiver.js'
import { addressKey } from './peers/address-key.js'
import { BookKeeper } from './peers/book-keeper.js'
import { isRumour } from './peers/known-address.js'
import { PeerBook } from './peers/peer-book.js'
import { Validator } from './peers/validator.js'
import { damageOf, logDamage, type StoreDamaged } from './store/store-damage.js'
import { type Carrier, Carriers, isSlowCarrier } from './transports/carriers.js'

export interface AddCardOptions {
  /**
   * This peer can be reached and cannot answer: what is sent leaves in first messages, so many a minute (above 0, at most 600), for
   * ever. Left out: an address that nobody confirms gets three datagrams, one dial or one mail, and again after longer and longer.
   */
  readonly oneWay?: { readonly messagesPerMinute: number }
}

const TIDY_MS = 3_600_000

export interface NetworkingOptions {
  readonly identity: Identity
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
  readonly ring: KeyRing
  readonly saved: SavedState
  readonly advertiser: Advertiser
  readonly dispatcher: Dispatcher
  readonly hub: EventHub
  readonly running: () => readonly Carrier[]
  readonly aead?: Aead
}

export class Networking implements Destinations {
  readonly dispatcher: Dispatcher
  readonly #options: NetworkingOptions
  readonly #carriers: Carriers
  readonly #book: PeerBook
  readonly #keeper: BookKeeper
  readonly #validator: Validator
  readonly #links: Links
  readonly #counters: TrafficCounters
  #kept: Readonly<Record<string, number>> = {}
  #tidying: Timer | null = null
  #isClosed = false

  constructor(options: NetworkingOptions) {
    const { identity, clock, random, log, ring, saved, advertiser, hub, running, aead } = options
    this.#options = options
    this.dispatcher = options.dispatcher
    this.#carriers = new Carriers(running)
    this.#counters = new TrafficCounters(clock, ({ direction, reason, count }) => {
      hub.emit({ kind: 'dropped', transport: 'link', direction, reason, count })
    })
    this.#book = new PeerBook({
      watcher: {
        changed: (peer) => this.#keeper.changed(peer),
        renewed: (peer, beforeMs, untilMs) => this.#keeper.renewed(peer, beforeMs, untilMs),
      },
    })
    this.#validator = new Validator({
      identity,
      clock,
      random,
      book: this.#book,
      ownHelos: () => advertiser.issued(),
      sendTo: (helo, message, limits) => this.#sendTo(helo, message, limits.dialTimeoutMs),
      destinationsOf: (helo) => this.#carriers.destinationsOf(helo),
      isSlow: (helo) => this.#isSlow(helo),
      isReliable: (helo) => this.#carriers.for(helo)?.transport.traits.reliable ?? false,
      onValidated: () => {},
      onDropped: (reason, count) => this.#counters.drop('in', reason, count),
    })
    this.#keeper = new BookKeeper({ book: this.#book, saved, clock, pins: this.#validator })
    this.#links = new Links({
      nodeId: identity.nodeId,
      clock,
      random,
      log,
      carriers: this.#carriers,
      book: this.#book,
      validator: this.#validator,
      ring,
      saved,
      ownHelos: () => advertiser.helos(),
      slow: () => this.#carriers.slow,
      handOn: (message) => this.#handOn(message),
      dropped: (direction, reason, count) => this.#counters.drop(direction, reason, count),
      changed: ({ peer }, isUp) => {
        if (isUp) this.#book.markLinked(peer)
        hub.emit({ kind: isUp ? 'link-up' : 'link-down', peer })
      },
      switched: ({ peer }, { from, to, rule }) => {
        hub.emit({
          kind: 'path-changed',
          peer,
          from: from?.carrier.name ?? null,
          to: to?.carrier.name ?? null,
          rule,
        })
      },
      pathEnded: ({ peer }, { carrier }, reason, lostMessages) => {
        hub.emit({ kind: 'path-ended', peer, transport: carrier.name, reason, lostMessages })
      },
      ...(aead && { aead }),
    })
  }

  link(peer: NodeId): Link {
    this.#tidyLater()
    return this.#links.ask(peer)
  }

  explain(peer: NodeId): Explanation {
    const { clock } = this.#options
    const nowMs = clock.now()
    return explain({
      peer,
      link: this.#links.known(peer),
      policy: this.#links.policyOf(peer),
      addresses: this.#book.addresses(peer, nowMs),
      carrierOf: ({ helo }) => this.#carriers.for(helo),
      nowMs,
      monotonicMs: clock.monotonic(),
    })
  }

  setPolicy(peer: NodeId, policy: PathPolicy): void {
    this.#links.setPolicy(peer, policy)
  }

  /** What the store kept, before any transport starts. Never rejects; null: all of it could be used. */
  async restore(): Promise<StoreDamaged | null> {
    const { saved, ring, advertiser, log } = this.#options
    const kept = await saved.load()
    ring.restore(kept)
    advertiser.restore(kept)
    this.#links.restore(kept)
    this.#keeper.restore(kept)
    if (this.#book.size > 0) this.#tidyLater()
    this.#kept = { 'store.refused': kept.refused, 'store.unknown': kept.unknown }
    logDamage(log, kept)
    return damageOf(kept)
  }

  /** Throws ERR_CARD. */
  addCard(text: string, { oneWay }: AddCardOptions): NodeId {
    const { clock } = this.#options
    const card = decodeCard(text)
    if (!card.ok) throw new CoreError('ERR_CARD', `this is no card: ${card.fault}`)
    const { helos } = card.value
    const peer = helos[0]!.senderIdentity
    if (peer === this.#options.identity.nodeId) throw new CoreError('ERR_CARD', 'this card is our own')
    const now = clock.now()
    const faults = helos.map((helo) => checkHelo(helo, now))
    const fault = faults.find((one) => one !== null)
    if (faults.every((one) => one !== null))
      throw new CoreError('ERR_CARD', `nothing in this card can be used: ${fault}`)
    if (oneWay !== undefined) this.#validator.pin(peer, oneWay.messagesPerMinute)
    this.#tidyLater()
    this.#book.expire(now)
    const usable = helos.filter((_, at) => faults[at] === null)
    const added = usable.map((helo) => this.#book.add(helo, 'card', now))
    if (added.every((one) => one === 'full')) throw new CoreError('ERR_CARD', 'there is no room for another card')
    if (oneWay !== undefined) this.#keeper.changed(peer)
    this.#links.learnt(peer)
    return peer
  }

  frame(pack: MessagePack, transport: string): DropReason | null {
    const carrier = this.#carriers.named(transport)
    return carrier === null ? 'no-link' : this.#links.receiveFrame(pack, carrier)
  }

  control({ type, body }: PlainMessage, pack: MessagePack, transport: string): DropReason | null {
    const carrier = this.#carriers.named(transport)
    if (carrier === null) return 'no-link'
    switch (type) {
      case MESSAGE_TYPE.HANDSHAKE_FIRST:
        this.#tidyLater()
        return this.#links.receiveHandshake(type, body, pack, carrier)
      case MESSAGE_TYPE.HANDSHAKE_SECOND:
      case MESSAGE_TYPE.COOKIE:
        return this.#links.receiveHandshake(type, body, pack, carrier)
      case MESSAGE_TYPE.PING:
        return this.#ping(body, pack, carrier)
      case MESSAGE_TYPE.PONG:
        return this.#pong(body)
      default:
        return 'no-handler'
    }
  }

  heard(event: Exclude<TransportEvent, Dropped>, transport: string): void {
    const carrier = this.#carriers.named(transport)
    if (event.kind === 'session-ended' && carrier !== null) this.#links.sessionEnded(carrier, event.tsession)
    if (event.kind === 'advertisement-changed') this.#links.tell(this.#options.advertiser.changed())
  }

  keyErased(linkPublicKey: Uint8Array): void {
    this.#links.keyErased(linkPublicKey)
  }

  counters(): Readonly<Record<string, number>> {
    const { accepted: _a, sent: _s, sentOctets: _so, received, receivedOctets, ...drops } = this.#counters.snapshot()
    const named = Object.entries({ received, receivedOctets, ...drops }).map(([name, count]) => [
      `links.${name}`,
      count,
    ])
    return { ...Object.fromEntries(named), 'links.lost': this.#links.lostMessages, ...this.#kept }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#links.close()
    this.#tidying?.[Symbol.dispose]()
    this.#validator.close()
    this.#options.ring.close()
    this.#counters.close()
    this.#keeper.close()
    const fault = await this.#options.saved.close()
    if (fault !== null) this.#options.hub.emit({ kind: 'store-error', member: 'close', message: fault })
  }

  /** From the first peer on there is something that time makes worthless. */
  #tidyLater(): void {
    if (!this.#isClosed) this.#tidying ??= this.#options.clock.setTimer(() => this.#tidy(), TIDY_MS)
  }

  /** What time alone has made worthless: addresses, and link keys that nobody can write to any more. */
  #tidy(): void {
    this.#book.expire(this.#options.clock.now())
    this.#options.ring.tidy()
    this.#tidying?.reset(TIDY_MS)
  }

  #handOn(message: ReceivedMessage): void {
    const dropped = this.dispatcher.dispatch(message)
    if (dropped !== null) return this.#counters.drop('in', dropped)
    this.#counters.received += 1
    this.#counters.receivedOctets += message.body.byteLength
  }

  /** Answered where it came from; whoever asks by mail reads the answer inside a link, or not at all. */
  #ping(body: Uint8Array, { tsession, sender }: MessagePack, carrier: Carrier): DropReason | null {
    const ping = pingCodec.decode(body)
    if (!ping.ok) return ping.fault
    if (ping.value.asker !== sender) return 'not-ours'
    if (tsession === null || !mayUse(this.#links.policyOf(sender), { carrier })) return 'no-way-back'
    const pong = this.#validator.received(ping.value, tsession.source, !carrier.transport.traits.sourceProven)
    if (typeof pong === 'string') return pong
    carrier.transport.send(tsession, clearMessage(MESSAGE_TYPE.PONG, pong))
    return null
  }

  #pong(body: Uint8Array): DropReason | null {
    const pong = pongCodec.decode(body)
    return pong.ok ? this.#validator.receivedPong(pong.value) : pong.fault
  }

  /** One message in the clear over a session of its own. */
  async #sendTo(helo: Helo, msg: Uint8Array, dialTimeoutMs: number): Promise<boolean> {
    const known = this.#book.find(helo.senderIdentity, addressKey(helo))
    const carrier = this.#carriers.for(helo, known !== undefined && isRumour(known.from) ? 'rumour' : 'owner')
    if (carrier === null || this.#isClosed || !mayUse(this.#links.policyOf(helo.senderIdentity), { carrier }))
      return false
    const { transport } = carrier
    const abort = new AbortController()
    const timer = this.#options.clock.setTimer(() => abort.abort(), dialTimeoutMs)
    let tsession: TSession | null = null
    try {
      tsession = await transport.connect(helo, { signal: abort.signal })
      return transport.send(tsession, clearOctets(msg))
    } catch {
      return false
    } finally {
      timer[Symbol.dispose]()
      if (tsession !== null) void transport.disconnect(tsession).catch(() => {})
    }
  }

  #isSlow(helo: Helo): boolean {
    const carrier = this.#carriers.for(helo)
    return carrier !== null && isSlowCarrier(carrier)
  }
}
