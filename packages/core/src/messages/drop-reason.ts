/** Why a message went no further: the words of `core.counters()` and of `dropped` events. The README explains them. */
import type { WireFault } from '@postern/helo'
import type { LinkDrop } from '../link/links.js'

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

/** `WireFault`: of a header or a body; `LinkDrop`: of a handshake or a frame. */
export type DropReason = (typeof DROP_REASONS)[number] | WireFault | LinkDrop
