/** Every number of the core's own, with its reason. Constants only. */

/**
 * Loading a package and calling its `inittransport`, ms each. Neither is to do I/O on the network: half a minute is a cold
 * disk or a swapping machine, more is a transport that will never answer.
 */
export const INIT_TIMEOUT_MS = 30_000

/** `startTransportServer`, ms: a mail transport may have to log in to a slow server; binding a port takes no time. */
export const START_TIMEOUT_MS = 60_000

/** `stopTransportServer`, ms: a mail under way may be finished, but whoever stops a node waits for it to end. */
export const STOP_TIMEOUT_MS = 10_000

/** Letters of a transport's name: it becomes part of a package name, of an export and of log lines. */
export const MAX_TRANSPORT_NAME_CHARACTERS = 64

/** Priorities of messages: a signed octet is more classes than anybody tells apart, and bounds the lanes of a queue. */
export const LOWEST_PRIORITY = -128
export const HIGHEST_PRIORITY = 127

/**
 * Octets of a message in a fragment that is not its last: with less, the 14 of headers would be more than a fifth, and the
 * largest message more than 1 024 fragments, of which not one may be lost.
 */
export const MIN_FRAGMENT_PART_OCTETS = 64

/**
 * Fragmented messages of a peer that are over and whose late parts are known: 100 KB or so at most. A path that repeats does it
 * within seconds, in which a fast one completes some hundreds; a slow one completes few.
 */
export const MAX_ENDED_MESSAGES = 1_024
