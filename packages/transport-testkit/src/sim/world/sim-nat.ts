/**
 * A box between the machines behind it and everybody else, which maps and filters as RFC 4787 names it. Who is behind it is not seen
 * from outside: only its own address, with a port for each mapping. What it does not let in vanishes without a word. No hairpin, and
 * no box behind another one. Knows addresses and a clock; packets it never sees.
 */
import type { Clock } from '@postern/transport-api'
import { hostOf } from '../sim-address.js'
import type { SimStyle } from '../sim-style.js'

/**
 * - `full-cone`: endpoint-independent mapping, endpoint-independent filtering (anybody who knows the mapping gets in);
 * - `address-restricted`: endpoint-independent mapping, address-dependent filtering (hosts that were sent to);
 * - `port-restricted`: endpoint-independent mapping, address and port-dependent filtering (exactly whoever was sent to);
 * - `symmetric`: address and port-dependent mapping and filtering (another port for each that is sent to).
 */
export type SimNatKind = 'full-cone' | 'address-restricted' | 'port-restricted' | 'symmetric'

export interface SimNatOptions {
  readonly kind: SimNatKind
  /** A mapping of datagrams through which nothing went out for so long is forgotten. RFC 4787 asks for two minutes; many boxes do not. */
  readonly datagramIdleMs?: number
  readonly streamIdleMs?: number
}

interface Mapping {
  readonly inside: string
  readonly outside: string
  readonly style: SimStyle
  /** As of `outward`; null: for good, nothing is filtered (a port that its owner forwards). */
  readonly key: string | null
  lastOutMs: number
  /** Whom something was sent to, and when last: hosts, or hosts with ports. */
  readonly sentTo: Map<string, number>
}

/** Who goes out, or wants in. */
export interface NatPacket {
  readonly style: SimStyle
  readonly connection: number
  readonly part: 'first' | 'last' | null
}

const DATAGRAM_IDLE_MS = 30_000
const STREAM_IDLE_MS = 7_200_000
const FIRST_PORT = 1_024
/** Above so many, what has expired is swept out; then above twice as many as were left. */
const SWEEP_ABOVE = 1_024

export class SimNat {
  readonly name: string
  readonly kind: SimNatKind
  readonly #clock: Clock
  readonly #idleMs: Readonly<Record<SimStyle, number>>
  readonly #onMapping: (inside: string, outside: string) => void
  readonly #byKey = new Map<string, Mapping>()
  readonly #byOutside = new Map<string, Mapping>()
  readonly #forwards = new Map<string, Mapping>()
  #lastPort = FIRST_PORT - 1
  #sweepAbove = SWEEP_ABOVE

  /** @internal Made by `SimWorld.nat`. */
  constructor(
    name: string,
    options: SimNatOptions,
    { clock, onMapping }: { readonly clock: Clock; readonly onMapping: (inside: string, outside: string) => void },
  ) {
    this.name = name
    this.kind = options.kind
    this.#clock = clock
    this.#onMapping = onMapping
    const { datagramIdleMs = DATAGRAM_IDLE_MS, streamIdleMs = STREAM_IDLE_MS } = options
    this.#idleMs = { datagram: datagramIdleMs, stream: streamIdleMs, letter: 0 }
  }

  /** Forgets all mappings, as at a power cut: whoever goes out next gets a new port, and streams through it stall. Forwarded ports stay. */
  reset(): void {
    this.#byKey.clear()
    this.#byOutside.clear()
    for (const mapping of this.#forwards.values()) this.#byOutside.set(mapping.outside, mapping)
  }

  /** Mappings that it remembers, forwarded ports among them. */
  get mappings(): number {
    return this.#byOutside.size
  }

  /** The outside address of `inside` for good, as its owner has set it up in the box. */
  forward(inside: string, style: SimStyle): string {
    let mapping = this.#forwards.get(inside)
    if (mapping === undefined) {
      mapping = this.#map(inside, style, null)
      this.#forwards.set(inside, mapping)
    }
    return mapping.outside
  }

  /** @internal What the world outside takes for the sender. null: a stream whose mapping is gone does not get out. */
  outward(inside: string, to: string, packet: NatPacket): string | null {
    const forward = packet.style === 'datagram' ? this.#forwards.get(inside) : undefined
    if (forward !== undefined) return forward.outside
    const key = this.#keyOf(inside, to, packet)
    let mapping = this.#alive(this.#byKey.get(key))
    if (mapping === null) {
      if (packet.style === 'stream' && packet.part !== 'first') return null
      mapping = this.#map(inside, packet.style, key)
      this.#byKey.set(key, mapping)
    }
    const now = this.#clock.monotonic()
    mapping.lastOutMs = now
    if (this.kind !== 'full-cone') mapping.sentTo.set(this.kind === 'address-restricted' ? hostOf(to) : to, now)
    return mapping.outside
  }

  /** @internal The inside address behind an outside one. null: filtered, or nobody's. */
  inward(outside: string, from: string, packet: NatPacket): string | null {
    const mapping = this.#alive(this.#byOutside.get(outside))
    if (mapping === null || !this.#letsIn(mapping, from)) return null
    // What is answered on a stream that came in must look as if it came from where it was dialled.
    if (packet.style === 'stream' && packet.part === 'first')
      this.#byKey.set(this.#keyOf(mapping.inside, from, { ...packet, connection: packet.connection ^ 1 }), mapping)
    return mapping.inside
  }

  /** @internal The machine behind an outside address, whoever asks. */
  insideOf(outside: string): string | null {
    return this.#byOutside.get(outside)?.inside ?? null
  }

  #letsIn({ key, style, sentTo }: Mapping, from: string): boolean {
    if (key === null || this.kind === 'full-cone') return true
    const sentMs = sentTo.get(this.kind === 'address-restricted' ? hostOf(from) : from)
    return sentMs !== undefined && this.#clock.monotonic() - sentMs < this.#idleMs[style]
  }

  /** A connection has a port of its own, as the operating system gives it one. */
  #keyOf(inside: string, to: string, { style, connection }: NatPacket): string {
    if (style === 'stream') return `${inside}>${to}#${connection}`
    return this.kind === 'symmetric' ? `${inside}>${to}` : inside
  }

  #map(inside: string, style: SimStyle, key: string | null): Mapping {
    if (this.#byOutside.size >= this.#sweepAbove) this.#sweep()
    this.#lastPort += 1
    const outside = `${this.name}:${style}.${this.#lastPort}`
    const mapping = { inside, outside, style, key, lastOutMs: this.#clock.monotonic(), sentTo: new Map() }
    this.#byOutside.set(outside, mapping)
    this.#onMapping(inside, outside)
    return mapping
  }

  #alive(mapping: Mapping | undefined): Mapping | null {
    return mapping === undefined || this.#isExpired(mapping) ? null : mapping
  }

  #isExpired({ key, style, lastOutMs }: Mapping): boolean {
    return key !== null && this.#clock.monotonic() - lastOutMs >= this.#idleMs[style]
  }

  #sweep(): void {
    for (const [key, mapping] of this.#byKey) if (this.#isExpired(mapping)) this.#byKey.delete(key)
    for (const [outside, mapping] of this.#byOutside) if (this.#isExpired(mapping)) this.#byOutside.delete(outside)
    this.#sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.#byOutside.size)
  }
}
