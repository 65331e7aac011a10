/**
 * Every number that bounds a message or dates a HELO, each with its reason. Constants only.
 * DESIGN sections 3 and 4, PROTOCOL.md sections 3, 4 and 8 to 11.
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

/** Random octets of a PING and of a CHALLENGE: nobody guesses 128 bits while one is open. */
export const CHALLENGE_OCTETS = 16

/** What a PONG says of where its PING came from: the longest `source` a transport may give (TSession). */
export const MAX_OBSERVED_OCTETS = 64

/** Zeros behind a PING: as much as the largest PONG has on top of it (signature 64, observedSize 2, observed 64). */
export const PING_PADDING_OCTETS = 130

/** HELOs in a handshake message: an address of each of three transports; the rest follows inside the link. */
export const MAX_HELOS_IN_HANDSHAKE = 3

/** A first message, its header included, in a UDP datagram that every IPv6 path carries: 1280 - 40 (IPv6) - 8 (UDP) - 38. */
export const FIRST_MESSAGE_DATAGRAM_OCTETS = 1_194

/** What an application may send at once: all that the size of a header and the total of a fragment can say. */
export const MAX_APPLICATION_BODY_OCTETS = 0xffff

/** Messages of one batch: what a frame of one octet each would make a receiver build. */
export const MAX_BATCH_MESSAGES = 8_192

/** Paths of one epoch that a receiver keeps a replay window for, so no REPORT has more to tell. */
export const MAX_PATHS_IN_EPOCH = 16
