/** A mailbox that was dialled. Mail has no conversations: this says where to send, and who still wants to. */
import { PROTOCOL, type ProtocolNumber } from '@postern/helo'
import type { SessionLife, TSession } from '@postern/transport-api'
import type { SmtpRecipient } from './smtp-recipient.js'

export class SmtpSession implements TSession {
  readonly ttype: ProtocolNumber = PROTOCOL.SMTP
  /** Octets. */
  readonly mtu: number
  /** Nothing arrives over a session of ours. */
  readonly source: Uint8Array = new Uint8Array(0)
  readonly #remote: SmtpRemote

  constructor(remote: Omit<SmtpRemote, 'life'>, mtu: number, open: (session: SmtpSession) => SessionLife) {
    this.mtu = mtu
    this.#remote = { ...remote, life: open(this) }
  }

  /** What only the transport may see; null: not one of our sessions. */
  static remoteOf(tsession: TSession): SmtpRemote | null {
    return #remote in tsession ? tsession.#remote : null
  }
}

export interface SmtpRemote {
  /** The transport that made the session; another one's sessions are foreign to it. */
  readonly owner: object
  readonly recipient: SmtpRecipient
  readonly life: SessionLife
}
