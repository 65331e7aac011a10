/**
 * What stands behind a session: one remote endpoint seen from one socket. UDP has no connection: this is where to send, and how
 * long to remember it. A dialled session only sends; what the remote endpoint answers comes over an inbound one.
 */
import { type NodeId, nodeIdFromBytes } from '@postern/crypto'
import type { SessionLife, SessionRemote, TSession } from '@postern/transport-api'
import { isSentBy, senderOf } from './datagram.js'
import type { UdpEndpoint } from './udp-endpoint.js'

export interface UdpPlace {
  readonly endpoint: UdpEndpoint
  /** As the operating system writes it. */
  readonly host: string
  readonly port: number
}

export class UdpRemote implements UdpPlace, SessionRemote {
  readonly endpoint: UdpEndpoint
  readonly host: string
  readonly port: number
  readonly session: TSession
  readonly life: SessionLife
  #sender: Uint8Array = new Uint8Array(0)
  #senderId: NodeId | null = null

  constructor({ endpoint, host, port }: UdpPlace, session: TSession, life: SessionLife) {
    this.endpoint = endpoint
    this.host = host
    this.port = port
    this.session = session
    this.life = life
  }

  /** Is it where something that came to `endpoint` came from? */
  isAt(endpoint: UdpEndpoint, host: string, port: number): boolean {
    return this.port === port && this.host === host && this.endpoint === endpoint
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
