/** Where something came from, as its transport saw it. */
import type { NodeId } from '@postern/crypto'
import type { TSession } from '@postern/transport-api'
import type { Carrier } from '../transports/carriers.js'

export interface Arrival {
  readonly carrier: Carrier
  /** null: there is no way back over it. */
  readonly tsession: TSession | null
  /** Claimed. */
  readonly sender: NodeId
  /** Opaque: what per-source limits key on; empty when the transport has no sessions. */
  readonly source: Uint8Array
}
