/** A transport on a simulated machine, with a core that only records: for the tests of the world and of those who do harm in it. */
import type { Helo } from '@postern/helo'
import type { InitTransport, Message, TSession } from '@postern/transport-api'
import {
  type HostInitOptions,
  type RecordingNode,
  recordingNode,
  SeededRandom,
  type SimHost,
  type SimStyle,
  type SimWorld,
} from '@postern/transport-testkit'

export interface SimNodeOptions extends HostInitOptions {
  readonly around?: (init: InitTransport) => InitTransport
}

export class SimNode {
  readonly #world: SimWorld
  readonly #node: RecordingNode
  #helo: Helo | null = null

  private constructor(world: SimWorld, node: RecordingNode) {
    this.#world = world
    this.#node = node
  }

  static async open(
    world: SimWorld,
    host: SimHost,
    style: SimStyle,
    { around = (init) => init, ...options }: SimNodeOptions = {},
  ): Promise<SimNode> {
    const env = { clock: host.clock, random: new SeededRandom(1) }
    const node = await recordingNode(around(host.init(style, options)), { name: 'simulated', env })
    await node.transport.startTransportServer()
    return new SimNode(world, node)
  }

  get transport(): RecordingNode['transport'] {
    return this.#node.transport
  }

  get core(): RecordingNode['core'] {
    return this.#node.core
  }

  /** Under which it can be reached, as it says. */
  get addresses(): readonly string[] {
    return (this.transport.createHELO() ?? []).map(({ senderAddress }) => new TextDecoder().decode(senderAddress))
  }

  /** The octets of each message, in the order in which they came. */
  get heard(): readonly string[] {
    return this.core.received.map(({ msg }) => msg.join())
  }

  /** As `source: octets`. */
  get heardFrom(): readonly string[] {
    return this.core.received.map(({ tsession, msg }) => `${sourceOf(tsession)}: ${msg.join()}`)
  }

  get ended(): readonly string[] {
    return this.core.events.flatMap((e) => (e.kind === 'session-ended' ? [e.reason] : []))
  }

  /** How often it said so. */
  told(kind: 'advertisement-changed' | 'came-through-list'): number {
    return this.core.events.filter((e) => e.kind === kind).length
  }

  dial(address: string): Promise<TSession> {
    return this.#world.settled(this.transport.connect(this.heloFor(address)))
  }

  send(session: TSession, ...octets: number[]): boolean {
    return this.transport.send(session, message(...octets))
  }

  /** Over a session of its own. */
  async sendTo(address: string, ...octets: number[]): Promise<void> {
    const session = await this.dial(address)
    this.send(session, ...octets)
  }

  /** The session over which the last message came. */
  get lastSession(): TSession {
    return this.core.received.at(-1)!.tsession!
  }

  /** For a transport: its signature is of another address, as signing takes longer than all the rest. */
  heloFor(address: string): Helo {
    const senderAddress = new TextEncoder().encode(address)
    const { protocolNumber: protocol, mtu } = this.transport
    this.#helo ??= this.core.helo({ protocol, mtu, senderAddressSize: senderAddress.byteLength, senderAddress })
    return { ...this.#helo, senderAddress, senderAddressSize: senderAddress.byteLength }
  }
}

export function message(...octets: number[]): Message {
  return { msg: Uint8Array.from(octets), size: octets.length, isEncrypted: false, crc: 0 }
}

function sourceOf(tsession: TSession | null): string {
  return tsession === null ? 'nobody' : new TextDecoder().decode(tsession.source)
}
