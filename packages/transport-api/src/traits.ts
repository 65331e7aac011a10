/**
 * What a transport is like, as data. Core derives timers, key retention, replay windows, packing and retry from these
 * and never from a transport's name (DESIGN section 2).
 */
export interface TransportTraits {
  readonly directions: { readonly in: boolean; readonly out: boolean }
  /** What was handed on arrives, as long as the session lives. */
  readonly reliable: boolean
  /** Messages of one session arrive in the order in which they were sent. */
  readonly ordered: boolean
  /** The worst delivery it expects, ms. */
  readonly maxLatencyMs: number
  /** How long a session may be silent before it, or a box on its way, forgets it, ms. */
  readonly idleMs: number
  /** The source of a received message could answer there (tcp: yes; udp, mail: anyone can claim any source). */
  readonly sourceProven: boolean
  readonly quota?: { readonly messagesPerMinute: number; readonly messagesPerDay: number }
}
