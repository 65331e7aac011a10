/** Why an address was not asked, a PING not answered, a PONG not believed: a test reaches each one. */
import type { PongFault } from '@postern/helo'

export const ASK_REFUSALS = [
  'closed',
  /** Our own HELO. */
  'ours',
  /** A HELO that binds a link key and nothing else. */
  'no-address',
  /** Not in the book, or withdrawn. */
  'unknown-address',
  'expired',
  /** A first message is for addresses from cards and owners. */
  'rumour',
  /** A peer that the operator pinned has had its messages of this minute. */
  'pin-rate',
  'ping-too-large',
  /** All that may be sent until a confirmation was sent. */
  'spent',
  /** The teller has not sent us as much as the PING would cost. */
  'no-credit',
  'destination-budget',
  'daily-budget',
  'global-budget',
  /** Too many sends and dials under way, or addresses under test that are worthier. */
  'busy',
] as const
export type AskRefusal = (typeof ASK_REFUSALS)[number]

export const PING_REFUSALS = [
  'closed',
  /** For somebody else, for no address of ours, or our own come back. */
  'not-ours',
  'answer-budget',
] as const
export type PingRefusal = (typeof PING_REFUSALS)[number]

export const PONG_REFUSALS = [
  'closed',
  /** The answer to somebody else's PING. */
  'not-for-us',
  /** This address of this node was not asked, or has answered already. */
  'unknown-challenge',
  'expired-challenge',
  /** Of checkPong. */
  'not-the-answer',
  'bad-signature',
] as const
export type PongRefusal = (typeof PONG_REFUSALS)[number] | PongFault

/** What went wrong later, or made room. */
export const LATER_DROPS = ['send-failed', 'challenge-evicted', 'credit-evicted'] as const

/** What `onDropped` is told. */
export type ValidationDrop = AskRefusal | (typeof LATER_DROPS)[number]
