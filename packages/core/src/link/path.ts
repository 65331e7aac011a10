/**
 * One way to a peer: a session of a transport that we hold, and what is known about it. Data goes only where the address was
 * proven to be the peer's: by a PONG, by an ECHO, or by a handshake that went through it (DESIGN section 4).
 */
import { FIRST_MESSAGE_DATAGRAM_OCTETS, type Helo, LINK_FRAME_OVERHEAD_OCTETS } from '@postern/helo'
import type { Message, TSession } from '@postern/transport-api'
import { type Carrier, isSlowCarrier } from '../transports/carriers.js'
import { MAIL_EVERY_MS } from './mail-allowance.js'
import { PathMeasure } from './path-measure.js'

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
  /** Octets of a transport message that the session takes. */
  readonly mtu: number
  /** Octets of a transport message that are known to get through. */
  provenMtu: number
  readonly measure: PathMeasure = new PathMeasure()
  /** What its path id in an epoch belongs to: the same for every session to the same place, one at a time. */
  lane: object = this
  /** Among the paths of its link, in the order of their opening; 0: it is none of them yet. */
  order = 0
  /** Monotonic. */
  openedMs = 0
  /** Whoever is there is the peer. */
  isProven = false
  /** Since when the peer has said that frames of this path arrive; monotonic, null: it has not. */
  confirmedSinceMs: number | null = null
  /** When a REPORT last named frames of it that none had named; monotonic, null: none did. */
  lastNamedMs: number | null = null
  /** When something authentic last came over its session; monotonic, null: nothing did. */
  lastHeardMs: number | null = null
  /** The session over which answers to a dialled path come, where that is another one. */
  returnSession: TSession | null = null
  /** Sent over it and not echoed yet. */
  challenge: Uint8Array | null = null
  /** By which transport the peer last said that something of this path arrived. */
  answeredBy: Carrier | null = null
  #isClosed = false

  constructor({ carrier, tsession, helo }: PathOptions) {
    this.carrier = carrier
    this.tsession = tsession
    this.helo = helo
    this.mtu = tsession.mtu ?? carrier.transport.mtu
    this.provenMtu = this.isDatagram ? Math.min(this.mtu, FIRST_MESSAGE_DATAGRAM_OCTETS) : this.mtu
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The peer said that frames of this path have arrived. */
  get isConfirmed(): boolean {
    return this.confirmedSinceMs !== null
  }

  /** May what is too large for it vanish in silence? */
  get isDatagram(): boolean {
    return !this.carrier.transport.traits.reliable && !isSlowCarrier(this.carrier)
  }

  /** What the way back may add to the trip of an answer, ms. */
  get returnMs(): number {
    const { answeredBy } = this
    if (answeredBy === null || !isSlowCarrier(answeredBy)) return 0
    return answeredBy.transport.traits.maxLatencyMs + MAIL_EVERY_MS
  }

  /** Octets of a batch in one frame. */
  get maxBatchOctets(): number {
    return Math.max(0, this.provenMtu - LINK_FRAME_OVERHEAD_OCTETS)
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
