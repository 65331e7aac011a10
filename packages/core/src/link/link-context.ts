/** What links share: made once by the table of links, and all that a link knows of the world. */
import type { Aead, NodeId } from '@postern/crypto'
import type { Helo } from '@postern/helo'
import type { Clock, Logger, RandomSource } from '@postern/transport-api'
import type { ReceivedMessage } from '../messages/received-message.js'
import type { PeerBook } from '../peers/peer-book.js'
import type { Validator } from '../peers/validator.js'
import type { Carriers } from '../transports/carriers.js'
import type { Epoch } from './epoch.js'
import type { IndexBook } from './index-book.js'
import type { Initiation } from './initiations.js'
import type { KeyRing } from './key-ring.js'
import type { PeerLink } from './link.js'
import type { Path } from './path.js'
import type { PathSwitch } from './path-choice.js'
import type { PathPolicy } from './path-policy.js'
import type { PathEnd } from './path-set.js'
import type { SavedState } from './saved-state.js'

/** Whom an index of ours names. */
export type IndexOwner =
  | { readonly at: 'initiation'; readonly link: PeerLink; readonly initiation: Initiation }
  | { readonly at: 'epoch'; readonly link: PeerLink; readonly epoch: Epoch }

export interface LinkContext {
  readonly nodeId: NodeId
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
  readonly aead: Aead
  readonly carriers: Carriers
  readonly book: PeerBook
  readonly validator: Validator
  readonly ring: KeyRing
  readonly indexes: IndexBook<IndexOwner>
  readonly saved: SavedState
  /** Our own advertisements, signed and unexpired, the cheapest first; one without an address when nobody can reach us. */
  ownHelos(): readonly Helo[]
  /** By which slow transports late frames may come, and how late. */
  slow(): { readonly protocols: readonly number[]; readonly maxLatencyMs: number }
  /** To whoever registered for its type; counted by reason when nobody takes it. */
  handOn(message: ReceivedMessage): void
  dropped(direction: 'in' | 'out', reason: string, count: number): void
  /** What the operator says about the ways to a peer. */
  policyOf(peer: NodeId): PathPolicy
  /** Told to whoever watches: data leaves by another path, or by none. */
  switched(link: PeerLink, change: PathSwitch): void
  /** Told to whoever watches: a path that carried data, or could have, is over. */
  pathEnded(link: PeerLink, path: Path, why: PathEnd, lostMessages: number): void
  /** A path works again that had failed: others by the same transport may, too. */
  revived(link: PeerLink, path: Path): void
  /** The link has ended: it stands in the table no longer. */
  ended(link: PeerLink): void
  /** Told to whoever watches. */
  changed(link: PeerLink, isUp: boolean): void
}
