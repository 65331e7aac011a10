/**
 * Whose session is it, and what stands behind it? Core sees a session's face and nothing else (paper section 2.2: opaque). What the
 * transport keeps with it is private state that the owner which made the session can reach, and nobody else.
 */
import type { ProtocolNumber } from '@postern/helo'
import { TransportError } from './errors.js'
import type { SessionLife } from './session-table.js'
import type { TSession } from './transport.js'

/** What core may read of a session. */
export type SessionFace = Required<TSession>

/** The other side of a session: a transport adds where to send. */
export interface SessionRemote {
  readonly session: TSession
  readonly life: SessionLife
}

/** Each transport has one of its own; `R` is what it keeps with a session. */
export class SessionOwner<R extends SessionRemote> {
  /** `remote` is called once, with the session to be: its life begins there. */
  create(face: SessionFace, remote: (session: TSession) => R): R {
    return this.remoteOf(new OwnedSession(this, face, remote))
  }

  /** Throws ERR_SESSION_FOREIGN: another transport's, another instance's, or nobody's. */
  remoteOf(tsession: TSession): R {
    return OwnedSession.remoteOf(tsession, this) as R // `create` put it there
  }

  /** Gives one hold back. Throws ERR_SESSION_FOREIGN, ERR_SESSION_NOT_HELD. */
  release(tsession: TSession): R {
    const remote = this.remoteOf(tsession)
    if (!remote.life.release())
      throw new TransportError('ERR_SESSION_NOT_HELD', 'this session has no hold to give back')
    return remote
  }
}

/** Private fields rather than a WeakMap: they are looked at for every message that is sent. */
class OwnedSession implements TSession {
  readonly ttype: ProtocolNumber
  readonly mtu: number
  readonly source: Uint8Array
  readonly #owner: object
  readonly #remote: SessionRemote

  constructor(owner: object, { ttype, mtu, source }: SessionFace, remote: (session: TSession) => SessionRemote) {
    this.ttype = ttype
    this.mtu = mtu
    this.source = source
    this.#owner = owner
    this.#remote = remote(this)
  }

  static remoteOf(tsession: TSession, owner: object): SessionRemote {
    if (!(#remote in tsession) || tsession.#owner !== owner)
      throw new TransportError('ERR_SESSION_FOREIGN', 'not a session of this transport')
    return tsession.#remote
  }
}
