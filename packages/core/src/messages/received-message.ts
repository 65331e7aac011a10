/** A message as its handler sees it. */
import type { NodeId } from '@postern/crypto'
import type { MessageType } from '@postern/helo'

export interface ReceivedMessage {
  /** Who says to have sent it; believe it only as far as `proven` says. */
  readonly peer: NodeId
  readonly type: MessageType
  /** The handler's own. */
  readonly body: Uint8Array
  readonly path: {
    /** The name of the transport that brought it. */
    readonly transport: string
  }
  /** May be a replay: it came inside a first message. Always false for a message in the clear. */
  readonly early: boolean
  /** Did a link prove who sent it? Never for a message in the clear: anybody can claim to be anybody. */
  readonly proven: boolean
}

export type MessageHandler = (message: ReceivedMessage) => void

export interface HandlerOptions {
  /** Also take messages in the clear, of which nobody proved who sent them. Left out: they are dropped. */
  readonly acceptUnproven?: boolean
}
