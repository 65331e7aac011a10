/** All transports of a core: started together, each failing alone, one for each protocol number (DESIGN section 2). */
import type { NodeId } from '@postern/crypto'
import type { Transport, TransportEnv } from '@postern/transport-api'
import type { EventHub } from '../event-hub.js'
import type { Carrier } from './carriers.js'
import type { Load } from './plugin-loader.js'
import type { TransportChoice } from './transport-choice.js'
import { type PortOptions, TransportPort } from './transport-port.js'
import { TransportSlot } from './transport-slot.js'
import type { DisabledReason, TransportState } from './transport-state.js'

export interface RegistryOptions {
  readonly transports: Readonly<Record<string, TransportChoice>>
  readonly load: Load | null
  readonly env: Omit<TransportEnv, 'config'>
  readonly nodeId: NodeId
  readonly hub: EventHub
  readonly destinations: PortOptions['destinations']
  readonly onEvent: PortOptions['onEvent']
}

export class TransportRegistry {
  readonly #slots: readonly TransportSlot[]
  readonly #ports: readonly TransportPort[]
  readonly #carriers = new WeakMap<Transport, Carrier>()

  constructor({ transports, load, env, nodeId, hub, destinations, onEvent }: RegistryOptions) {
    const wished = Object.entries(transports).map(([name, choice]) => {
      const port = new TransportPort({ name, nodeId, clock: env.clock, hub, destinations, onEvent })
      return { port, slot: new TransportSlot({ name, choice, load, env, port }) }
    })
    this.#slots = wished.map(({ slot }) => slot)
    this.#ports = wished.map(({ port }) => port)
  }

  /** Never rejects; `states` says what became of each. */
  async start(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.make()))
    this.#disableDuplicates()
    await Promise.all(this.#slots.map((slot) => slot.start()))
  }

  /** In the order of the configuration. */
  get states(): readonly TransportState[] {
    return this.#slots.map(({ state }) => state)
  }

  /** The same object for the same transport, as long as it runs. */
  get running(): readonly Carrier[] {
    return this.#slots.flatMap(({ name, state, transport }) => {
      if (state.state !== 'running' || transport === null) return []
      const known = this.#carriers.get(transport) ?? { name, transport }
      this.#carriers.set(transport, known)
      return [known]
    })
  }

  /** The sums over all transports. */
  counters(): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const port of this.#ports) {
      for (const [name, count] of Object.entries(port.counters())) sums[name] = (sums[name] ?? 0) + count
    }
    return sums
  }

  /** Stops all at once, each within its time; `failed` hears of those that could not. Never rejects. */
  async stop(reason: DisabledReason, failed: (name: string, error: unknown) => void): Promise<void> {
    await Promise.all(
      this.#slots.map(async (slot) => {
        try {
          await slot.stop(reason)
        } catch (error) {
          failed(slot.name, error)
        }
      }),
    )
  }

  /** A HELO names its transport by number, so two of one number could not be told apart: the first in the configuration stays. */
  #disableDuplicates(): void {
    const taken = new Map<number, TransportSlot>()
    for (const slot of this.#slots) {
      const number = slot.transport?.protocolNumber
      if (number === undefined) continue
      const first = taken.get(number)
      if (first === undefined) taken.set(number, slot)
      else {
        const message = `${slot.label}: protocolNumber ${number} is taken by ${first.label}; use one of them`
        slot.disable({ code: 'ERR_TRANSPORT_PROTOCOL_TAKEN', message })
      }
    }
  }
}
