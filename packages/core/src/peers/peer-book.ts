/**
 * The peer book: which node can be reached where, who said so, and was it ever true (DESIGN section 4). Bounded: whoever was not
 * heard of for longest makes room, rumours first, and never for something less worthy.
 *
 * Believes what it is given: decoding, checkHelo, `verifyHelo` and the policy of the operator are the caller's business, before
 * `add`. Reads no clock; times are Unix ms.
 */
import type { NodeId } from '@postern/crypto'
import { type Helo, heloCodec, MAX_SENDER_ADDRESS_OCTETS, PROTOCOL } from '@postern/helo'
import { addressKey } from './address-key.js'
import { isExpired, type KeptPeer, type KnownAddress, type Teller } from './known-address.js'
import { MAX_KNOWN_HELOS, MAX_KNOWN_PEERS } from './limits.js'
import { type Addition, PeerHelos, RANK, type Rank, rankOf } from './peer-helos.js'

/** Who keeps what the book knows beyond a restart. Told after each change, from inside the call that made it. */
export interface BookWatcher {
  /** Something about this peer that is to be remembered is new, or it is gone. */
  changed(peer: NodeId): void
  /** Only that one of its addresses is valid for longer than before; Unix ms. */
  renewed(peer: NodeId, beforeMs: number, untilMs: number): void
}

export interface PeerBookOptions {
  readonly maxPeers?: number
  /** HELOs and withdrawals, of all peers. */
  readonly maxHelos?: number
  readonly watcher?: BookWatcher
}

export class PeerBook {
  readonly #maxPeers: number
  readonly #maxHelos: number
  readonly #watcher: BookWatcher | null
  /** By rank; in each, who was heard of last comes last. */
  readonly #byRank: readonly Map<NodeId, PeerHelos>[] = Object.values(RANK).map(() => new Map<NodeId, PeerHelos>())
  #helos = 0
  #evicted = 0

  constructor({ maxPeers = MAX_KNOWN_PEERS, maxHelos = MAX_KNOWN_HELOS, watcher }: PeerBookOptions = {}) {
    this.#maxPeers = maxPeers
    this.#maxHelos = maxHelos
    this.#watcher = watcher ?? null
  }

  /** Peers. */
  get size(): number {
    return this.#byRank.reduce((sum, peers) => sum + peers.size, 0)
  }

  get heloCount(): number {
    return this.#helos
  }

  /** Peers that made room for others, in all. */
  get evicted(): number {
    return this.#evicted
  }

  /** `helo` is kept as it is. RangeError: no decoder gave this. */
  add(helo: Helo, from: Teller, nowMs: number): Addition {
    requireStructure(helo)
    if (isExpired(helo, nowMs)) return 'stale'
    const peer = helo.senderIdentity
    const [known, knownRank] = this.#locate(peer)
    const helos = known ?? new PeerHelos()
    const rank = Math.max(knownRank, rankOf({ from, validatedUntil: 0 })) as Rank
    if (known === undefined && this.size >= this.#maxPeers && !this.#evict(rank, peer)) return 'full'
    const mustGrow = this.#helos >= this.#maxHelos && helos.wouldGrow(helo)
    if (mustGrow && !this.#evict(rank, peer)) return 'full'
    const [before, key] = [helos.size, addressKey(helo)]
    const keptBefore = helos.kept(key)
    const addition = helos.add(helo, from, nowMs)
    this.#helos += helos.size - before
    const isNews = addition !== 'stale' && addition !== 'full' && addition !== 'known'
    if (isNews || helos.rank !== knownRank) this.#file(peer, helos)
    if (helos.kept(key) !== keptBefore) this.#watcher?.changed(peer) // who told it counts, too
    return addition
  }

  has(peer: NodeId): boolean {
    return this.#find(peer) !== undefined
  }

  /** Is this very HELO, octet for octet, in the book, and not expired? */
  holds(helo: Helo, nowMs: number): boolean {
    const known = this.#find(helo.senderIdentity)?.find(addressKey(helo))?.helo
    if (known === undefined || isExpired(known, nowMs)) return false
    return Buffer.compare(heloCodec.encode(known), heloCodec.encode(helo)) === 0
  }

  /** What may be used or gossiped as far as time is concerned; not withdrawn, with an address. */
  addresses(peer: NodeId, nowMs: number): readonly KnownAddress[] {
    return (
      this.#find(peer)
        ?.addresses()
        .filter(({ helo }) => !isExpired(helo, nowMs)) ?? []
    )
  }

  /** Expired addresses of a peer once linked: may still be PINGed, and nothing else. */
  lapsed(peer: NodeId, nowMs: number): readonly KnownAddress[] {
    const helos = this.#find(peer)
    return helos?.isLinked === true ? helos.addresses().filter(({ helo }) => isExpired(helo, nowMs)) : []
  }

  /** One address, expired or not; undefined: unknown or withdrawn. */
  find(peer: NodeId, key: string): KnownAddress | undefined {
    return this.#find(peer)?.find(key)
  }

  /** 32 octets, not to be written to: of the newest HELO by sequence, one without an address included. */
  linkKeyOf(peer: NodeId): Uint8Array | null {
    return this.#find(peer)?.newest()?.linkKey ?? null
  }

  /** False: no such address. `untilMs` is cut to the expiration of the HELO. */
  markValidated(peer: NodeId, key: string, untilMs: number): boolean {
    const helos = this.#find(peer)
    const beforeMs = helos?.find(key)?.validatedUntil ?? 0
    if (helos?.markValidated(key, untilMs) !== true) return false
    this.#file(peer, helos)
    const nowValidMs = helos.find(key)!.validatedUntil
    if (nowValidMs !== beforeMs) this.#watcher?.renewed(peer, beforeMs, nowValidMs)
    return true
  }

  /** A link with it was up once: its addresses stay when they expire. */
  markLinked(peer: NodeId): void {
    const helos = this.#find(peer)
    if (helos === undefined) return
    const isNews = !helos.isLinked
    helos.isLinked = true
    this.#file(peer, helos)
    if (isNews) this.#watcher?.changed(peer)
  }

  isLinked(peer: NodeId): boolean {
    return this.#find(peer)?.isLinked ?? false
  }

  forget(peer: NodeId): boolean {
    const helos = this.#find(peer)
    if (helos === undefined) return false
    this.#take(peer)
    this.#helos -= helos.size
    this.#watcher?.changed(peer)
    return true
  }

  /** Lets go of what has expired. To be called now and then; looks at every HELO. */
  expire(nowMs: number): void {
    for (const peer of [...this.peers()]) {
      const helos = this.#find(peer)!
      const before = helos.size
      helos.expire(nowMs)
      this.#helos += helos.size - before
      if (helos.size === 0) this.#take(peer)
      else if (helos.size < before) this.#refile(peer, helos)
      if (helos.size < before) this.#watcher?.changed(peer)
    }
  }

  /** Those that would make room first come first. */
  *peers(): IterableIterator<NodeId> {
    for (const peers of this.#byRank) yield* peers.keys()
  }

  /** Everything kept about `peer`, withdrawals and expired ones included: for a store. null: it is not in the book. */
  kept(peer: NodeId): KeptPeer | null {
    const helos = this.#find(peer)
    return helos === undefined ? null : { isLinked: helos.isLinked, addresses: helos.all() }
  }

  /**
   * A peer as `kept` gave it, as the one heard of last: before anything else is known of it. False: there is no room for it, or it
   * is in the book. The watcher is told only who made room.
   */
  restore(peer: NodeId, kept: KeptPeer): boolean {
    if (this.has(peer) || kept.addresses.length === 0) return false
    const helos = new PeerHelos()
    helos.restore(kept)
    while (this.size >= this.#maxPeers || this.#helos + helos.size > this.#maxHelos)
      if (!this.#evict(helos.rank, peer)) return false
    this.#helos += helos.size
    this.#file(peer, helos)
    return true
  }

  #find(peer: NodeId): PeerHelos | undefined {
    return this.#locate(peer)[0]
  }

  #locate(peer: NodeId): readonly [PeerHelos | undefined, number] {
    for (const [rank, peers] of this.#byRank.entries()) {
      const helos = peers.get(peer)
      if (helos !== undefined) return [helos, rank]
    }
    return [undefined, -1]
  }

  #take(peer: NodeId): void {
    for (const peers of this.#byRank) peers.delete(peer)
  }

  /** As the one heard of last. */
  #file(peer: NodeId, helos: PeerHelos): void {
    this.#take(peer)
    this.#byRank[helos.rank]!.set(peer, helos)
  }

  /** What is left of it may be worth less; it was not heard of. */
  #refile(peer: NodeId, helos: PeerHelos): void {
    if (!this.#byRank[helos.rank]!.has(peer)) this.#file(peer, helos)
  }

  /** False: nobody else is worth as little as `rank`. */
  #evict(rank: Rank, except: NodeId): boolean {
    for (const peers of this.#byRank.slice(0, rank + 1)) {
      for (const peer of peers.keys()) {
        if (peer === except) continue
        this.#evicted += 1
        return this.forget(peer)
      }
    }
    return false
  }
}

function requireStructure({ protocol, senderAddress, senderAddressSize, sequence, expiration }: Helo): void {
  const size = senderAddress.byteLength
  const isSized = size === senderAddressSize && size <= MAX_SENDER_ADDRESS_OCTETS
  if (!isSized || (size === 0) !== (protocol === PROTOCOL.NONE))
    throw new RangeError(`an address of ${size} octets, said to be ${senderAddressSize}, of protocol ${protocol}`)
  if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(expiration))
    throw new RangeError(`sequence ${sequence} or expiration ${expiration} is no safe integer`)
}
