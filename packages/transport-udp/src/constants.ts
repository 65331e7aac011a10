/** Constants of the protocol (PROTOCOL.md section 5) first, then those of this implementation. */

export const DATAGRAM_VERSION = 1
/** version, flags, sender, crc */
export const DATAGRAM_HEADER_OCTETS = 38

/** What fits an Ethernet frame without IP fragmentation: 1500 less 20 (IPv4) or 40 (IPv6) and 8 (UDP). */
export const IPV4_DATAGRAM_OCTETS = 1_472
export const IPV6_DATAGRAM_OCTETS = 1_452
/** The smallest link every IPv6 host must carry is 1280; IPv4's 576 would leave 510 octets. We refuse to go below that. */
export const MIN_DATAGRAM_OCTETS = 548

/** DESIGN section 2. */
export const DEFAULT_COST = 100
/** Three seconds: more than any path a person would still call up. */
export const MAX_LATENCY_MS = 3_000
/** Many NATs forget an idle UDP mapping after 30 s. */
export const IDLE_MS = 30_000

/**
 * The kernel holds 256 small or 92 full datagrams by default, 3 640 with this. Linux caps what an ordinary user may ask for
 * (net.core.rmem_max, often 212 992), and we say so.
 */
export const SOCKET_BUFFER_OCTETS: number = 4 * 1024 * 1024
/** Node queues without bound when the interface is slower than we are; this is the only place where that can be stopped. */
export const MAX_SEND_QUEUE = 64
/** Destinations of which core is told within one gathering time that they fail; of the others it hears in a later one. */
export const MAX_FAILED_ADDRESSES = 64
/** Inbound sessions that core has not associated. A session is some 200 octets; a forged source makes one for each datagram. */
export const MAX_UNHELD_SESSIONS = 4_096
