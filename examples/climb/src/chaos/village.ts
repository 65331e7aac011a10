/**
 * Nodes that all know each other, on one machine: each at a loopback address in a /24 of its own, as budgets count them; between any
 * two a road for each direction of dialling; one post office. Linux answers on all of 127/8, other systems may not.
 */
import {
  createIdentity,
  createMemoryStore,
  type Identity,
  type InitTransport,
  type NodeId,
  type PeerStore,
} from '@postern/core'
import { decodeInetAddress, encodeInetAddress, parseInetAddress, type TransportEvent } from '@postern/transport-api'
import { inittransport_tcp } from '@postern/transport-tcp'
import type { SeededRandom } from '@postern/transport-testkit'
import { inittransport_udp } from '@postern/transport-udp'
import { openPostOffice, type PostOffice } from 'postern-stage'
import { Climber } from '../climber.js'
import type { Note } from '../note.js'
import { type ReservedPort, reservePort } from '../reserve-port.js'
import { type FastWay, Road } from '../road.js'

export interface VillageOptions {
  readonly nodes: number
  readonly random: SeededRandom
  readonly everyMs: number
  readonly onNote: (node: number, note: Note) => void
}

interface House {
  readonly host: string
  /** Where the roads that it dials by and is dialled by begin and end: they would take ports that are its own. */
  readonly gate: string
  readonly port: number
  readonly reserved: ReservedPort
  readonly identity: Identity
  readonly store: PeerStore
  readonly said: Map<NodeId, number>
  /** null: it is down. */
  climber: Climber | null
  /** The last one that was made. */
  card: string
}

export class Village implements AsyncDisposable {
  readonly #options: VillageOptions
  readonly #office: PostOffice
  readonly #houses: House[] = []
  /** By `FROM TO`: the road by which one dials the other. */
  readonly #roads = new Map<string, Road>()

  private constructor(options: VillageOptions, office: PostOffice) {
    this.#options = options
    this.#office = office
  }

  /** All are up, and nobody knows anybody yet. */
  static async found(options: VillageOptions): Promise<Village> {
    const village = new Village(options, await openPostOffice())
    const { nodes, random } = options
    for (let node = 0; node < nodes; node += 1) {
      const host = `127.0.${node + 1}.1`
      const [identity, store] = [createIdentity(), createMemoryStore()]
      const reserved = await reservePort(host)
      const [gate, { port }] = [`127.0.${node + 1}.2`, reserved]
      village.#houses.push({ host, gate, port, reserved, identity, store, said: new Map(), climber: null, card: '' })
    }
    for (const [from, dialler] of village.#houses.entries()) {
      for (const [to, target] of village.#houses.entries()) {
        if (from === to) continue
        const road = await Road.open({ target, random: random.fork(), host: target.gate, from: dialler.gate })
        village.#roads.set(`${from} ${to}`, road)
      }
    }
    for (let node = 0; node < nodes; node += 1) await village.#open(node)
    return village
  }

  nodeIdOf(node: number): NodeId {
    return this.#houses[node]!.identity.nodeId
  }

  /** null: it is down. */
  climberOf(node: number): Climber | null {
    return this.#houses[node]!.climber
  }

  get mails(): Readonly<Record<string, number>> {
    return this.#office.counters()
  }

  roadOf(from: number, to: number): Road {
    return this.#roads.get(`${from} ${to}`)!
  }

  /** Everybody takes the cards of all others, and begins to talk. */
  introduce(): void {
    for (const node of this.#houses.keys()) this.#befriendAll(node)
  }

  async closeNode(node: number): Promise<void> {
    const house = this.#houses[node]!
    const { climber } = house
    house.climber = null
    await climber?.close()
  }

  /** As it was: the same identity, store and addresses. It is given the cards again, as a program keeps them. */
  async reopenNode(node: number): Promise<void> {
    await this.#open(node)
    this.#befriendAll(node)
  }

  shutOffice(): Promise<void> {
    return this.#office.shut()
  }

  reopenOffice(): Promise<void> {
    return this.#office.reopen()
  }

  hush(): void {
    for (const { climber } of this.#houses) climber?.hush()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#houses.keys()].map((node) => this.closeNode(node)))
    await Promise.all(this.#houses.map(({ reserved }) => reserved.release()))
    await Promise.all([...this.#roads.values()].map((road) => road.close()))
    await this.#office.close()
  }

  async #open(node: number): Promise<void> {
    const house = this.#houses[node]!
    const { host, port, reserved, identity, store, said } = house
    await reserved.release()
    const settings = { listen: [host], port, allow: ['127.0.0.0/8'] }
    house.climber = await Climber.start({
      identity,
      store,
      said,
      everyMs: this.#options.everyMs,
      onNote: (note) => this.#options.onNote(node, note),
      transports: {
        udp: { init: this.#byRoad(node, 'udp', inittransport_udp), ...settings },
        tcp: { init: this.#byRoad(node, 'tcp', inittransport_tcp), ...settings },
        // A domain each: core counts first mails by domain.
        smtp: this.#office.mailFor(`post@n${node}.test`),
      },
    })
    house.card = house.climber.core.card()
  }

  #befriendAll(node: number): void {
    for (const [other, { card }] of this.#houses.entries()) {
      if (other !== node) this.#houses[node]!.climber?.befriend(card)
    }
  }

  /** What it dials leads to the road there; what core hears is of the addresses that it knows. */
  #byRoad(node: number, way: FastWay, init: InitTransport): InitTransport {
    const detours = this.#houses.flatMap(({ host, port }, to) => {
      const road = this.#roads.get(`${node} ${to}`)
      if (road === undefined) return []
      const entry = parseInetAddress(road.addressOf(way))!
      return [{ host, port, entry: { host: entry.host, port: entry.port ?? 0 } }]
    })
    const isAt = (bytes: Uint8Array, at: { readonly host: string; readonly port: number }): boolean => {
      const address = decodeInetAddress(bytes)
      return address?.host === at.host && address.port === at.port
    }
    const honest = (event: TransportEvent): TransportEvent => {
      if (event.kind !== 'address-failed') return event
      const detour = detours.find(({ entry }) => isAt(event.senderAddress, entry))
      return detour === undefined ? event : { ...event, senderAddress: encodeInetAddress(detour.host, detour.port) }
    }
    return async (core, env) => {
      const { version, myIdentity } = core
      const face = {
        version,
        myIdentity,
        receive: core.receive.bind(core),
        event: (e: TransportEvent) => core.event(honest(e)),
      }
      const transport = await init(face, env)
      if (transport === null) return null
      const connect = transport.connect.bind(transport)
      return Object.assign(transport, {
        connect: (helo: Parameters<typeof connect>[0], options: Parameters<typeof connect>[1]) => {
          const detour = detours.find((one) => isAt(helo.senderAddress, one))
          const senderAddress =
            detour === undefined ? helo.senderAddress : encodeInetAddress(detour.entry.host, detour.entry.port)
          return connect({ ...helo, senderAddress }, options)
        },
      })
    }
  }
}
