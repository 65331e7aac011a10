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
