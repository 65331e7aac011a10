/**
 * Signing HELOs and judging them against a clock and their signature. Never reads a clock: the time is handed in.
 * Never remembers a HELO: which of two is newer, and how long a withdrawal is kept, is the peer book's business.
 * DESIGN section 3, PROTOCOL.md section 3.
 */
import { type Identity, publicIdentity, SIGNATURE_CONTEXT } from '@postern/crypto'
import { type Helo, type HeloDraft, signedBytesOf, type UnsignedHelo } from './helo.js'
import { CLOCK_SKEW_MS, MAX_HELO_AHEAD_MS } from './limits.js'

/** Every reason not to believe a HELO that decoded; a test reaches each one. */
export const HELO_FAULTS = ['expired', 'too-far-ahead', 'bad-signature'] as const

export type HeloFault = (typeof HELO_FAULTS)[number]

/** What the owner decides about an advertisement. */
export interface HeloTerms {
  /** The worst delivery this address expects, u32. */
  readonly maxLatencyMs: number
  /** May others pass it on? */
  readonly gossip: boolean
  /** True takes the address back. */
  readonly withdrawn: boolean
  /** From nextSequence. */
  readonly sequence: number
  /** Milliseconds since the Unix epoch. */
  readonly expiration: number
}

/** The signed HELO of `draft`; `linkKey` is the public half. Every array is copied. RangeError: not encodable. */
export function signHelo(identity: Identity, linkKey: Uint8Array, draft: HeloDraft, terms: HeloTerms): Helo {
  const unsigned: UnsignedHelo = {
    protocol: draft.protocol,
    mtu: draft.mtu,
    senderAddressSize: draft.senderAddressSize,
    senderAddress: new Uint8Array(draft.senderAddress),
    senderIdentity: identity.nodeId,
    publicKey: new Uint8Array(identity.publicKey),
    linkKey: new Uint8Array(linkKey),
    maxLatencyMs: terms.maxLatencyMs,
    flags: { gossip: terms.gossip, withdrawn: terms.withdrawn },
    sequence: terms.sequence,
    expiration: terms.expiration,
  }
  return { ...unsigned, signature: identity.sign(SIGNATURE_CONTEXT.HELO, signedBytesOf(unsigned)) }
}

/**
 * The HELO that takes `helo` back: the same in all but flag, sequence and signature, so it travels as far and lasts as long.
 * RangeError when `helo` is not ours or `sequence` is not higher.
 */
export function withdrawHelo(identity: Identity, helo: Helo, sequence: number): Helo {
  if (helo.senderIdentity !== identity.nodeId)
    throw new RangeError(`a HELO of ${helo.senderIdentity} is not ours to withdraw`)
  if (!(sequence > helo.sequence)) throw new RangeError(`sequence ${sequence} is not above ${helo.sequence}`)
  const { maxLatencyMs, flags, expiration } = helo
  return signHelo(identity, helo.linkKey, helo, {
    maxLatencyMs,
    gossip: flags.gossip,
    withdrawn: true,
    sequence,
    expiration,
  })
}

/** max(last + 1, Unix ms): rises even when the clock was set back. `last` is -1 at first. RangeError above 2^53 - 1. */
export function nextSequence(last: number, nowMs: number): number {
  const next = Math.max(last + 1, nowMs)
  if (!Number.isSafeInteger(next) || next < 0) throw new RangeError(`no sequence after ${last} at ${nowMs}`)
  return next
}

/** What is wrong with a decoded HELO at `nowMs` (Unix), or null. About 125 µs, nearly all of it the signature: last. RangeError: no decoder gave this. */
export function checkHelo(helo: Helo, nowMs: number): HeloFault | null {
  // Both are written so that a clock that answers NaN refuses everything.
  if (!(nowMs <= helo.expiration + CLOCK_SKEW_MS)) return 'expired'
  if (!(helo.expiration <= nowMs + MAX_HELO_AHEAD_MS + CLOCK_SKEW_MS)) return 'too-far-ahead'
  const signer = publicIdentity(helo.publicKey)
  const genuine = signer?.verify(SIGNATURE_CONTEXT.HELO, signedBytesOf(helo), helo.signature) ?? false
  return genuine ? null : 'bad-signature'
}
