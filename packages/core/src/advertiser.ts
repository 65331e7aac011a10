/**
 * Our own advertisements: every running transport drafts, core completes, signs and binds them into a card (DESIGN section 3,
 * PROTOCOL.md section 4). A transport that drafts nonsense is told about and left out.
 */
import { createLinkKey, type Identity } from '@postern/crypto'
import {
  ADDRESSLESS_DRAFT,
  cardValidityMs,
  encodeCard,
  type HeloDraft,
  isSlow,
  MAX_ADDRESSES_PER_PEER,
  MAX_HELO_AHEAD_MS,
  MAX_MTU_OCTETS,
  MAX_SENDER_ADDRESS_OCTETS,
  nextSequence,
  signHelo,
} from '@postern/helo'
import type { Clock, Transport } from '@postern/transport-api'
import { CoreError, messageOf } from './errors.js'

export interface CardOptions {
  /** How long the card may be used, ms, up to 180 days. Left out: 12 hours, 90 days for slow transports such as mail. */
  readonly validMs?: number
}

interface Advertised {
  readonly draft: HeloDraft
  readonly maxLatencyMs: number
}

export interface CardWriterOptions {
  readonly identity: Identity
  readonly clock: Clock
  /** A transport could not say how to reach us, or drafted what no peer would take. */
  readonly failed: (transport: string, message: string) => void
}

export class CardWriter {
  readonly #options: CardWriterOptions
  readonly #linkKey = createLinkKey()
  #lastSequence = -1

  constructor(options: CardWriterOptions) {
    this.#options = options
  }

  /** Throws ERR_VALIDITY. When nobody can reach us the card holds one address-less HELO, which binds the link key. */
  write(transports: readonly { readonly name: string; readonly transport: Transport }[], options: CardOptions): string {
    const { identity, clock } = this.#options
    const { validMs } = options
    if (validMs !== undefined && !(Number.isInteger(validMs) && validMs >= 1 && validMs <= MAX_HELO_AHEAD_MS)) {
      throw new CoreError('ERR_VALIDITY', `validMs ${validMs} is not a whole number from 1 to ${MAX_HELO_AHEAD_MS}`)
    }
    const advertised = inTurns(transports.map((one) => this.#ask(one))).slice(0, MAX_ADDRESSES_PER_PEER)
    const now = clock.now()
    this.#lastSequence = nextSequence(this.#lastSequence, now)
    const sequence = this.#lastSequence
    const all = advertised.length === 0 ? [{ draft: ADDRESSLESS_DRAFT, maxLatencyMs: 0 }] : advertised
    const helos = all.map(({ draft, maxLatencyMs }) => {
      const expiration = now + (validMs ?? cardValidityMs(maxLatencyMs))
      const terms = { maxLatencyMs, gossip: !isSlow(maxLatencyMs), withdrawn: false, sequence, expiration }
      return signHelo(identity, this.#linkKey.publicKey, draft, terms)
    })
    return encodeCard(helos)
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
    if (fault === null) return [{ draft: draft as HeloDraft, maxLatencyMs: transport.traits.maxLatencyMs }]
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

function isInteger(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}

/** The first of each list, then the second of each: no transport with many addresses crowds out the others. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat()
}
