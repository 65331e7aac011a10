/**
 * All links, and whom what arrives belongs to. What an attacker can send without knowing anything costs as little as possible:
 * length, hint, mac, memory of replays, budgets; and only then the curve, and last a signature (DESIGN sections 4 and 8).
 */
import {
  handshakePrologue,
  type LinkKey,
  mac,
  mac1Key,
  type NodeId,
  nodeAead,
  type OpenedHandshake,
  openCookie,
  openHandshake,
  parseNodeId,
} from '@postern/crypto'
import {
  cookieMessageCodec,
  decodeBatch,
  type FirstMessage,
  firstMessageCodec,
  type Helo,
  linkFrameCodec,
  MESSAGE_HEADER_OCTETS,
  MESSAGE_TYPE,
  macedBytes,
  secondMessageCodec,
  type WireFault,
} from '@postern/helo'
import type { MessagePack, TSession } from '@postern/transport-api'
import { messageOf } from '../errors.js'
import { isRumour } from '../peers/known-address.js'
import type { KeptRecords } from '../store/kept-records.js'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import type { Arrival } from './arrival.js'
import { Doorkeeper, type DoorRefusal } from './doorkeeper.js'
import { Epoch } from './epoch.js'
import { decodeEpochRecord, type EpochRecord } from './epoch-record.js'
import { hasMac1, readHandshakeBatch } from './first-message.js'
import { IndexBook } from './index-book.js'
import { PeerLink } from './link.js'
import type { IndexOwner, LinkContext } from './link-context.js'
import type { Path } from './path.js'
import type { PathPolicy } from './path-policy.js'
import { ReplayMemory } from './replay-memory.js'

/** Why something of a link went no further; also the words under which it is counted. */
export type LinkDrop =
  | 'bad-handshake'
  | 'bad-mac'
  | 'bad-sender'
  | 'epoch-over'
  | 'forged'
  | 'link-closed'
  | 'replayed'
  | 'too-many-links'
  | 'too-many-paths'
  | 'unknown-index'
  | 'unknown-key'
  | 'malformed-batch'
  | DoorRefusal
  | WireFault

const EPHEMERAL_OCTETS = 32
const FIRST_KIND = 'first/'
/** Beyond these nobody new is let in; links of peers in our book are opened for us alone. */
const MAX_LINKS = 4_096
/** A peer that has lost its state is called back, by mail once a day. */
const LOST_FAST_MS = 60_000
const LOST_UP_MS = 3_600_000
const LOST_SLOW_MS = 24 * 3_600_000

type Own = 'aead' | 'indexes' | 'ended' | 'policyOf' | 'revived'
export type LinksOptions = Omit<LinkContext, Own> & Partial<Pick<LinkContext, 'aead'>>

const NO_POLICY: PathPolicy = {}
/** One path that works again makes others try, but not one after the other for ever. */
const REVIVED_EVERY_MS = 10_000

export class Links {
  readonly #context: LinkContext
  readonly #links = new Map<NodeId, PeerLink>()
  readonly #replays = new ReplayMemory()
  readonly #doorkeeper: Doorkeeper
  readonly #lostMs = new Map<NodeId, number>()
  /** Each by a call of the operator's own. */
  readonly #policies = new Map<NodeId, PathPolicy>()
  /** By transport, when something by it worked again that had failed. */
  readonly #revivedMs = new Map<string, number>()
  /** Messages lost with links that have ended. */
  #lostBefore = 0
  #isClosed = false

  constructor(options: LinksOptions) {
    const { clock, random } = options
    this.#context = {
      ...options,
      aead: options.aead ?? nodeAead,
      indexes: new IndexBook<IndexOwner>(random),
      policyOf: (peer) => this.#policies.get(peer) ?? NO_POLICY,
      revived: (link, path) => this.#revived(link, path),
      ended: (link) => {
        this.#lostBefore += link.lostMessages
        if (this.#links.get(link.peer) === link) this.#links.delete(link.peer)
        // What is still under way would otherwise call back a link that was closed on purpose.
        this.#calledBack(link.peer)
      },
    }
    this.#doorkeeper = new Doorkeeper({ clock, random })
  }

  /** The link to `peer`, the same as long as it lives. */
  link(peer: NodeId): PeerLink {
    const known = this.#links.get(peer)
    if (known !== undefined) return known
    const made = new PeerLink(this.#context, peer)
    this.#links.set(peer, made)
    return made
  }

  /** null: there is none, and none is made. */
  known(peer: NodeId): PeerLink | null {
    return this.#links.get(peer) ?? null
  }

  /** More is known about how to reach `peer`. */
  learnt(peer: NodeId): void {
    this.#links.get(peer)?.prober.encourage()
    this.#links.get(peer)?.progressed()
  }

  policyOf(peer: NodeId): PathPolicy {
    return this.#context.policyOf(peer)
  }

  /** From now on; an empty one takes it back. */
  setPolicy(peer: NodeId, policy: PathPolicy): void {
    if (Object.values(policy).every((list) => list === undefined)) this.#policies.delete(peer)
    else this.#policies.set(peer, policy)
    const link = this.#links.get(peer)
    link?.paths.obeyPolicy()
    link?.progressed()
  }

  /** Our addresses are others now: all who have a link with us are told at once (DESIGN section 4). */
  tell(helos: readonly Helo[]): void {
    for (const link of this.all) link.tell(helos)
  }

  /** Messages that left and may not have arrived, of all links that were. */
  get lostMessages(): number {
    return this.all.reduce((sum, link) => sum + link.lostMessages, this.#lostBefore)
  }

  get all(): readonly PeerLink[] {
    return [...this.#links.values()]
  }

  /** The application has it, and it stays. */
  ask(peer: NodeId): PeerLink {
    const link = this.link(peer)
    link.isAsked = true
    return link
  }

  /** A clear message of type HANDSHAKE_FIRST, HANDSHAKE_SECOND or COOKIE. null: it was of use. */
  receiveHandshake(type: number, body: Uint8Array, pack: MessagePack, carrier: Carrier): LinkDrop | null {
    if (this.#isClosed) return 'link-closed'
    const arrival = arrivalOf(pack, carrier)
    if (arrival === null) return 'bad-sender'
    if (type === MESSAGE_TYPE.HANDSHAKE_FIRST) return this.#first(body, arrival)
    return type === MESSAGE_TYPE.HANDSHAKE_SECOND ? this.#second(body, arrival) : this.#cookie(body, arrival)
  }

  /** An encrypted transport message. null: it opened. */
  receiveFrame(pack: MessagePack, carrier: Carrier): LinkDrop | null {
    if (this.#isClosed) return 'link-closed'
    const arrival = arrivalOf(pack, carrier)
    if (arrival === null) return 'bad-sender'
    const frame = linkFrameCodec.decode(pack.msg)
    if (!frame.ok) return frame.fault
    const owner = this.#context.indexes.ownerOf(frame.value.receiverIndex)
    if (owner?.at !== 'epoch') return this.#unknown(arrival)
    const { link, epoch } = owner
    const batch = epoch.open(frame.value, pack.msg, carrier.transport.protocolNumber, this.#context.clock.monotonic())
    if (batch === 'epoch-over') return this.#unknown(arrival)
    if (typeof batch === 'string') return batch
    const messages = decodeBatch(batch)
    if (!messages.ok) return 'malformed-batch'
    this.#context.validator.credit(link.peer, pack.msg.byteLength)
    if (epoch.isConfirmed) link.heardFrom(arrival)
    else link.answers.confirmed(epoch, arrival)
    link.epochs.heard(epoch)
    // The window of a slow path is safe before what it lets through is handed on: mail comes again after a restart.
    this.#once(isSlowCarrier(carrier) ? link.save(epoch) : null, () => {
      link.inbound.take(messages.value, arrival, { early: false, epoch })
      // A report of reports would never end.
      const isNews = messages.value.length === 0 || messages.value.some(({ type }) => type !== MESSAGE_TYPE.REPORT)
      if (isNews) link.outbound.owesReport(epoch, arrival)
    })
    return null
  }

  /** Its transport says that a session is over. */
  sessionEnded(carrier: Carrier, tsession: TSession): void {
    for (const link of this.#links.values()) {
      const path = link.paths.of(tsession)
      if (path === null || path.carrier !== carrier) continue
      link.paths.close(path, 'session-ended')
    }
  }

  /** A link key of ours is gone. */
  keyErased(linkPublicKey: Uint8Array): void {
    void this.#context.saved.removeAll(this.#replays.forget(linkPublicKey).map(firstKey))
  }

  /** What a store kept: before anything arrives, and after the ring has its keys. */
  restore(kept: KeptRecords): void {
    const { clock, ring, saved } = this.#context
    const gone: string[] = []
    kept.each('first', ({ key, value }) => {
      const ephemeral = readFirst(key, value)
      if (ephemeral === null) return false
      if (ring.has(value)) this.#replays.add(ephemeral, value)
      // A key that was erased opens nothing any more; one that could not be read may be there again next time.
      else if (kept.isWhole('link-key')) gone.push(key)
      return true
    })
    const now = clock.now()
    kept.each('epoch', ({ key, value }) => {
      const record = decodeEpochRecord(value)
      if (record === null) return false
      if (record.untilMs <= now) gone.push(key)
      else this.#restoreEpoch(record, record.untilMs - now)
      return true
    })
    void saved.removeAll(gone)
  }

  #restoreEpoch(record: EpochRecord, forMs: number): void {
    const link = this.link(record.peer)
    const epoch = new Epoch({ ...record, aead: this.#context.aead, secrets: null })
    epoch.isConfirmed = true
    epoch.restore(record)
    this.#context.indexes.give(epoch.ownIndex, { at: 'epoch', link, epoch })
    link.epochs.restore(epoch, forMs)
  }

  /** Now when there is nothing to wait for; not at all, and counted, when it could not be made safe. */
  #once(safe: Promise<boolean> | null, proceed: () => void): void {
    if (safe === null) return proceed()
    void safe.then((isSafe) => {
      if (this.#isClosed) this.#context.dropped('in', 'link-closed', 1)
      else if (isSafe) proceed()
      else this.#context.dropped('in', 'store-failed', 1)
    })
  }

  /** Peers are told unless we shall remember them. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const link of this.all) {
      try {
        if (this.#context.saved.isKept) link.end('suspended')
        else await link.close()
      } catch (error) {
        this.#context.log.error('link.close-failed', { peer: link.peer, error: messageOf(error) })
      }
    }
  }

  #first(body: Uint8Array, arrival: Arrival): LinkDrop | null {
    const first = firstMessageCodec.decode(body)
    if (!first.ok) return first.fault
    const keys = this.#context.ring.hinted(first.value.hint)
    if (keys.length === 0) return 'unknown-key'
    const own = keys.find(({ publicKey }) => hasMac1(first.value, body, publicKey))
    if (own === undefined) return 'bad-mac'
    const ephemeral = first.value.noise.subarray(0, EPHEMERAL_OCTETS)
    if (this.#replays.has(ephemeral)) {
      if (!this.#doorkeeper.allowsRepeat(arrival)) return 'handshake-flood'
      const isRepeated = this.#links.get(arrival.sender)?.answers.repeat(first.value, arrival) === true
      return isRepeated ? null : 'replayed'
    }
    const refusal = this.#doorkeeper.refuses(first.value, body, own, arrival)
    return refusal ?? this.#open(first.value, body, own, arrival)
  }

  #open(first: FirstMessage, body: Uint8Array, own: LinkKey, arrival: Arrival): LinkDrop | null {
    const { nodeId, clock, book } = this.#context
    const { sender } = arrival
    const prologue = handshakePrologue(sender, nodeId)
    const opened: OpenedHandshake | null = openHandshake({ prologue, own, message: first.noise })
    if (opened === null) return 'forged'
    const ephemeral = first.noise.slice(0, EPHEMERAL_OCTETS)
    const forgotten = this.#replays.add(ephemeral, own.publicKey)
    if (forgotten !== null) this.#context.saved.remove(firstKey(forgotten))
    const batch = readHandshakeBatch(opened.payload, {
      peer: sender,
      peerLinkKey: opened.peerLinkKey,
      nowMs: clock.now(),
      needsHelo: true,
      isKnown: (helo) => book.holds(helo, clock.now()),
    })
    if (batch === null) return 'bad-handshake'
    // Only now: junk in somebody's name must not shut him out.
    if (!this.#doorkeeper.allowsPeer(sender)) return 'handshake-flood'
    if (!this.#links.has(sender) && !this.#makeRoom()) return 'too-many-links'
    const octets = MESSAGE_HEADER_OCTETS + body.byteLength
    // A crash must not make a replay of it: what is not safe is not handed on.
    this.#once(this.#context.saved.save({ key: firstKey(ephemeral), value: own.publicKey }), () => {
      this.link(sender).answers.answer(opened, first, batch, arrival, octets)
    })
    return null
  }

  #second(body: Uint8Array, arrival: Arrival): LinkDrop | null {
    const second = secondMessageCodec.decode(body)
    if (!second.ok) return second.fault
    const owner = this.#context.indexes.ownerOf(second.value.receiverIndex)
    if (owner === undefined) return 'unknown-index'
    if (owner.at === 'epoch') return null // the same answer once more, by another path
    return owner.link.initiations.completed(owner.initiation, second.value, arrival)
  }

  #cookie(body: Uint8Array, arrival: Arrival): LinkDrop | null {
    const message = cookieMessageCodec.decode(body)
    if (!message.ok) return message.fault
    const { receiverIndex, nonce, sealedCookie } = message.value
    const owner = this.#context.indexes.ownerOf(receiverIndex)
    if (owner?.at !== 'initiation') return 'unknown-index'
    const { link, initiation } = owner
    const covered = macedBytes(initiation.body).mac1
    const mac1 = mac(mac1Key(initiation.peerLinkKey), covered)
    const cookie = openCookie({ linkPublicKey: initiation.peerLinkKey, nonce, mac1, sealedCookie })
    if (cookie === null) return 'forged'
    link.initiations.cookie(initiation, cookie, arrival)
    return null
  }

  /** Not only by what others say of him. */
  #isKnown(peer: NodeId): boolean {
    const { book, clock } = this.#context
    return book.isLinked(peer) || book.addresses(peer, clock.now()).some(({ from }) => !isRumour(from))
  }

  /** The network of that transport is back: whoever waits an hour because of it need not. */
  #revived(link: PeerLink, { carrier }: Path): void {
    const now = this.#context.clock.monotonic()
    if (now - (this.#revivedMs.get(carrier.name) ?? Number.NEGATIVE_INFINITY) < REVIVED_EVERY_MS) return
    this.#revivedMs.set(carrier.name, now)
    for (const other of this.all) if (other !== link) other.prober.encourage((one) => one.carrier.name === carrier.name)
  }

  #calledBack(peer: NodeId): void {
    this.#lostMs.delete(peer)
    this.#lostMs.set(peer, this.#context.clock.monotonic())
    if (this.#lostMs.size <= MAX_LINKS) return
    for (const oldest of this.#lostMs.keys()) return void this.#lostMs.delete(oldest)
  }

  #isFriend(peer: NodeId): boolean {
    const { book, clock } = this.#context
    return book.addresses(peer, clock.now()).some(({ from }) => from === 'card')
  }

  /** Whom nobody asked for makes room for a new one: first one whose link is not up, else the one that has been here for longest. */
  #makeRoom(): boolean {
    if (this.#links.size < MAX_LINKS) return true
    const strangers = this.all.filter((link) => !link.isAsked && !this.#isFriend(link.peer))
    const gone = strangers.find((link) => !link.isUp && !link.isWanted) ?? strangers[0]
    gone?.end()
    return gone !== undefined
  }

  /** It ends nothing. If we know the peer it may be that one of us has forgotten the other (DESIGN section 4). */
  #unknown({ sender, carrier }: Arrival): LinkDrop {
    const { clock } = this.#context
    const isSlow = isSlowCarrier(carrier)
    const last = this.#lostMs.get(sender) ?? Number.NEGATIVE_INFINITY
    // While the link is up it is nearly always somebody else who speaks in this name: no more than an epoch an hour for him.
    const fastMs = this.#links.get(sender)?.isUp === true ? LOST_UP_MS : LOST_FAST_MS
    if (this.#isKnown(sender) && clock.monotonic() - last >= (isSlow ? LOST_SLOW_MS : fastMs)) {
      this.#calledBack(sender)
      // Anybody can send a datagram in this name: it must not cost a mail.
      this.link(sender).initiations.begin(isSlow ? 'lost' : 'lost-fast')
    }
    return 'unknown-index'
  }
}

function firstKey(ephemeral: Uint8Array): string {
  return `${FIRST_KIND}${Buffer.from(ephemeral).toString('hex')}`
}

/** The ephemeral; null: no record of a first message. */
function readFirst(key: string, linkKey: Uint8Array): Uint8Array | null {
  const ephemeral = Buffer.from(key.slice(FIRST_KIND.length), 'hex')
  return firstKey(ephemeral) === key && ephemeral.byteLength === EPHEMERAL_OCTETS && linkKey.byteLength === 32
    ? ephemeral
    : null
}

function arrivalOf({ tsession, sender }: MessagePack, carrier: Carrier): Arrival | null {
  if (parseNodeId(sender) !== sender) return null
  return { carrier, tsession, sender, source: tsession?.source ?? new Uint8Array(0) }
}
