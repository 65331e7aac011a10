/** A loft that was dialled. Pigeons have no conversations: this says where they fly, and who still wants them to. */
import type { ProtocolNumber } from '@postern/helo'
import type { SessionLife, TSession } from '@postern/transport-api'
import { PIGEON_PROTOCOL } from './constants.js'
import type { PeerLoft } from './peer-loft.js'

export class PigeonSession implements TSession {
  readonly ttype: ProtocolNumber = PIGEON_PROTOCOL
  /** Octets. */
  readonly mtu: number
  /** Nothing arrives over a session of ours. */
  readonly source: Uint8Array = new Uint8Array(0)
  readonly #remote: PigeonRemote

  constructor(remote: Omit<PigeonRemote, 'life'>, mtu: number, open: (session: PigeonSession) => SessionLife) {
    this.mtu = mtu
    this.#remote = { ...remote, life: open(this) }
  }

  /** What only the transport may see; null: not one of our sessions, whatever it looks like. */
  static remoteOf(tsession: TSession): PigeonRemote | null {
    return #remote in tsession ? tsession.#remote : null
  }
}

export interface PigeonRemote {
  /** The transport that made the session; another one's sessions are foreign to it. */
  readonly owner: object
  readonly loft: PeerLoft
  readonly life: SessionLife
}
