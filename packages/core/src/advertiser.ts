/**
 * Our own advertisements: every running transport drafts, core completes and signs; handshakes carry some of them, a card all
 * (DESIGN section 3, PROTOCOL.md section 4). A transport that drafts nonsense is told about and left out.
 */
import type { Identity, LinkKey } from '@postern/crypto'
import {
  ADDRESSLESS_DRAFT,
  cardValidityMs,
  DEFAULT_HELO_VALIDITY_MS,
  encodeCard,
  type Helo,
  type HeloDraft,
  isSlow,
  MAIL_HELO_VALIDITY_MS,
  MAX_ADDRESSES_PER_PEER,
  MAX_HELO_AHEAD_MS,
  MAX_MTU_OCTETS,
  MAX_SENDER_ADDRESS_OCTETS,
  nextSequence,
  signHelo,
} from '@postern/helo'
import type { Clock, Transport } from '@postern/transport-api'
import { CoreError, messageOf } from './errors.js'
import type { KeyRing } from './link/key-ring.js'
import type { SavedState } from './link/saved-state.js'
import { isSame } from './same-octets.js'
import type { KeptRecords } from './store/kept-records.js'
import { readSequence, sequenceRecord } from './store/node-records.js'
import { SEQUENCE_KEY } from './store/record-kinds.js'
import type { Carrier } from './transports/carriers.js'

export interface CardOptions {
  /** How long the card may be used, ms, up to 180 days. Left out: 12 hours, 90 days for slow transports such as mail. */
  readonly validMs?: number
}

interface Advertised {
  readonly draft: HeloDraft
  readonly maxLatencyMs: number
  readonly cost: number
}

export interface AdvertiserOptions {
  readonly identity: Identity
  readonly clock: Clock
  readonly ring: KeyRing
  readonly saved: SavedState
  readonly carriers: () => readonly Carrier[]
  /** A transport could not say how to reach us, or drafted what no peer would take. */
  readonly failed: (transport: string, message: string) => void
}

/** Of the validity: after that handshakes carry new ones. */
const FRESH_SHARE = 0.5
/** A PING may name any address that we still stand by, but not for ever many. */
const MAX_ISSUED = 512

export class Advertiser {
  readonly #options: AdvertiserOptions
  #lastSequence = -1
  #current: { readonly helos: readonly Helo[]; readonly linkKey: LinkKey; readonly untilMs: number } | null = null
  /** All that were signed and have not expired. */
  #issued: readonly Helo[] = []

  constructor(options: AdvertiserOptions) {
    this.#options = options
  }

  /** What a store kept: sequences go on from there, even if the clock was set back meanwhile. */
  restore(kept: KeptRecords): void {
    kept.each('node', ({ key, value }) => {
      const sequence = key === SEQUENCE_KEY ? readSequence(value) : -1
      if (sequence === null) return false
      this.#lastSequence = Math.max(this.#lastSequence, sequence)
      return true
    })
  }

  /** The text of a card. Throws ERR_VALIDITY. When nobody can reach us it holds one address-less HELO, which binds the link key. */
  card({ validMs }: CardOptions): string {
    if (validMs !== undefined && !(Number.isInteger(validMs) && validMs >= 1 && validMs <= MAX_HELO_AHEAD_MS)) {
      throw new CoreError('ERR_VALIDITY', `validMs ${validMs} is not a whole number from 1 to ${MAX_HELO_AHEAD_MS}`)
    }
    const drafted = inTurns(this.#options.carriers().map((one) => this.#ask(one))).slice(0, MAX_ADDRESSES_PER_PEER)
    return encodeCard(this.#sign(drafted, (maxLatencyMs) => validMs ?? cardValidityMs(maxLatencyMs)))
  }

  /** For handshakes and links: at least one, the cheapest first. The same until half of their time is over, or something changed. */
  helos(): readonly Helo[] {
    const now = this.#options.clock.now()
    const linkKey = this.#options.ring.current()
    if (this.#current?.linkKey === linkKey && now < this.#current.untilMs) return this.#current.helos
    const drafted = inTurns(this.#options.carriers().map((one) => this.#ask(one))).slice(0, MAX_ADDRESSES_PER_PEER)
    drafted.sort((a, b) => a.cost - b.cost)
    const validityMs = (maxLatencyMs: number): number =>
      isSlow(maxLatencyMs) ? MAIL_HELO_VALIDITY_MS : DEFAULT_HELO_VALIDITY_MS
    const helos = this.#sign(drafted, validityMs, { isReused: true })
    const soonest = Math.min(...helos.map(({ expiration }) => expiration))
    this.#current = { helos, linkKey, untilMs: now + FRESH_SHARE * (soonest - now) }
    return helos
  }

  /** All that we have signed and that has not expired: by these we judge what a PING asks. */
  issued(): readonly Helo[] {
    const now = this.#options.clock.now()
    this.#issued = this.#issued.filter(({ expiration }) => expiration >= now)
    return this.#issued
  }

  /** The transports say something else now: what peers are to hear of it, new ones first, then those that are gone. */
  changed(): readonly Helo[] {
    const before = this.#current?.helos ?? []
    this.#current = null
    const helos = this.helos()
    const news = helos.filter((helo) => !before.includes(helo))
    const gone = before.filter((one) => one.senderAddressSize > 0 && !helos.some((helo) => isAt(helo, one)))
    return [...news, ...gone.map((helo) => this.#withdrawn(helo))]
  }

  /** Kept by peers until what it takes back would have expired. */
  #withdrawn({ protocol, mtu, maxLatencyMs, senderAddress, senderAddressSize, expiration }: Helo): Helo {
    const { identity, clock, ring } = this.#options
    this.#lastSequence = nextSequence(this.#lastSequence, clock.now())
    this.#issued = this.#issued.filter((helo) => !isAt(helo, { protocol, senderAddress }))
    const terms = { maxLatencyMs, gossip: false, withdrawn: true, sequence: this.#lastSequence, expiration }
    return signHelo(identity, ring.current().publicKey, { protocol, mtu, senderAddress, senderAddressSize }, terms)
  }

  #sign(
    drafted: readonly Advertised[],
    validityMs: (maxLatencyMs: number) => number,
    { isReused }: { readonly isReused: boolean } = { isReused: false },
  ): readonly Helo[] {
    const { identity, clock, ring } = this.#options
    const now = clock.now()
    this.#lastSequence = nextSequence(this.#lastSequence, now)
    const sequence = this.#lastSequence
    const all = drafted.length === 0 ? [{ draft: ADDRESSLESS_DRAFT, maxLatencyMs: 0 }] : drafted
    const helos = all.map(({ draft, maxLatencyMs }) => {
      const expiration = now + validityMs(maxLatencyMs)
      const known = isReused ? this.#issuedLike(draft, maxLatencyMs, expiration) : undefined
      if (known !== undefined) return known
      const terms = { maxLatencyMs, gossip: !isSlow(maxLatencyMs), withdrawn: false, sequence, expiration }
      const helo = signHelo(identity, ring.current().publicKey, draft, terms)
      ring.advertised(expiration, maxLatencyMs)
      return helo
    })
    const news = helos.filter((helo) => !this.#issued.includes(helo))
    if (news.length > 0) void this.#options.saved.save(sequenceRecord(sequence))
    this.#issued = [...this.issued(), ...news].slice(-MAX_ISSUED)
    return helos
  }

  /** One that says the same for about as long, such as that of a card: peers that have it need not verify it again. */
  #issuedLike(draft: HeloDraft, maxLatencyMs: number, expiration: number): Helo | undefined {
    const { ring, clock } = this.#options
    const now = clock.now()
    const { publicKey } = ring.current()
    return this.#issued.findLast((helo) => {
      const isLike = helo.protocol === draft.protocol && helo.mtu === draft.mtu && helo.maxLatencyMs === maxLatencyMs
      const isLong = helo.expiration <= expiration && helo.expiration - now >= FRESH_SHARE * (expiration - now)
      return isLike && isLong && isAt(helo, draft) && isSame(helo.linkKey, publicKey)
    })
  }

  #ask({ name, transport }: { readonly name: string; readonly transport: Transport }): readonly Advertised[] {
    try {
      const drafts: unknown = transport.createHELO()
      if (drafts === null) return []
      if (!Array.isArray(drafts)) throw new TypeError('expected a list of drafts or null')
      return drafts.flatMap((draft: unknown) => this.#judge(name, transport, draft))
    } catch (error) {
      this.#options.failed(name, messageOf(error))
      return []
    }
  }

  #judge(name: string, transport: Transport, draft: unknown): readonly Advertised[] {
    const fault = draftFault(draft, transport.protocolNumber)
    const { traits, cost } = transport
    if (fault === null) return [{ draft: draft as HeloDraft, maxLatencyMs: traits.maxLatencyMs, cost }]
    this.#options.failed(name, `a draft was left out: ${fault}`)
    return []
  }
}

/** null: a HELO can be made of it. Otherwise what is wrong, in the words of the contract. */
function draftFault(draft: unknown, protocolNumber: number): string | null {
  if (typeof draft !== 'object' || draft === null) return 'it is no object'
  const { protocol, mtu, senderAddressSize, senderAddress } = draft as Readonly<Record<string, unknown>>
  if (protocol !== protocolNumber) return `protocol is ${String(protocol)}, expected ${protocolNumber}`
  if (!isInteger(mtu, 1, MAX_MTU_OCTETS)) return `mtu is ${String(mtu)}, expected 1 to ${MAX_MTU_OCTETS} octets`
  if (!(senderAddress instanceof Uint8Array)) return 'senderAddress is no Uint8Array'
  if (!isInteger(senderAddress.byteLength, 1, MAX_SENDER_ADDRESS_OCTETS)) {
    return `senderAddress has ${senderAddress.byteLength} octets, expected 1 to ${MAX_SENDER_ADDRESS_OCTETS}`
  }
  if (senderAddressSize !== senderAddress.byteLength) {
    return `senderAddressSize is ${String(senderAddressSize)}, expected ${senderAddress.byteLength}`
  }
  return null
}

function isAt(helo: Helo, { protocol, senderAddress }: Pick<HeloDraft, 'protocol' | 'senderAddress'>): boolean {
  return helo.protocol === protocol && isSame(helo.senderAddress, senderAddress)
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}

/** The first of each list, then the second of each: no transport with many addresses crowds out the others. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat()
}
