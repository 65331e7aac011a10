/** Constants of the protocol (PROTOCOL.md section 6) first, then those of this implementation. */

export const WELCOME_VERSION = 1
/** size, flags, crc */
export const FRAME_HEADER_OCTETS = 9

/** DESIGN section 5. */
export const DEFAULT_MTU_OCTETS = 16_384
/**
 * Every receiver takes frames up to this size, whatever its own MTU, because who accepted a connection does not know the MTU
 * of the dialler and must send no more than this.
 */
export const COMMON_MTU_OCTETS = 16_384
/** DESIGN section 2. */
export const DEFAULT_COST = 200
/** A path on which a retransmission or two takes longer is better left to mail. */
export const MAX_LATENCY_MS = 10_000
/** Consumer routers forget an idle connection after a few minutes. */
export const IDLE_MS = 120_000

/** DESIGN section 5: what may wait unwritten for one peer before messages to it are dropped (not the stream's own 16 KiB). */
export const UNWRITTEN_LIMIT_OCTETS: number = 256 * 1024
/** One write at most: a peer slower than this in STALL_TIMEOUT_MS (17 kbit/s) counts as not reading. */
export const WRITE_OCTETS: number = 64 * 1024
/** Where the frames of a tick are gathered: this much at first, doubled up to WRITE_OCTETS, given up after an idle second. */
export const FIRST_ROOM_OCTETS = 2_048
/** The paper is silent; three SYN retransmissions of Linux (1 + 2 + 4 s) and some. */
export const CONNECT_TIMEOUT_MS = 10_000
/** From the connection to the complete welcome: 33 octets. */
export const WELCOME_TIMEOUT_MS = 10_000
/** From the first octet of a frame to its last: 16 KiB at less than 5 kbit/s is an attack or no path. */
export const FRAME_TIMEOUT_MS = 30_000
/** A peer that reads nothing for so long while something waits for it. */
export const STALL_TIMEOUT_MS = 30_000
/** How often the three above are looked at, and so how late each may be. One timer for all connections. */
export const PATROL_MS = 1_000
/** After the last hold was given back: what is written may still leave. */
export const LINGER_MS = 5_000
/** The same when the whole transport stops. */
export const STOP_LINGER_MS = 1_000

/** Connections accepted from one source (IPv4 address, IPv6 /64): a household behind one NAT, not a botnet. */
export const MAX_INBOUND_PER_SOURCE = 64
/** Connections accepted in all; a quarter of the usual limit of 4 096 open files and some. */
export const MAX_INBOUND = 1_024
/** Of those, what nobody associated; beyond it the oldest that was not heard again makes room, before newcomers are refused. */
export const UNHELD_SHARE = 0.75
/** A host that vanished is noticed by the kernel's own probes, or a held session would keep its descriptor for ever. */
export const KEEP_ALIVE_DELAY_MS = 60_000
