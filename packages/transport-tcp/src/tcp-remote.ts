/** What stands behind a session: one connection whose peer said who it is. */
import type { NodeId } from '@postern/crypto'
import type { SessionRemote } from '@postern/transport-api'
import type { TcpConnection } from './tcp-connection.js'

export interface TcpRemote extends SessionRemote {
  readonly connection: TcpConnection
  /** The node that was dialled, or that the peer says it is. */
  readonly peer: NodeId
}
