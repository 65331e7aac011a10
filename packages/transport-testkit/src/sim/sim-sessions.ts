/** The sessions of a simulated transport: whose they are, how long they live, and which of them a frame is for. Sends nothing. */
import type { ProtocolNumber } from '@postern/helo'
import { type Clock, SessionOwner, type SessionRemote, SessionTable, type TSession } from '@postern/transport-api'
import { hostOf } from './sim-address.js'
import type { SimLine } from './sim-wire.js'

/** Bounds what strangers can make us remember. */
const MAX_UNHELD_SESSIONS = 256

/**
 * The other side of a session. `line.from` is our own address when it began; what our frames carry is even on the side that dialled,
 * the odd number after it on the other, and 0 where there are no conversations.
 */
export interface SimRemote extends SessionRemote {
  readonly line: SimLine
}

export interface SimSessionsOptions {
  readonly clock: Clock
  readonly idleMs: number
  readonly protocolNumber: ProtocolNumber
  /** Sessions are conversations that both sides know of. */
  readonly hasConversations: boolean
  readonly onOver: (remote: SimRemote, why: 'released' | 'idle' | 'evicted') => void
}

export class SimSessions {
  readonly #options: SimSessionsOptions
  readonly #owner: SessionOwner<SimRemote> = new SessionOwner()
  readonly #table: SessionTable<TSession>
  /** By what the peer's frames come with. */
  readonly #byKey = new Map<string, SimRemote>()

  constructor(options: SimSessionsOptions) {
    this.#options = options
    const { clock, idleMs, onOver } = options
    this.#table = new SessionTable({
      clock,
      idleMs,
      maxUnheld: MAX_UNHELD_SESSIONS,
      onOver: (session, why) => onOver(this.remoteOf(session), why),
    })
  }

  get size(): number {
    return this.#table.size
  }

  open(origin: 'dialled' | 'inbound', line: SimLine, mtu: number): SimRemote {
    const { protocolNumber: ttype, hasConversations } = this.#options
    const face = { ttype, mtu, source: new TextEncoder().encode(hostOf(line.to)) }
    const remote = this.#owner.create(face, (session) => ({ session, life: this.#table.open(session, origin), line }))
    // Of datagrams only what comes in has a place: a dialled one is its holder's alone.
    if (origin === 'inbound' || hasConversations) this.#byKey.set(this.#keyOf(remote), remote)
    return remote
  }

  /** For a frame from there with this number; undefined: for none. */
  heard(from: string, conversation: number): SimRemote | undefined {
    return this.#byKey.get(keyFor(from, conversation))
  }

  /** Throws ERR_SESSION_FOREIGN. */
  remoteOf(tsession: TSession): SimRemote {
    return this.#owner.remoteOf(tsession)
  }

  /** Gives one hold back. Throws ERR_SESSION_FOREIGN, ERR_SESSION_NOT_HELD. */
  release(tsession: TSession): void {
    this.#owner.release(tsession)
  }

  *all(): IterableIterator<SimRemote> {
    for (const session of this.#table.sessions()) yield this.remoteOf(session)
  }

  /** No frame is for it any more. */
  forget(remote: SimRemote): void {
    const key = this.#keyOf(remote)
    if (this.#byKey.get(key) === remote) this.#byKey.delete(key)
  }

  #keyOf({ line }: SimRemote): string {
    return keyFor(line.to, this.#options.hasConversations ? otherSideOf(line.conversation) : 0)
  }
}

/** What the frames of the other side of a conversation carry. */
export function otherSideOf(conversation: number): number {
  return conversation ^ 1
}

function keyFor(from: string, conversation: number): string {
  return `${from} ${conversation}`
}
