/** What a transport tells core besides messages. Delivered like `receive`: never from inside `send` or `connect`. */
import type { NodeId } from '@postern/crypto'
import type { TSession } from './transport.js'

export type TransportEvent =
  | SessionEnded
  | AddressFailed
  /** Core calls `createHELO` again. */
  | { readonly kind: 'advertisement-changed' }
  | Dropped
  /** A mail came through a mailing list; `sender` is claimed. */
  | { readonly kind: 'came-through-list'; readonly sender: NodeId }

/** The session carries nothing any more. Holds on it are still to be given back. Not sent for what core itself disconnected. */
export interface SessionEnded {
  readonly kind: 'session-ended'
  readonly tsession: TSession
  readonly reason: SessionEndReason
}

export type SessionEndReason =
  /** An inbound session that nobody associated was silent for too long. */
  | 'idle'
  /** An inbound session that nobody associated made room for a newer one. */
  | 'evicted'
  | 'closed-by-peer'
  /** The connection broke: reset, time-out of the kernel, unreachable. */
  | 'broken'
  /** The peer sent something that is not the protocol; the stream cannot be resynchronised. */
  | 'malformed'
  /** Another node answered than the one that was dialled. */
  | 'wrong-peer'
  /** The peer did not say who it is in time. */
  | 'welcome-timeout'
  /** The peer began a message and did not finish it in time. */
  | 'slow-writer'
  /** The peer does not read what we write. */
  | 'slow-reader'
  | 'stopped'

/** Nothing can be sent to an address: `now` (try again later) or `for-good` (the address itself is at fault). */
export interface AddressFailed {
  readonly kind: 'address-failed'
  /** As in the HELO. */
  readonly senderAddress: Uint8Array
  readonly lasts: 'now' | 'for-good'
  /** For people and logs: the system's error code or our own. */
  readonly reason: string
}

/** Messages or bytes were discarded on purpose, `count` times since the last such event. */
export interface Dropped {
  readonly kind: 'dropped'
  readonly direction: 'in' | 'out'
  readonly reason: string
  readonly count: number
}
