/** What `core.watch` tells: things that concern the operator rather than a message handler. */
import type { NodeId } from '@postern/crypto'
import type { Dropped, TransportEvent } from '@postern/transport-api'
import type { ChoiceRule } from './link/path-choice.js'
import type { PathEnd } from './link/path-set.js'
import type { StoreDamaged } from './store/store-damage.js'
import type { DisabledReason } from './transports/transport-state.js'

export type CoreEvent =
  | { readonly kind: 'link-up' | 'link-down'; readonly peer: NodeId }
  /** Data to a peer leaves by another transport, or another address; null: by none. `rule` says what decided. */
  | {
      readonly kind: 'path-changed'
      readonly peer: NodeId
      readonly from: string | null
      readonly to: string | null
      readonly rule: ChoiceRule
    }
  /** A path that could carry data is over. `lostMessages`: of those that left by it, what may not have arrived. */
  | {
      readonly kind: 'path-ended'
      readonly peer: NodeId
      readonly transport: string
      readonly reason: PathEnd
      readonly lostMessages: number
    }
  /** Discarded on purpose, by the transport or by core, `count` times since the last such event. */
  | {
      readonly kind: 'dropped'
      readonly transport: string
      readonly direction: 'in' | 'out'
      readonly reason: string
      readonly count: number
    }
  | { readonly kind: 'transport-disabled'; readonly transport: string; readonly reason: DisabledReason }
  /** When we started, the store had what could not be used; told first to whoever begins to watch. */
  | StoreDamaged
  /** The store did not do what it should. */
  | { readonly kind: 'store-error'; readonly member: 'close'; readonly message: string }
  /** What a transport told core. */
  | {
      readonly kind: 'transport-event'
      readonly transport: string
      readonly event: Exclude<TransportEvent, Dropped>
    }
  /** A transport did what its contract forbids, or could not do what it should; it runs on. */
  | {
      readonly kind: 'transport-error'
      readonly transport: string
      /** The member of Figure 3. */
      readonly member: 'createHELO' | 'stopTransportServer'
      readonly message: string
    }
