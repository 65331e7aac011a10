/**
 * A network in which nothing happens but by its clock and its seed: the same seed gives the same trace. Carries octets from one
 * named address to another; knows no message and no transport. What else may lie in between it asks the ways of its world.
 */
import type { Clock } from '@postern/transport-api'
import type { SeededRandom } from '../seeded-random.js'
import { CLEAR_LANE, type LaneConditions } from './lane-conditions.js'
import { Gate, gateAndClient, type SimGate, throughGate } from './sim-gate.js'
import { SimListeners } from './sim-listeners.js'
import {
  DIRECT,
  laneOf,
  type SimDelivery,
  type SimListener,
  type SimPacket,
  type SimSendOptions,
  simPacket,
} from './sim-packet.js'
import { SimStreams, type StreamPacket } from './sim-streams.js'
import type { SimPassage, SimWays } from './sim-ways.js'

export interface SimNetworkOptions {
  readonly clock: Clock
  readonly random: SeededRandom
  /** Of every path without conditions of its own. */
  readonly conditions?: Partial<LaneConditions>
  /** Every fate of every packet, one line each: time in ms, from, to, octets, fate. */
  readonly trace?: (line: string) => void
  /** Of a world. Without any a path is its conditions, and streams lose nothing. */
  readonly ways?: SimWays
}

/** One packet's last leg: where it came to, and from where. */
interface Flight {
  readonly packet: SimPacket
  readonly seenFrom: string
  readonly bytes: Uint8Array
  readonly gate: Gate | null
  readonly ofStream: StreamPacket | null
}

export class SimNetwork {
  readonly #options: SimNetworkOptions
  readonly #conditions: LaneConditions
  readonly #listeners = new SimListeners()
  readonly #gates = new Map<string, Gate>()
  readonly #streams: SimStreams
  /** By lane, when the last packet that was sent in order arrives. */
  readonly #lastInOrderMs = new Map<string, number>()
  /** By lane, octets that have been sent and have not arrived. */
  readonly #underWay = new Map<string, number>()
  /** Datagrams in lanes that are held. */
  #held: Flight[] = []
  #gateCount = 0

  constructor(options: SimNetworkOptions) {
    this.#options = options
    this.#conditions = { ...CLEAR_LANE, ...options.conditions }
    this.#streams = new SimStreams({
      launch: (one) => this.#depart(one.packet, one),
      clockOf: (from) => options.ways!.clockOf(from),
      discarded: (packet) => this.#lose(packet, 'broken'),
      broken: (at, remote, connection) =>
        options.ways!.whenAwake(at, () => this.#listeners.whoWasAt(at)?.broken?.(remote, connection)),
    })
  }

  /** From now on `listener` gets what is sent to `address`. RangeError: the address is taken. */
  attach(address: string, listener: SimListener): Disposable {
    const attached = this.#listeners.attach(address, listener)
    this.#options.ways?.attached(address)
    return attached
  }

  /** Whoever listens at `address` has another one from now on. What was sent to the old one arrives nowhere. */
  move(address: string, to: string): void {
    this.#listeners.move(address, to)
  }

  /** `bytes` is the network's own from now on. */
  send(from: string, to: string, bytes: Uint8Array, options: SimSendOptions): void {
    const packet = simPacket(from, to, bytes, options)
    const { ways } = this.#options
    const [gate, isToTarget] = this.#gateTo(to)
    if (ways === undefined || gate !== null) return this.#sendPlainly(packet, gate, isToTarget)
    if (packet.style === 'letter') return ways.post(packet)
    if (!packet.inOrder) return void this.#depart(packet, null)
    this.#count(packet)
    this.#streams.send(packet)
  }

  /** Puts a packet on the path itself: whatever stands before it, at the sender's, is passed by. For the ways of a world. */
  inject(packet: SimPacket, passage: SimPassage): void {
    this.#count(packet)
    this.#fly({ ...passage, packet, gate: null, ofStream: null }, passage.conditions, passage.lateMs)
  }

  /** Hands over at once. False: nobody listens there. For the ways of a world. */
  hand(at: string, from: string, bytes: Uint8Array, how: SimDelivery = DIRECT): boolean {
    const listener = this.#listeners.at(at)
    listener?.deliver(from, bytes.slice(), how)
    return listener !== undefined
  }

  /** The conditions of lanes have changed: what was held may go on. For the ways of a world. */
  release(): void {
    const held = this.#held
    this.#held = []
    for (const flight of held) {
      this.#lose(flight.packet, 'released')
      this.#depart(flight.packet, null)
    }
  }

  /** Octets that have been sent from there to there and have not arrived. */
  underWayOctets(from: string, to: string): number {
    return this.#underWay.get(laneOf(from, to)) ?? 0
  }

  /** A new address at which `target` can be reached, too; what it answers goes back the same way, past the rules and boxes of a world. */
  openGate(target: string): SimGate {
    this.#gateCount += 1
    const gate = new Gate(`gate${this.#gateCount}`, target, this.#conditions)
    this.#gates.set(gate.address, gate)
    return {
      address: gate.address,
      setConditions: (toTarget, toClient = toTarget) => {
        gate.set({ ...this.#conditions, ...toTarget }, { ...this.#conditions, ...toClient })
        for (const { packet, conditions } of gate.release()) this.#fly(plainFlight(packet, gate), conditions)
      },
      break: () => this.#break(gate),
    }
  }

  /** Where there are no ways, or past them. */
  #sendPlainly(packet: SimPacket, gate: Gate | null, isToTarget: boolean): void {
    const conditions = gate?.conditions(isToTarget) ?? this.#conditions
    const absence = this.#options.ways?.absence(packet.from) ?? null
    if (absence !== null) return this.tell(packet, absence.lost)
    const obstacle = this.#obstacle(packet, conditions, { isLossy: !packet.inOrder })
    if (obstacle !== null) return this.tell(packet, obstacle)
    this.tell(packet, 'sent')
    this.#launch(plainFlight(packet, gate), conditions)
  }

  /** One try. False: it got nowhere. */
  #depart(packet: SimPacket, ofStream: StreamPacket | null): boolean {
    const passage = this.#options.ways!.depart(packet)
    if ('lost' in passage) return this.#stay(packet, passage.lost)
    const { conditions, lateMs } = passage
    const obstacle = this.#obstacle(packet, conditions, { isLossy: true })
    if (obstacle !== null) return this.#stay(packet, obstacle)
    this.tell(packet, 'sent')
    const flight = { packet, seenFrom: passage.seenFrom, bytes: passage.bytes, gate: null, ofStream }
    if (ofStream === null) this.#launch(flight, conditions, lateMs)
    else this.#fly(flight, conditions, lateMs)
    return true
  }

  #stay(packet: SimPacket, why: string): false {
    this.tell(packet, why)
    return false
  }

  #obstacle(
    { inOrder, bytes }: SimPacket,
    conditions: LaneConditions,
    { isLossy }: { readonly isLossy: boolean },
  ): string | null {
    if (conditions.isBlocked || (conditions.isHeld && inOrder && isLossy)) return 'blocked'
    if (!inOrder && bytes.byteLength > conditions.mtuOctets) return 'too-large'
    return isLossy && this.#options.random.chance(conditions.lossChance) ? 'lost' : null
  }

  #launch(flight: Flight, conditions: LaneConditions, lateMs = 0): void {
    this.#carry(flight, conditions, lateMs)
    const isTwice = !flight.packet.inOrder && this.#options.random.chance(conditions.duplicateChance)
    if (isTwice) this.#carry(flight, conditions, lateMs)
  }

  #carry(flight: Flight, conditions: LaneConditions, lateMs: number): void {
    const { packet, gate } = flight
    this.#count(packet)
    gate?.meet(packet)
    if (!conditions.isHeld) this.#fly(flight, conditions, lateMs)
    else if (gate === null) this.#held.push(flight)
    else gate.hold(packet)
  }

  #fly(flight: Flight, { delayMs, jitterMs }: LaneConditions, lateMs = 0): void {
    const { clock, random } = this.#options
    const { packet, gate } = flight
    const now = clock.monotonic()
    let arrivalMs = now + delayMs + lateMs + (jitterMs > 0 ? random.uniform() * jitterMs : 0)
    if (packet.inOrder) {
      arrivalMs = Math.max(arrivalMs, this.#lastInOrderMs.get(packet.lane) ?? 0)
      this.#lastInOrderMs.set(packet.lane, arrivalMs)
    }
    const breaks = gate?.breaks ?? 0
    clock.setTimer(() => {
      if (gate !== null && gate.breaks !== breaks) this.#lose(packet, 'broken')
      else this.#arrive(flight)
    }, arrivalMs - now)
  }

  #arrive(flight: Flight): void {
    const { packet, seenFrom, bytes, ofStream } = flight
    if (ofStream !== null && !this.#streams.mayArrive(ofStream)) return
    const at = this.#endOf(flight)
    const listener = typeof at === 'string' ? this.#listeners.at(at) : undefined
    if (typeof at !== 'string') return this.#miss(flight, at.lost)
    if (listener === undefined) return this.#miss(flight, 'unreachable', this.#options.ways?.isMachine(at))
    this.#lose(packet, 'arrived')
    listener.deliver(this.#seenFrom(packet, seenFrom), bytes.slice(), DIRECT)
    if (ofStream !== null) this.#streams.arrived(ofStream, at, seenFrom)
  }

  /** A stream's is sent again, unless somebody says that nobody is there. */
  #miss({ packet, ofStream }: Flight, fate: string, isRefused = false): void {
    if (ofStream === null) return this.#lose(packet, fate)
    if (isRefused) {
      this.#lose(packet, 'reset')
      return this.#streams.refused(ofStream)
    }
    this.tell(packet, fate)
    this.#streams.failed(ofStream)
  }

  #endOf({ packet, seenFrom, gate }: Flight): ReturnType<SimWays['arrive']> {
    const { ways } = this.#options
    if (gate !== null) {
      const at = gate.address === packet.to ? gate.target : gateAndClient(packet.to)!.client
      return ways?.behindGate(at) ?? at
    }
    return ways === undefined ? packet.to : ways.arrive(packet, seenFrom)
  }

  /** The target of a gate sees its clients as `gate|client`, the client sees the gate. */
  #seenFrom({ from, to }: SimPacket, seenFrom: string): string {
    if (this.#gates.has(to)) return throughGate(to, from)
    return gateAndClient(to)?.gate ?? seenFrom
  }

  #count({ lane, bytes }: SimPacket): void {
    this.#underWay.set(lane, (this.#underWay.get(lane) ?? 0) + bytes.byteLength)
  }

  /** It is under way no more. */
  #lose(packet: SimPacket, fate: string): void {
    const left = (this.#underWay.get(packet.lane) ?? 0) - packet.bytes.byteLength
    if (left > 0) this.#underWay.set(packet.lane, left)
    else {
      this.#underWay.delete(packet.lane)
      this.#lastInOrderMs.delete(packet.lane)
    }
    this.tell(packet, fate)
  }

  #gateTo(to: string): readonly [gate: Gate | null, isToTarget: boolean] {
    const outward = this.#gates.get(to)
    if (outward !== undefined) return [outward, true]
    const inward = gateAndClient(to)
    return [inward === null ? null : (this.#gates.get(inward.gate) ?? null), false]
  }

  #break(gate: Gate): void {
    gate.breaks += 1
    for (const packet of gate.drop()) this.#lose(packet, 'broken')
    for (const client of gate.forgetClients()) {
      this.#listeners.whoWasAt(client)?.broken?.(gate.address)
      this.#listeners.whoWasAt(gate.target)?.broken?.(throughGate(gate.address, client))
    }
  }

  /** A line of the trace. For the ways of a world. */
  tell({ lane, bytes }: SimPacket, fate: string): void {
    this.#options.trace?.(`${this.#options.clock.monotonic().toFixed(3)} ${lane} ${bytes.byteLength} ${fate}`)
  }
}

function plainFlight(packet: SimPacket, gate: Gate | null): Flight {
  return { packet, seenFrom: packet.from, bytes: packet.bytes, gate, ofStream: null }
}
