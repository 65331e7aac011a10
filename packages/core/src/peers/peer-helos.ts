/**
 * The HELOs of one peer: one for each address, the one with the highest sequence, or the withdrawal that took its place.
 * Counts no other peer's and evicts nobody: peer-book.ts does. DESIGN sections 3 and 4.
 */
import { type Helo, MAX_ADDRESSES_PER_PEER, PROTOCOL } from '@postern/helo'
import { addressKey } from './address-key.js'
import {
  isExpired,
  isRumour,
  type KeptAddress,
  type KeptPeer,
  type KnownAddress,
  type Teller,
} from './known-address.js'
import { MAX_WITHDRAWALS_PER_PEER } from './limits.js'

/**
 * - `added`: an address we had not, `replaced`: a higher sequence for one we had, `withdrawn`: a withdrawal took effect;
 * - `known`: the same sequence as before, `stale`: a lower one, or expired; `full`: no room for it.
 */
export type Addition = 'added' | 'replaced' | 'known' | 'stale' | 'withdrawn' | 'full'

/** What is kept longest: higher is worthier. */
export const RANK = { RUMOUR: 0, PROVEN: 1, LINKED: 2, CARD: 3 } as const
export type Rank = (typeof RANK)[keyof typeof RANK]

export class PeerHelos {
  readonly #entries = new Map<string, KeptAddress>()
  isLinked = false

  /** HELOs and withdrawals. */
  get size(): number {
    return this.#entries.size
  }

  get rank(): Rank {
    let rank: Rank = this.isLinked ? RANK.LINKED : RANK.RUMOUR
    for (const entry of this.#entries.values()) rank = Math.max(rank, rankOf(entry)) as Rank
    return rank
  }

  /** undefined: we know none, or it was withdrawn. Expired ones are found. */
  find(key: string): KnownAddress | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.helo.flags.withdrawn ? undefined : entry
  }

  /** As it was: from a record, in place of what is here. */
  restore({ isLinked, addresses }: KeptPeer): void {
    this.isLinked = isLinked
    this.#entries.clear()
    for (const entry of addresses) this.#entries.set(entry.key, entry)
  }

  /** Also of a withdrawal; another object when anything about it has changed. */
  kept(key: string): KeptAddress | undefined {
    return this.#entries.get(key)
  }

  /** True: one more HELO would have to be kept. */
  wouldGrow(helo: Helo): boolean {
    return !this.#entries.has(addressKey(helo))
  }

  add(helo: Helo, from: Teller, nowMs: number): Addition {
    const key = addressKey(helo)
    const known = this.#entries.get(key)
    if (known === undefined)
      return this.#addNew({ key, helo, from, validatedUntil: 0, keptUntil: helo.expiration }, nowMs)
    const provenWord = isRumour(known.from) ? from : known.from // the proven word wins over the rumour
    if (helo.sequence <= known.helo.sequence) {
      if (helo.sequence < known.helo.sequence) return 'stale'
      if (isRumour(known.from) && !isRumour(from)) this.#entries.set(key, { ...known, from: provenWord })
      return 'known'
    }
    const isTakenBack = helo.flags.withdrawn
    const validatedUntil = isTakenBack ? 0 : known.validatedUntil
    const keptUntil = Math.max(helo.expiration, isTakenBack ? known.keptUntil : 0)
    const entry = { key, helo, from: provenWord, validatedUntil, keptUntil }
    if (!this.#makeRoom(entry, nowMs, { always: isTakenBack })) return 'full'
    this.#entries.set(key, entry)
    return isTakenBack ? 'withdrawn' : 'replaced'
  }

  /** False: no such address. Never beyond the expiration of its HELO. */
  markValidated(key: string, untilMs: number): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.helo.flags.withdrawn) return false
    this.#entries.set(key, { ...entry, validatedUntil: Math.min(untilMs, entry.helo.expiration) })
    return true
  }

  /** What can be dialled, expired or not; not the HELO without an address. */
  addresses(): KnownAddress[] {
    return this.all().filter(({ helo }) => !helo.flags.withdrawn && helo.protocol !== PROTOCOL.NONE)
  }

  all(): KeptAddress[] {
    return [...this.#entries.values()]
  }

  /** A withdrawal says nothing about keys: it repeats those of what it took back. */
  newest(): Helo | undefined {
    let newest: Helo | undefined
    for (const { helo } of this.#entries.values()) {
      if (!helo.flags.withdrawn && helo.sequence > (newest?.sequence ?? -1)) newest = helo
    }
    return newest
  }

  /** A peer once linked may still be PINGed where it was; its withdrawals go as anybody's. */
  expire(nowMs: number): void {
    for (const [key, { helo, keptUntil }] of this.#entries) {
      const isOver = isExpired({ ...helo, expiration: keptUntil }, nowMs)
      if (isOver && (helo.flags.withdrawn || !this.isLinked)) this.#entries.delete(key)
    }
  }

  #addNew(entry: KeptAddress, nowMs: number): Addition {
    if (!this.#makeRoom(entry, nowMs, { always: false })) return 'full'
    this.#entries.set(entry.key, entry)
    return entry.helo.flags.withdrawn ? 'withdrawn' : 'added'
  }

  /** Addresses and withdrawals have room of their own. False: `entry` is not worth that another one goes. */
  #makeRoom(entry: KeptAddress, nowMs: number, { always }: { readonly always: boolean }): boolean {
    const isWithdrawal = entry.helo.flags.withdrawn
    const rivals = [...this.#entries.values()].filter(
      ({ key, helo }) => key !== entry.key && helo.flags.withdrawn === isWithdrawal,
    )
    if (rivals.length < (isWithdrawal ? MAX_WITHDRAWALS_PER_PEER : MAX_ADDRESSES_PER_PEER)) return true
    const least = rivals.reduce((a, b) => (isWorthier(a, b, nowMs) ? b : a))
    if (!always && !isWorthier(entry, least, nowMs)) return false
    this.#entries.delete(least.key)
    return true
  }
}

/** What a single HELO, or the word of `from` alone, is worth. */
export function rankOf({ from, validatedUntil }: Pick<KnownAddress, 'from' | 'validatedUntil'>): Rank {
  if (from === 'card') return RANK.CARD
  return isRumour(from) && validatedUntil === 0 ? RANK.RUMOUR : RANK.PROVEN
}

/** Unexpired before expired, proven before rumour, then what its owner said last. */
function isWorthier(a: KnownAddress, b: KnownAddress, nowMs: number): boolean {
  const [liveA, liveB] = [!isExpired(a.helo, nowMs), !isExpired(b.helo, nowMs)]
  if (liveA !== liveB) return liveA
  const [provenA, provenB] = [rankOf(a) > RANK.RUMOUR, rankOf(b) > RANK.RUMOUR]
  return provenA === provenB ? a.helo.sequence > b.helo.sequence : provenA
}
