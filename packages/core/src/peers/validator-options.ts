/** What the validator is told, and what it may do. Types only. */
import type { Identity, NodeId } from '@postern/crypto'
import type { Helo } from '@postern/helo'
import type { Clock, RandomSource } from '@postern/transport-api'
import type { ValidationBudgetLimits } from './limits.js'
import type { PeerBook } from './peer-book.js'
import type { ValidationDrop } from './validation-reasons.js'

export interface ValidatorOptions {
  readonly identity: Identity
  readonly clock: Clock
  readonly random: RandomSource
  readonly book: PeerBook
  /** What we advertise now. */
  readonly ownHelos: () => readonly Helo[]
  /** Hands `message` (the receiver's own) to the transport of `helo`, dialling if need be. False: dropped there, or not reached. */
  readonly sendTo: (helo: Helo, message: Uint8Array, options: { readonly dialTimeoutMs: number }) => Promise<boolean>
  /** `destinations` of the contract; none: the address itself is counted. */
  readonly destinationsOf: (helo: Helo) => readonly string[]
  /** By the traits of our own transport for `helo`: a mail. */
  readonly isSlow: (helo: Helo) => boolean
  /** By the same traits: a dial, of which there is one where there would be three datagrams. Left out: none is. */
  readonly isReliable?: (helo: Helo) => boolean
  /** An address that was not valid before is now. Not called again for renewals. */
  readonly onValidated: (peer: NodeId, helo: Helo) => void
  /** What was not sent, or made room. Not PINGs and PONGs that were refused: their reason goes to who handed them in. */
  readonly onDropped: (reason: ValidationDrop, count: number) => void
  readonly limits?: Partial<ValidationBudgetLimits>
  /** Addresses under test or confirmed. */
  readonly maxTrials?: number
}
