/**
 * One way to a peer: a session of a transport that we hold, and what is known about it. Data goes only where the address was
 * proven to be the peer's: by a PONG, by an ECHO, or by a handshake that went through it (DESIGN section 4).
 */
import { type Helo, LINK_FRAME_OVERHEAD_OCTETS } from '@postern/helo'
import type { Message, TSession } from '@postern/transport-api'
import type { Carrier } from '../transports/carriers.js'

export interface PathOptions {
  readonly carrier: Carrier
  /** Held by us until the path is closed. */
  readonly tsession: TSession
  /** The address that was dialled; null: the peer came to us. */
  readonly helo: Helo | null
}

export class Path {
  readonly carrier: Carrier
  readonly tsession: TSession
  readonly helo: Helo | null
  /** Octets of a transport message. */
  readonly mtu: number
  /** Whoever is there is the peer. */
  isProven = false
  /** The peer said that frames of this path have arrived. */
  isConfirmed = false
  /** When something authentic last came over its session; monotonic. */
  lastHeardMs = 0
  /** The session over which answers to a dialled path come, where that is another one. */
  returnSession: TSession | null = null
  /** Sent over it and not echoed yet. */
  challenge: Uint8Array | null = null
  #isClosed = false

  constructor({ carrier, tsession, helo }: PathOptions) {
    this.carrier = carrier
    this.tsession = tsession
    this.helo = helo
    this.mtu = tsession.mtu ?? carrier.transport.mtu
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Octets of a batch in one frame. */
  get maxBatchOctets(): number {
    return Math.max(0, this.mtu - LINK_FRAME_OVERHEAD_OCTETS)
  }

  /** Does its transport still know the session? Costs a hold and gives it back. */
  get isAlive(): boolean {
    const { transport } = this.carrier
    try {
      if (this.#isClosed || !transport.associate(this.tsession)) return false
      void transport.disconnect(this.tsession).catch(() => {})
      return true
    } catch {
      return false
    }
  }

  /** False: dropped there, and counted there. Never throws for what a transport does wrong. */
  send(message: Message): boolean {
    if (this.#isClosed || message.size > this.mtu) return false
    try {
      return this.carrier.transport.send(this.tsession, message)
    } catch {
      return false
    }
  }

  /** Gives the session back. Idempotent; what the transport does wrong is its own affair. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    void this.#giveBack()
  }

  async #giveBack(): Promise<void> {
    try {
      await this.carrier.transport.disconnect(this.tsession)
    } catch {
      // gone already
    }
  }
}

/** The better one first: proven, then confirmed, then the cheapest, then the larger. Core II refines it. */
export function comparePaths(a: Path, b: Path): number {
  return (
    Number(b.isProven) - Number(a.isProven) ||
    Number(b.isConfirmed) - Number(a.isConfirmed) ||
    a.carrier.transport.cost - b.carrier.transport.cost ||
    b.mtu - a.mtu
  )
}
