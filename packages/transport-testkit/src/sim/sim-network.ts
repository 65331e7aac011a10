/**
 * A network in which nothing happens but by its clock and its seed: the same seed gives the same trace. Carries octets from one
 * named address to another; knows no message and no transport.
 */
import type { Clock } from '@postern/transport-api'
import type { SeededRandom } from '../seeded-random.js'

/** What a lane, one direction of a path, does to what it carries. */
export interface LaneConditions {
  readonly delayMs: number
  /** Up to so many ms more, at random: packets that are not sent in order overtake one another. */
  readonly jitterMs: number
  /** Of packets that are not sent in order. */
  readonly lossChance: number
  /** Of packets that are not sent in order. */
  readonly duplicateChance: number
  /** What is sent vanishes. */
  readonly isBlocked: boolean
  /** What is sent waits until the lane is no longer held. */
  readonly isHeld: boolean
}

export const CLEAR_LANE: LaneConditions = {
  delayMs: 1,
  jitterMs: 0,
  lossChance: 0,
  duplicateChance: 0,
  isBlocked: false,
  isHeld: false,
}

export interface SimNetworkOptions {
  readonly clock: Clock
  readonly random: SeededRandom
  /** Of every path without conditions of its own. */
  readonly conditions?: Partial<LaneConditions>
  /** Every fate of every packet, one line each: time in ms, from, to, octets, fate. */
  readonly trace?: (line: string) => void
}

export interface SimListener {
  /** `bytes` is the listener's own. */
  deliver(from: string, bytes: Uint8Array): void
  /** The path to and from `remote` broke; what was under way on it is lost. */
  broken?(remote: string): void
}

export interface SimSendOptions {
  /** As of a stream: never lost, repeated or overtaken by another one that is in order. */
  readonly inOrder: boolean
}

/** A second address of a target, by a path with conditions of its own. */
export interface SimGate {
  readonly address: string
  setConditions(toTarget: Partial<LaneConditions>, toClient?: Partial<LaneConditions>): void
  /** Whoever has something under way through it, at both ends, is told. */
  break(): void
}

interface Packet {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
  readonly inOrder: boolean
}

/** Between the name of a gate and that of the client who came through it. */
const THROUGH = '|'

export class SimNetwork {
  readonly #options: SimNetworkOptions
  readonly #conditions: LaneConditions
  readonly #listeners = new Map<string, SimListener>()
  readonly #gates = new Map<string, Gate>()
  /** By lane, when the last packet that was sent in order arrives. */
  readonly #lastInOrderMs = new Map<string, number>()
  /** By lane, octets that have been sent and have not arrived. */
  readonly #underWay = new Map<string, number>()
  #gateCount = 0

  constructor(options: SimNetworkOptions) {
    this.#options = options
    this.#conditions = { ...CLEAR_LANE, ...options.conditions }
  }

  /** From now on `listener` gets what is sent to `address`. RangeError: the address is taken. */
  attach(address: string, listener: SimListener): Disposable {
    if (this.#listeners.has(address)) throw new RangeError(`address ${address} is taken`)
    this.#listeners.set(address, listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(address) }
  }

  /** `bytes` is the network's own from now on. */
  send(from: string, to: string, bytes: Uint8Array, { inOrder }: SimSendOptions): void {
    const [gate, isToTarget] = this.#gateTo(to)
    const packet = { from, to, bytes, inOrder }
    const conditions = gate?.conditions(isToTarget) ?? this.#conditions
    const { random } = this.#options
    if (conditions.isBlocked) return this.#tell(packet, 'blocked')
    if (!inOrder && random.chance(conditions.lossChance)) return this.#tell(packet, 'lost')
    this.#tell(packet, 'sent')
    this.#carry(packet, conditions, gate)
    if (!inOrder && random.chance(conditions.duplicateChance)) this.#carry(packet, conditions, gate)
  }

  /** Octets that have been sent from there to there and have not arrived. */
  underWayOctets(from: string, to: string): number {
    return this.#underWay.get(lane(from, to)) ?? 0
  }

  /** A new address at which `target` can be reached, too; what it answers goes back the same way. */
  openGate(target: string): SimGate {
    this.#gateCount += 1
    const gate = new Gate(`gate${this.#gateCount}`, target, this.#conditions)
    this.#gates.set(gate.address, gate)
    return {
      address: gate.address,
      setConditions: (toTarget, toClient = toTarget) => {
        gate.set({ ...this.#conditions, ...toTarget }, { ...this.#conditions, ...toClient })
        for (const { packet, conditions } of gate.release()) this.#fly(packet, conditions, gate)
      },
      break: () => this.#break(gate),
    }
  }

  #carry(packet: Packet, conditions: LaneConditions, gate: Gate | null): void {
    const name = lane(packet.from, packet.to)
    this.#underWay.set(name, (this.#underWay.get(name) ?? 0) + packet.bytes.byteLength)
    gate?.meet(packet)
    if (conditions.isHeld && gate !== null) gate.hold(packet)
    else this.#fly(packet, conditions, gate)
  }

  #fly(packet: Packet, { delayMs, jitterMs }: LaneConditions, gate: Gate | null): void {
    const { clock, random } = this.#options
    const name = lane(packet.from, packet.to)
    let arrivalMs = clock.monotonic() + delayMs + (jitterMs > 0 ? random.uniform() * jitterMs : 0)
    if (packet.inOrder) {
      arrivalMs = Math.max(arrivalMs, this.#lastInOrderMs.get(name) ?? 0)
      this.#lastInOrderMs.set(name, arrivalMs)
    }
    const breaks = gate?.breaks ?? 0
    clock.setTimer(() => this.#arrive(packet, gate === null || gate.breaks === breaks), arrivalMs - clock.monotonic())
  }

  #arrive(packet: Packet, isWhole: boolean): void {
    this.#landed(packet)
    if (!isWhole) return this.#tell(packet, 'broken')
    const target = this.#gates.get(packet.to)?.target ?? clientBehind(packet.to) ?? packet.to
    const listener = this.#listeners.get(target)
    if (listener === undefined) return this.#tell(packet, 'unreachable')
    this.#tell(packet, 'arrived')
    listener.deliver(this.#seenFrom(packet), packet.bytes.slice())
  }

  #landed({ from, to, bytes }: Packet): void {
    const name = lane(from, to)
    const left = (this.#underWay.get(name) ?? 0) - bytes.byteLength
    if (left > 0) this.#underWay.set(name, left)
    else this.#underWay.delete(name)
  }

  /** The target sees its clients as `gate|client`, the client sees the gate. */
  #seenFrom({ from, to }: Packet): string {
    if (this.#gates.has(to)) return `${to}${THROUGH}${from}`
    return to.includes(THROUGH) ? to.slice(0, to.indexOf(THROUGH)) : from
  }

  #gateTo(to: string): readonly [gate: Gate | null, isToTarget: boolean] {
    const outward = this.#gates.get(to)
    if (outward !== undefined) return [outward, true]
    const at = to.indexOf(THROUGH)
    return [at < 0 ? null : (this.#gates.get(to.slice(0, at)) ?? null), false]
  }

  #break(gate: Gate): void {
    gate.breaks += 1
    for (const packet of gate.drop()) {
      this.#landed(packet)
      this.#tell(packet, 'broken')
    }
    for (const client of gate.forgetClients()) {
      this.#listeners.get(client)?.broken?.(gate.address)
      this.#listeners.get(gate.target)?.broken?.(`${gate.address}${THROUGH}${client}`)
    }
  }

  #tell({ from, to, bytes }: Packet, fate: string): void {
    this.#options.trace?.(`${this.#options.clock.monotonic().toFixed(3)} ${from}>${to} ${bytes.byteLength} ${fate}`)
  }
}

class Gate {
  readonly address: string
  readonly target: string
  /** How often it broke: what was sent before does not arrive. */
  breaks = 0
  #toTarget: LaneConditions
  #toClient: LaneConditions
  readonly #clients = new Set<string>()
  #held: Packet[] = []

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

  meet({ from, to }: Packet): void {
    if (to === this.address) this.#clients.add(from)
  }

  hold(packet: Packet): void {
    this.#held.push(packet)
  }

  /** What was held and may go, with the conditions it goes under; what stays held stays. */
  release(): readonly { readonly packet: Packet; readonly conditions: LaneConditions }[] {
    const waiting = this.#held.map((packet) => ({ packet, conditions: this.conditions(packet.to === this.address) }))
    this.#held = waiting.filter(({ conditions }) => conditions.isHeld).map(({ packet }) => packet)
    return waiting.filter(({ conditions }) => !conditions.isHeld)
  }

  drop(): readonly Packet[] {
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

function lane(from: string, to: string): string {
  return `${from}>${to}`
}

function clientBehind(address: string): string | null {
  const at = address.indexOf(THROUGH)
  return at < 0 ? null : address.slice(at + 1)
}
