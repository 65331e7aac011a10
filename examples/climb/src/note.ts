/** What a climber says about itself: to the program it runs in, or from one process to another. Plain data. */
import type { NodeId } from '@postern/core'

export type Note =
  /** `number` counts what was said to `peer`, from 0. `via`: the transport that was in use; null: none. */
  | {
      readonly kind: 'sent'
      readonly peer: NodeId
      readonly number: number
      readonly via: string | null
      readonly isAccepted: boolean
    }
  | {
      readonly kind: 'heard'
      readonly peer: NodeId
      readonly number: number
      readonly by: string
      readonly isEarly: boolean
    }
  /** What it sends leaves by another transport from now on. */
  | { readonly kind: 'path'; readonly peer: NodeId; readonly from: string | null; readonly to: string | null }
  | { readonly kind: 'link'; readonly peer: NodeId; readonly isUp: boolean }
  /** By the core or a transport, on purpose. */
  | {
      readonly kind: 'dropped'
      readonly transport: string
      readonly direction: 'in' | 'out'
      readonly reason: string
      readonly count: number
    }
  | { readonly kind: 'trouble'; readonly what: string }
