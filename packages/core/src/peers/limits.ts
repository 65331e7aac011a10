/** Every number of peer book and validation, each with its reason. Constants only. DESIGN section 4. */
import { MAX_ADDRESSES_PER_PEER } from '@postern/helo'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Peers in the book: some MB with all they have, and more than a node ever links with. */
export const MAX_KNOWN_PEERS = 4_096

/** HELOs and withdrawals of all peers: four addresses each on average, IPv4 and IPv6 by udp and tcp. */
export const MAX_KNOWN_HELOS = 16_384

/** Withdrawals of one peer: as many as it has addresses to take back. The one with the lowest sequence makes room. */
export const MAX_WITHDRAWALS_PER_PEER: number = MAX_ADDRESSES_PER_PEER

/** Addresses under test or confirmed. As many as the book has peers: of most only one is ever used. */
export const MAX_TRIALS = 4_096

/** Datagrams to an address told by a card or its owner, until confirmed: two may be lost. */
export const MAX_UNCONFIRMED_DATAGRAMS = 3

/** The second datagram follows the first after this, ms, the third the second after twice as much: slower than most paths answer. */
export const DATAGRAM_BACK_OFF_MS: number = SECOND_MS

/** What a budget refused is tried again after this, ms, then twice as much, and so on: only for cards and owners. */
export const BUDGET_BACK_OFF_MS: number = 10 * SECOND_MS
export const SLOW_BUDGET_BACK_OFF_MS: number = HOUR_MS
export const MAX_BUDGET_BACK_OFF_MS: number = DAY_MS

/**
 * A person gave us the card and may ask for the peer again: after this another 3 datagrams, one dial or one mail are allowed, then
 * after twice as long, and so on up to a day. Owners and rumours get no second time before they are confirmed.
 */
export const CARD_ROUND_MS: number = 10 * SECOND_MS
export const SLOW_CARD_ROUND_MS: number = HOUR_MS
export const MAX_CARD_ROUND_MS: number = DAY_MS

/** A rumour may cost its target this much: DESIGN section 4. A mail is charged whole, header lines and all. */
export const MAX_RUMOUR_PING_OCTETS = 512
export const RUMOUR_MAIL_OCTETS = 4_096

/** Dials, ms: a rumour's is given up soon; the others have what tcp itself allows. */
export const RUMOUR_DIAL_TIMEOUT_MS: number = 3 * SECOND_MS
export const DIAL_TIMEOUT_MS: number = 10 * SECOND_MS

/** Sends and dials of ours that have not come back, at a time: as many sockets half open. */
export const MAX_SENDS_UNDER_WAY = 64

/** A challenge lives for a PING there and a PONG back, by whatever transport: twice `maxLatencyMs`, within these, ms. */
export const MIN_CHALLENGE_MS: number = 10 * MINUTE_MS
export const MAX_CHALLENGE_MS: number = 7 * DAY_MS

/** What was confirmed holds this long without another confirmation, ms, and never longer than its HELO: their default validities. */
export const VALIDATED_MS: number = 12 * HOUR_MS
export const SLOW_VALIDATED_MS: number = 7 * DAY_MS

/** PINGs to a confirmed address are at least this far apart, ms, however short its HELO lives. */
export const MIN_RENEWAL_MS: number = MINUTE_MS

/** Every frame may confirm its path; within this, ms, one is enough. */
export const CONFIRMED_AGAIN_MS: number = SECOND_MS

/** Neighbours that tell us addresses. One that was forgotten starts without credit. */
export const MAX_TELLERS = 1_024

/** Credit of one teller, octets, at most: 128 PINGs at once are more than a gossiping neighbour needs. */
export const MAX_CREDIT_OCTETS = 65_536

/** Peers that told us how they see us, for each protocol; protocols; and how long it counts, ms: home addresses change daily. */
export const MAX_OBSERVERS = 32
export const MAX_OBSERVED_PROTOCOLS = 16
export const OBSERVED_MS: number = 12 * HOUR_MS

/** Keys of one kind of budget: destinations, or sources. A scan of them takes less than checking a signature. */
export const MAX_BUDGET_KEYS = 4_096

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** What addresses under test may cost, in PINGs and first messages, and answers to PINGs. Of each, rumours get half at most. */
export interface ValidationBudgetLimits {
  readonly global: Rate
  /** One IPv4 address or IPv6 /64. */
  readonly host: Rate
  /** One IPv4 /24, or whatever wider a transport names. */
  readonly network: Rate
  /** Slow transports, in 24 hours: one mailbox (its half is not kept: it is one), one mail domain, all together. */
  readonly mailboxPerDay: number
  readonly domainPerDay: number
  readonly slowPerDay: number
  /** PONGs, all together; those to sources that are not proven get half. */
  readonly answers: Rate
  /** PONGs to one source that is not proven. */
  readonly answersPerSource: Rate
}

export const VALIDATION_BUDGETS: ValidationBudgetLimits = {
  global: { perSecond: 10, burst: 100 }, // 6 KB/s at most; a node with a hundred friends starts at once
  host: { perSecond: 0.1, burst: 12 }, // a household: four peers with three datagrams each
  network: { perSecond: 0.4, burst: 48 }, // four such households
  mailboxPerDay: 1, // DESIGN section 4
  domainPerDay: 20,
  slowPerDay: 100, // five busy domains
  answers: { perSecond: 200, burst: 400 }, // a signature each: 2 % of a core
  answersPerSource: { perSecond: 1, burst: 12 }, // an answer is no larger than its PING: it hides a source, it does not amplify
}

/** First messages a minute to a peer that the operator pinned as one-way: ten a second is what a sensor sends. */
export const MAX_PIN_RATE = 600

/** What changed in the book is written after this, ms: a crash loses no more, and what changes together is written together. */
export const BOOK_WRITE_DELAY_MS: number = SECOND_MS

/** Peers, and octets of their records, that are written at once; a full book that changed as a whole takes 16 s and no second of one is long. */
export const BOOK_BATCH_PEERS = 256
export const BOOK_BATCH_OCTETS = 262_144

/** A store that failed is tried again after this, ms: a full disk does not empty within a second. */
export const BOOK_RETRY_MS: number = MINUTE_MS

/**
 * Part of its validity that an address has to gain before the gain alone is written. A restarted node asks by PING where nothing
 * was confirmed for a quarter (validator.ts), so a record that is no older than that costs nobody anything: an address of 12 hours
 * is written every 3 hours, not every second.
 */
export const RENEWAL_WRITTEN_PART: number = 1 / 4
