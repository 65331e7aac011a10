/** A HELO as the peer book remembers it: with who told us, and what became of it. */
import type { NodeId } from '@postern/crypto'
import { CLOCK_SKEW_MS, type Helo } from '@postern/helo'

/**
 * Who told us an address. `card`: a person gave it to us; `owner`: the node itself, inside a link; otherwise a third party,
 * inside a link with that one: a rumour (DESIGN section 4).
 */
export type Teller = 'card' | 'owner' | { readonly teller: NodeId }

export interface KnownAddress {
  /** From addressKey. */
  readonly key: string
  readonly helo: Helo
  readonly from: Teller
  /** Unix ms; 0: never validated. */
  readonly validatedUntil: number
}

/** All that the book has of an address, or of its withdrawal. */
export interface KeptAddress extends KnownAddress {
  /** Unix ms: a withdrawal outlives what it took back, which may have been valid for longer than itself. */
  readonly keptUntil: number
}

/** All that the book has of a peer. */
export interface KeptPeer {
  readonly isLinked: boolean
  readonly addresses: readonly KeptAddress[]
}

export function isRumour(from: Teller): from is { readonly teller: NodeId } {
  return typeof from === 'object'
}

/** As checkHelo judges: the clock of its owner may be behind ours. */
export function isExpired(helo: Helo, nowMs: number): boolean {
  return !(nowMs <= helo.expiration + CLOCK_SKEW_MS)
}
