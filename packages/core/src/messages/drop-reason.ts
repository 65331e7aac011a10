/** Why a message went no further: the words of `core.counters()` and of `dropped` events. The README explains them. */
import type { WireFault } from '@postern/helo'

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

export type DropReason = (typeof DROP_REASONS)[number] | WireFault
