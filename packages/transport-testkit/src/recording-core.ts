/** The core's side of the contract for tests: keeps what a transport says and lets a test wait for more. */
import { createIdentity, createLinkKey, type Identity, type NodeId } from '@postern/crypto'
import { type Helo, type HeloDraft, signHelo } from '@postern/helo'
import {
  CONTRACT_VERSION,
  type CoreAPIForTransport,
  type MessagePack,
  type TransportEvent,
} from '@postern/transport-api'

export class RecordingCore implements CoreAPIForTransport {
  readonly version: number = CONTRACT_VERSION
  readonly identity: Identity
  readonly received: MessagePack[] = []
  readonly events: TransportEvent[] = []
  /** Called at every message after it was recorded, for tests that answer from inside `receive`. */
  onReceive: (mp: MessagePack) => void = () => {}
  readonly #linkKey: Uint8Array
  #waiting: { readonly holds: () => boolean; readonly met: () => void }[] = []

  /** `linkKey` is the public half of the one in its HELOs; it agrees on nothing with it. */
  constructor(identity: Identity = createIdentity(), linkKey: Uint8Array = createLinkKey().publicKey) {
    this.identity = identity
    this.#linkKey = linkKey
  }

  get myIdentity(): NodeId {
    return this.identity.nodeId
  }

  receive(mp: MessagePack): void {
    this.received.push(mp)
    this.onReceive(mp)
    this.#look()
  }

  event(e: TransportEvent): void {
    this.events.push(e)
    this.#look()
  }

  /** Resolves when `holds` does; it is asked now and whenever the transport said something. Bound it by the test's time-out. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((met) => {
      this.#waiting.push({ holds, met })
      this.#look()
    })
  }

  /** How often `reason` was reported as dropped. */
  dropped(reason: string): number {
    return this.events.reduce((sum, e) => sum + (e.kind === 'dropped' && e.reason === reason ? e.count : 0), 0)
  }

  /** The draft as a HELO of this core, valid for an hour from `nowMs`. */
  helo(draft: HeloDraft, nowMs: number = Date.UTC(2026, 0, 1)): Helo {
    const terms = {
      maxLatencyMs: 1_000,
      gossip: false,
      withdrawn: false,
      sequence: nowMs,
      expiration: nowMs + 3_600_000,
    }
    return signHelo(this.identity, this.#linkKey, draft, terms)
  }

  #look(): void {
    const waiting = this.#waiting
    this.#waiting = waiting.filter(({ holds, met }) => {
      if (!holds()) return true
      met()
      return false
    })
  }
}
