/** The transports that run now, as links see them: who can carry something to an address. */
import type { Helo } from '@postern/helo'
import { isSlow } from '@postern/helo'
import type { Provenance, Transport } from '@postern/transport-api'

export interface Carrier {
  /** As in the configuration. */
  readonly name: string
  readonly transport: Transport
}

export class Carriers {
  readonly #running: () => readonly Carrier[]

  constructor(running: () => readonly Carrier[]) {
    this.#running = running
  }

  /** null: it does not run. */
  named(name: string): Carrier | null {
    return this.#running().find((one) => one.name === name) ?? null
  }

  /** null: no transport of ours speaks its protocol and is allowed to use the address. */
  for(helo: Helo, provenance: Provenance = 'owner'): Carrier | null {
    const carrier = this.#running().find(({ transport }) => transport.protocolNumber === helo.protocol)
    if (carrier === undefined || !carrier.transport.traits.directions.out) return null
    try {
      return carrier.transport.verifyHelo(helo, provenance) ? carrier : null
    } catch {
      return null // its contract forbids it
    }
  }

  /** The slowest delivery that any of them expects, ms; 0 without any. */
  get maxLatencyMs(): number {
    return Math.max(0, ...this.#running().map(({ transport }) => transport.traits.maxLatencyMs))
  }
}

/** Is it as slow as mail? */
export function isSlowCarrier({ transport }: Carrier): boolean {
  return isSlow(transport.traits.maxLatencyMs)
}
