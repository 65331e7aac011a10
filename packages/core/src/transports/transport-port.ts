/**
 * What one transport is given to talk to core: Figure 2 of the paper. Everything that comes through here is counted, by
 * transport and reason, and nothing of it throws back into the transport.
 */
import type { NodeId } from '@postern/crypto'
import {
  type Clock,
  CONTRACT_VERSION,
  type CoreAPIForTransport,
  type Dropped,
  type MessagePack,
  TrafficCounters,
  type TransportEvent,
} from '@postern/transport-api'
import type { EventHub } from '../event-hub.js'
import type { DropReason } from '../messages/drop-reason.js'
import { type Destinations, receiveMessage } from '../messages/receiver.js'

export interface PortOptions {
  /** The transport's name. */
  readonly name: string
  readonly nodeId: NodeId
  readonly clock: Clock
  readonly destinations: Destinations
  /** Of what a transport tells core, before anybody else hears of it. */
  readonly onEvent: (event: Exclude<TransportEvent, Dropped>, transport: string) => void
  readonly hub: EventHub
}

/** Every kind there is but `dropped`, which has fields of its own to check. */
const PASSED_ON: readonly string[] = [
  'session-ended',
  'address-failed',
  'advertisement-changed',
  'came-through-list',
] satisfies readonly Exclude<TransportEvent, Dropped>['kind'][]

export class TransportPort {
  readonly api: CoreAPIForTransport
  readonly #options: PortOptions
  readonly #counters: TrafficCounters
  #shut: 'transport-disabled' | 'closed' | null = null

  constructor(options: PortOptions) {
    this.#options = options
    this.#counters = new TrafficCounters(options.clock, (event) => this.#tellDropped(event))
    // Functions, not methods: a transport may take them off the object. Frozen: it cannot change what another one sees.
    this.api = Object.freeze({
      version: CONTRACT_VERSION,
      myIdentity: options.nodeId,
      receive: (pack: MessagePack) => this.#receive(pack),
      event: (event: TransportEvent) => this.#event(event),
    })
  }

  /** From now on whatever comes is dropped for this reason. A closed core keeps no timer, whatever a transport still does. */
  shut(why: 'transport-disabled' | 'closed'): void {
    this.#shut = why
    if (why === 'closed') this.#counters.close()
  }

  /** `received` messages had a handler; the others are dropped, by reason. */
  counters(): Readonly<Record<string, number>> {
    return this.#counters.snapshot()
  }

  #receive(pack: MessagePack): void {
    const dropped = this.#shut ?? receiveMessage(pack, this.#options.name, this.#options.destinations)
    if (dropped !== null) return this.#drop(dropped)
    this.#counters.received += 1
    this.#counters.receivedOctets += pack.msg.byteLength
  }

  #event(event: TransportEvent): void {
    if (this.#shut !== null) return
    try {
      if (isDropped(event)) this.#tellDropped(event)
      else if (isPassedOn(event)) {
        this.#options.onEvent(event, this.#options.name)
        this.#options.hub.emit({ kind: 'transport-event', transport: this.#options.name, event })
      } else this.#drop('malformed-event')
    } catch {
      this.#drop('malformed-event') // a getter or a proxy that throws
    }
  }

  #drop(reason: DropReason | 'malformed-event'): void {
    this.#counters.drop('in', reason)
  }

  #tellDropped({ direction, reason, count }: Dropped): void {
    this.#options.hub.emit({ kind: 'dropped', transport: this.#options.name, direction, reason, count })
  }
}

/** A transport is somebody else's code: types say nothing about what it passes. */
function isDropped(event: unknown): event is Dropped {
  const { kind, direction, reason, count } = (event ?? {}) as Readonly<Record<string, unknown>>
  return (
    kind === 'dropped' &&
    (direction === 'in' || direction === 'out') &&
    typeof reason === 'string' &&
    Number.isSafeInteger(count)
  )
}

function isPassedOn(event: unknown): event is Exclude<TransportEvent, Dropped> {
  const { kind } = (event ?? {}) as Readonly<Record<string, unknown>>
  return typeof kind === 'string' && PASSED_ON.includes(kind)
}
