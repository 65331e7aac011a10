/** Why a message went no further: the words of `core.counters()` and of `dropped` events. The README explains them. */
import type { LinkDrop } from '../link/links.js'
import type { PingRefusal, PongRefusal } from '../peers/validation-reasons.js'

const DROP_REASONS = [
  /** The transport passed something that is no MessagePack. */
  'malformed-pack',
  /** `size` is not the octets of `msg`. */
  'bad-size',
  /** `sender` is no node id. */
  'bad-sender',
  /** Encrypted, and there is no link that could open it. */
  'no-link',
  'bad-crc',
  /** A PING for another node, or for an address that is not ours. */
  'not-ours',
  /** A PING by a transport that cannot carry the PONG back. */
  'no-way-back',
  /** Faults of the header. */
  'truncated',
  'trailing',
  'no-handler',
  /** In the clear, and the registration did not ask for such. */
  'unproven',
  'handler-threw',
  /** From a transport that was disabled and still speaks. */
  'transport-disabled',
  /** From a transport that was stopped and still speaks. */
  'closed',
] as const

/** `LinkDrop`: of a handshake or a frame, and faults of the wire; the others: of a PING or a PONG. */
export type DropReason = (typeof DROP_REASONS)[number] | LinkDrop | PingRefusal | PongRefusal
