/**
 * One remote endpoint seen from one socket. UDP has no connection: this is where to send, and how long to remember it. A dialled
 * session only sends; what the remote endpoint answers comes over an inbound one.
 */
import { type NodeId, nodeIdFromBytes } from '@postern/crypto'
import { PROTOCOL, type ProtocolNumber } from '@postern/helo'
import { inetSource, type SessionLife, type TSession } from '@postern/transport-api'
import { isSentBy, senderOf } from './datagram.js'
import type { UdpEndpoint } from './udp-endpoint.js'

export class UdpSession implements TSession {
  readonly ttype: ProtocolNumber = PROTOCOL.UDP
  readonly source: Uint8Array
  readonly mtu: number
  readonly #remote: UdpRemote
  #sender: Uint8Array = new Uint8Array(0)
  #senderId: NodeId | null = null

  /** `mtu` in octets. `open` starts the life that the session table keeps. */
  constructor(remote: Omit<UdpRemote, 'life'>, mtu: number, open: (session: UdpSession) => SessionLife) {
    this.mtu = mtu
    this.source = inetSource(remote.host)
    this.#remote = { ...remote, life: open(this) }
  }

  /** What only the transport may see; null: not one of our sessions. */
  static remoteOf(tsession: TSession): UdpRemote | null {
    return #remote in tsession ? tsession.#remote : null
  }

  /** Is it the session of what came to `endpoint` from there? */
  isFor(endpoint: UdpEndpoint, host: string, port: number): boolean {
    const remote = this.#remote
    return remote.port === port && remote.host === host && remote.endpoint === endpoint
  }

  /** The claimed sender of a datagram without fault. Remembered, because its text form costs more than the rest of the header. */
  senderIdOf(datagram: Uint8Array): NodeId {
    if (this.#senderId === null || !isSentBy(datagram, this.#sender)) {
      this.#sender = senderOf(datagram)
      this.#senderId = nodeIdFromBytes(this.#sender)
    }
    return this.#senderId
  }
}

export interface UdpRemote {
  /** The transport that made the session; another one's sessions are foreign to it. */
  readonly owner: object
  readonly endpoint: UdpEndpoint
  /** As the operating system writes it. */
  readonly host: string
  readonly port: number
  readonly life: SessionLife
}
