/** The transports that run now, as links see them: who can carry something to an address. */
import { type Helo, isSlow } from '@postern/helo'
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

  /** Those as slow as mail: by which protocols frames may come late, and how late. */
  get slow(): { readonly protocols: readonly number[]; readonly maxLatencyMs: number } {
    const slow = this.#running().filter(isSlowCarrier)
    return { protocols: slow.map(({ transport }) => transport.protocolNumber), maxLatencyMs: slowestOf(slow) }
  }

  /** What a flood to this address would hit, the narrowest first: as its transport says, else the address itself. */
  destinationsOf(helo: Helo): readonly string[] {
    const named = namedBy(this.for(helo), helo)
    return named.length > 0 ? named : [Buffer.from(helo.senderAddress).toString('latin1')]
  }
}

function slowestOf(carriers: readonly Carrier[]): number {
  return Math.max(0, ...carriers.map(({ transport }) => transport.traits.maxLatencyMs))
}

function namedBy(carrier: Carrier | null, helo: Helo): readonly string[] {
  try {
    return carrier?.transport.destinations?.(helo) ?? []
  } catch {
    return [] // its contract forbids it
  }
}

/** Is it as slow as mail? */
export function isSlowCarrier({ transport }: Carrier): boolean {
  return isSlow(transport.traits.maxLatencyMs)
}
