/** What lies between the addresses of a world: who is where, behind which box, whether it is there, and who stands on the path. */
import type { Clock } from '@postern/transport-api'
import type { LaneConditions } from '../lane-conditions.js'
import { hostOf } from '../sim-address.js'
import type { SimPacket } from '../sim-packet.js'
import type { SimLoss, SimPassage, SimWays } from '../sim-ways.js'
import type { LaneEnd, LaneRules } from './lane-rules.js'
import type { SimHost } from './sim-host.js'
import type { SimMail } from './sim-mail.js'
import type { SimNat } from './sim-nat.js'
import type { Taps } from './taps.js'

export interface WorldWaysOptions {
  readonly clock: Clock
  readonly rules: LaneRules
  readonly taps: Taps
  readonly mail: () => SimMail
}

/** Its machine has another address by now. */
const STALE: SimLoss = { lost: 'stale' }
const ASLEEP: SimLoss = { lost: 'asleep' }
const OFFLINE: SimLoss = { lost: 'offline' }
const UNREACHABLE: SimLoss = { lost: 'unreachable' }
/** A box does not let it in. */
const FILTERED: SimLoss = { lost: 'filtered' }
/** The box has forgotten the stream. */
const UNMAPPED: SimLoss = { lost: 'unmapped' }
const TAPPED: SimLoss = { lost: 'tapped' }

export class WorldWays implements SimWays {
  readonly #options: WorldWaysOptions
  /** By every address that they have had. */
  readonly #hosts = new Map<string, SimHost>()
  readonly #mailboxes = new Map<string, SimHost>()
  readonly #nats = new Map<string, SimNat>()

  constructor(options: WorldWaysOptions) {
    this.#options = options
  }

  addHost(host: SimHost): void {
    this.#hosts.set(host.address, host)
  }

  addNat(nat: SimNat): void {
    this.#nats.set(nat.name, nat)
  }

  addMailbox(host: SimHost, mailbox: string): void {
    const owner = this.#mailboxes.get(mailbox) ?? host
    if (owner !== host) throw new RangeError(`mailbox ${mailbox} is ${owner.name}'s`)
    this.#mailboxes.set(mailbox, host)
  }

  depart(packet: SimPacket): SimPassage | SimLoss {
    const { from, to, style } = packet
    const host = this.hostAt(from)
    let seenFrom = from
    if (host !== null) {
      if (style !== 'letter' && hostOf(from) !== host.address) return STALE
      const absence = absenceOf(host)
      if (absence !== null) return absence
      const outside = this.#outward(packet, host)
      if (outside === null) return UNMAPPED
      seenFrom = outside
    }
    const passage = { conditions: this.conditionsOf(packet), seenFrom, bytes: packet.bytes, lateMs: 0 }
    if (this.#options.taps.isEmpty) return passage
    const ends = { fromHost: host?.name ?? null, toHost: this.#nameAt(to) }
    const verdict = this.#options.taps.ask({ from: seenFrom, to, style, ...ends, bytes: packet.bytes })
    return verdict === 'drop' ? TAPPED : { ...passage, ...verdict }
  }

  arrive(packet: SimPacket, seenFrom: string): string | SimLoss {
    const { to } = packet
    const nat = this.#nats.get(hostOf(to))
    const at = nat === undefined ? to : nat.inward(to, seenFrom, packet)
    if (at === null) return FILTERED
    const host = this.hostAt(at)
    if (host === null) return at
    if (host.address !== hostOf(at)) return UNREACHABLE
    if (nat === undefined && host.nat !== null && this.#natOf(seenFrom) !== host.nat) return UNREACHABLE
    return absenceOf(host) ?? at
  }

  absence(address: string): SimLoss | null {
    const host = this.hostAt(address)
    return host === null ? null : absenceOf(host)
  }

  behindGate(address: string): string | SimLoss {
    const at = this.#insideOf(address)
    return this.absence(at) ?? at
  }

  isMachine(address: string): boolean {
    return this.hostAt(address) !== null
  }

  post(packet: SimPacket): void {
    this.#options.mail().post(packet)
  }

  clockOf(from: string): Clock {
    return this.hostAt(from)?.clock ?? this.#options.clock
  }

  whenAwake(address: string, act: () => void): void {
    const host = this.hostAt(address)
    if (host === null) act()
    else host.whenAwake(act)
  }

  attached(address: string): void {
    this.#options.mail().fetch(address)
  }

  conditionsOf(packet: SimPacket): LaneConditions {
    return this.#options.rules.conditionsOf(packet, () => [this.#nameAt(packet.from), this.#nameAt(packet.to)])
  }

  /** Whose address or mailbox it is or was; null: nobody's that the world knows, or a box's. */
  hostAt(address: string): SimHost | null {
    return this.#hosts.get(hostOf(address)) ?? this.#mailboxes.get(address) ?? null
  }

  /** What others take for the sender; null: it does not get out. */
  #outward(packet: SimPacket, { nat }: SimHost): string | null {
    const { from, to, style } = packet
    if (nat === null || style === 'letter' || this.#natOf(to) === nat) return from
    return nat.outward(from, to, packet)
  }

  /** The box of the machine that is there now. */
  #natOf(address: string): SimNat | null {
    const host = this.#hosts.get(hostOf(address))
    return host?.address === hostOf(address) ? host.nat : null
  }

  #nameAt(address: string): LaneEnd {
    return this.hostAt(this.#insideOf(address))?.name ?? null
  }

  /** Of an outside address of a box, whoever it lets in. */
  #insideOf(address: string): string {
    return this.#nats.get(hostOf(address))?.insideOf(address) ?? address
  }
}

function absenceOf(host: SimHost): SimLoss | null {
  if (host.isSuspended) return ASLEEP
  return host.isConnected ? null : OFFLINE
}
