/**
 * Every number that bounds or dates a HELO, each with its reason. Constants only.
 * DESIGN section 3, PROTOCOL.md sections 3 and 4.
 */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Everything of a HELO but its address. */
export const HELO_FIXED_OCTETS = 158

/** Room for a mailbox of 254 octets and a filter line of 76, and then some; the longest address any transport has. */
export const MAX_SENDER_ADDRESS_OCTETS = 512

/** The longest message any transport may offer to carry. */
export const MAX_MTU_OCTETS = 1_048_576

/** HELOs of one peer: what an advertiser can make others remember, and what a card holds. */
export const MAX_ADDRESSES_PER_PEER = 16

/** How far two clocks may differ. */
export const CLOCK_SKEW_MS: number = 10 * MINUTE_MS

/** The longest validity taken from others: a stolen signature is not good for ever. */
export const MAX_HELO_AHEAD_MS: number = 180 * DAY_MS

/** Default validity of udp and tcp HELOs: addresses of homes and laptops change daily. */
export const DEFAULT_HELO_VALIDITY_MS: number = 12 * HOUR_MS

/** Default validity of smtp HELOs: a mailbox stays, and a mail may be days under way. */
export const MAIL_HELO_VALIDITY_MS: number = 7 * DAY_MS

/** Default validity of smtp HELOs in a card: exchanged once, by people, who may not come back to it for weeks. */
export const MAIL_CARD_VALIDITY_MS: number = 90 * DAY_MS

/** Characters of a HELO's text, white space included: twice the largest (907), so that any line length fits. */
export const MAX_HELO_TEXT_CHARACTERS = 2_048

/** Characters of a card's text, white space included: twice the largest (14 352), so that any line length fits. */
export const MAX_CARD_TEXT_CHARACTERS = 32_768

/** Above this `maxLatencyMs` a transport is slow, ms (DESIGN section 4). */
export const SLOW_LATENCY_MS: number = MINUTE_MS
