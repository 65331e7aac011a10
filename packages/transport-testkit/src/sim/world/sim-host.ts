/**
 * A machine: a clock, an address, perhaps a box before it, and the transports on it. It can move, sleep and lose its cable. What
 * becomes of packets then the ways of its world know.
 */
import type { ProtocolNumber } from '@postern/helo'
import type { Clock, InitTransport, TransportTraits } from '@postern/transport-api'
import type { SimNetwork } from '../sim-network.js'
import { fixedSeat, type SimSeat } from '../sim-seat.js'
import type { SimStyle } from '../sim-style.js'
import { simTransport } from '../sim-transport.js'
import { HostClock } from './host-clock.js'
import type { SimNat } from './sim-nat.js'

export interface HostInitOptions {
  /** False: it sends, refuses whoever dials it, and advertises nothing. True when left out. */
  readonly reachable?: boolean
  /**
   * Behind a box a transport advertises nothing: nobody can reach it. True: its owner forwards a port there, and it advertises that;
   * whoever sends to it gets in.
   */
  readonly advertise?: boolean
  readonly cost?: number
  readonly mtu?: number
  readonly traits?: Partial<TransportTraits>
  readonly protocolNumber?: ProtocolNumber
  /** Of letters; `name@mail` when left out. */
  readonly mailbox?: string
  /** What stands behind the colon of its address; the style when left out. A machine with two of one style needs two. */
  readonly port?: string
  /** What it takes to notice that the machine has moved. */
  readonly noticeMs?: number
}

export interface MoveOptions {
  /** From now on it is behind that box, or behind none; where it was when left out. */
  readonly behind?: SimNat | null
  /** What its transports take to notice, this time. */
  readonly noticeMs?: number
}

/** What a machine needs of its world. */
export interface HostWorld {
  readonly clock: Clock
  readonly network: SimNetwork
  /** It has this mailbox. */
  owns(host: SimHost, mailbox: string): void
  /** It has another address, or is behind another box. */
  moved(host: SimHost): void
  note(what: string): void
}

export class SimHost {
  readonly name: string
  readonly #world: HostWorld
  readonly #clock: HostClock
  readonly #ports = new Map<string, SimStyle>()
  #address: string
  #nat: SimNat | null
  #places = 1
  #isConnected = true
  /** Of the last move; null: each transport has its own. */
  #noticeMs: number | null = null
  #waiting: { readonly isMet: () => boolean; readonly act: () => void }[] = []

  /** @internal Made by `SimWorld.host`. */
  constructor(name: string, world: HostWorld, nat: SimNat | null) {
    this.name = name
    this.#world = world
    this.#clock = new HostClock(world.clock)
    this.#address = name
    this.#nat = nat
  }

  /** Its own: it stands still while the machine is suspended. For the core and the applications on it. */
  get clock(): Clock {
    return this.#clock
  }

  /** Of the machine; a transport on it is at `address:style`. */
  get address(): string {
    return this.#address
  }

  /** The box it is behind. */
  get nat(): SimNat | null {
    return this.#nat
  }

  get isSuspended(): boolean {
    return this.#clock.isAsleep
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Something can come in and go out. */
  get isUp(): boolean {
    return this.#isConnected && !this.#clock.isAsleep
  }

  /** What `inittransport_XXX` would be. The transport runs by the clock of this machine, whatever clock its core has. */
  init(style: SimStyle, options: HostInitOptions = {}): InitTransport {
    const {
      reachable: isReachable = true,
      advertise: isForwarded = false,
      mailbox,
      port,
      noticeMs = 0,
      ...facts
    } = options
    const seat =
      style === 'letter'
        ? this.#mailbox(mailbox ?? `${this.name}@mail`)
        : this.#seat(style, port ?? style, isForwarded, noticeMs)
    const init = simTransport({ network: this.#world.network, address: seat, style, isReachable, ...facts })
    return (core, env) => init(core, { ...env, clock: this.#clock })
  }

  /**
   * Roams: it has a new address from now on, and transports notice (`advertisement-changed`). What is sent to the old one arrives
   * nowhere; streams of the old one are told nothing, stall, and break when whoever still sends over them gives up.
   */
  move({ behind = this.#nat, noticeMs }: MoveOptions = {}): void {
    this.#noticeMs = noticeMs ?? null
    const before = this.#address
    this.#places += 1
    this.#address = `${this.name}.${this.#places}`
    this.#nat = behind
    this.#world.note(`${before} moves to ${this.#address}${behind === null ? '' : ` behind ${behind.name}`}`)
    this.#world.moved(this)
    for (const port of this.#ports.keys()) this.#world.network.move(`${before}:${port}`, `${this.#address}:${port}`)
  }

  /** The lid is closed: nothing comes in, nothing goes out, its clock and all timers stand still. */
  suspend(): void {
    if (this.isSuspended) return
    this.#clock.suspend()
    this.#world.note(`${this.name} is suspended`)
  }

  /** Its timers go on where they were; the time of day jumps on. */
  resume(): void {
    if (!this.isSuspended) return
    this.#clock.resume()
    this.#world.note(`${this.name} is resumed`)
    this.#goOn()
  }

  /** The cable is out. Nobody on the machine is told. */
  disconnect(): void {
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#world.note(`${this.name} is disconnected`)
  }

  connect(): void {
    if (this.#isConnected) return
    this.#isConnected = true
    this.#world.note(`${this.name} is connected`)
    this.#goOn()
  }

  /** @internal At once, or when it is no longer suspended. */
  whenAwake(act: () => void): void {
    this.#when(() => !this.isSuspended, act)
  }

  /** @internal At once, or when something can come in and go out again. */
  whenUp(act: () => void): void {
    this.#when(() => this.isUp, act)
  }

  describe(): string {
    const state = this.isSuspended ? ' suspended' : this.#isConnected ? '' : ' disconnected'
    return `${this.name} at ${this.#address}${this.#nat === null ? '' : ` behind ${this.#nat.name}`}${state}`
  }

  #when(isMet: () => boolean, act: () => void): void {
    if (isMet()) act()
    else this.#waiting.push({ isMet, act })
  }

  #goOn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { isMet, act } of waiting) this.#when(isMet, act)
  }

  #mailbox(mailbox: string): SimSeat {
    this.#world.owns(this, mailbox)
    return fixedSeat(mailbox)
  }

  #seat(style: SimStyle, port: string, isForwarded: boolean, noticeMs: number): SimSeat {
    this.#ports.set(port, style)
    const address = (): string => `${this.#address}:${port}`
    const outside = (nat: SimNat): string | null => (isForwarded ? nat.forward(address(), style) : null)
    const ofMove = (): number => this.#noticeMs ?? noticeMs
    return {
      address,
      advertised: () => (this.#nat === null ? address() : outside(this.#nat)),
      get noticeMs() {
        return ofMove()
      },
    }
  }
}
