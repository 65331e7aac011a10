/** A second address of a target, by a path with conditions of its own. What it does to packets its network does. */
import type { LaneConditions } from './lane-conditions.js'
import type { SimPacket } from './sim-packet.js'

export interface SimGate {
  readonly address: string
  setConditions(toTarget: Partial<LaneConditions>, toClient?: Partial<LaneConditions>): void
  /** Whoever has something under way through it, at both ends, is told. */
  break(): void
}

/** Between the name of a gate and that of the client who came through it. */
const THROUGH = '|'

export class Gate {
  readonly address: string
  readonly target: string
  /** How often it broke: what was sent before does not arrive. */
  breaks = 0
  #toTarget: LaneConditions
  #toClient: LaneConditions
  readonly #clients = new Set<string>()
  #held: SimPacket[] = []

  constructor(address: string, target: string, conditions: LaneConditions) {
    this.address = address
    this.target = target
    this.#toTarget = conditions
    this.#toClient = conditions
  }

  set(toTarget: LaneConditions, toClient: LaneConditions): void {
    this.#toTarget = toTarget
    this.#toClient = toClient
  }

  conditions(isToTarget: boolean): LaneConditions {
    return isToTarget ? this.#toTarget : this.#toClient
  }

  meet({ from, to }: SimPacket): void {
    if (to === this.address) this.#clients.add(from)
  }

  hold(packet: SimPacket): void {
    this.#held.push(packet)
  }

  /** What was held and may go, with the conditions it goes under; what stays held stays. */
  release(): readonly { readonly packet: SimPacket; readonly conditions: LaneConditions }[] {
    const waiting = this.#held.map((packet) => ({ packet, conditions: this.conditions(packet.to === this.address) }))
    this.#held = waiting.filter(({ conditions }) => conditions.isHeld).map(({ packet }) => packet)
    return waiting.filter(({ conditions }) => !conditions.isHeld)
  }

  drop(): readonly SimPacket[] {
    const held = this.#held
    this.#held = []
    return held
  }

  forgetClients(): readonly string[] {
    const clients = [...this.#clients]
    this.#clients.clear()
    return clients
  }
}

/** The name under which the target of a gate sees a client. */
export function throughGate(gate: string, client: string): string {
  return `${gate}${THROUGH}${client}`
}

/** Such a name taken apart; null: it is none. */
export function gateAndClient(address: string): { readonly gate: string; readonly client: string } | null {
  const at = address.indexOf(THROUGH)
  return at < 0 ? null : { gate: address.slice(0, at), client: address.slice(at + 1) }
}
