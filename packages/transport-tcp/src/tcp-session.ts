/** One connection whose peer said who it is, as core sees it. */
import type { NodeId } from '@postern/crypto'
import { PROTOCOL, type ProtocolNumber } from '@postern/helo'
import type { SessionLife, TSession } from '@postern/transport-api'
import type { TcpConnection } from './tcp-connection.js'

export class TcpSession implements TSession {
  readonly ttype: ProtocolNumber = PROTOCOL.TCP
  readonly mtu: number
  readonly source: Uint8Array
  readonly #remote: TcpRemote

  /** `mtu` in octets. `open` starts the life that the session table keeps. */
  constructor(
    remote: Omit<TcpRemote, 'life'>,
    source: Uint8Array,
    mtu: number,
    open: (session: TcpSession) => SessionLife,
  ) {
    this.mtu = mtu
    this.source = source
    this.#remote = { ...remote, life: open(this) }
  }

  /** What only the transport may see; null: not one of our sessions. */
  static remoteOf(tsession: TSession): TcpRemote | null {
    return #remote in tsession ? tsession.#remote : null
  }
}

export interface TcpRemote {
  /** The transport that made the session; another one's sessions are foreign to it. */
  readonly owner: object
  readonly connection: TcpConnection
  /** The node that was dialled, or that the peer says it is. */
  readonly peer: NodeId
  readonly life: SessionLife
}
