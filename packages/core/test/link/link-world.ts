/** Cores on one simulated network and one virtual clock. A run is named by its seed. */
import { type Card, decodeCard } from '@postern/helo'
import {
  type LaneConditions,
  type SeededRandom,
  type SimNetwork,
  type SimStyle,
  SimWorld,
  simTransport,
  type VirtualClock,
} from '@postern/transport-testkit'
import { onTestFinished } from 'vitest'
import {
  type Core,
  type CoreOptions,
  createCore,
  importIdentity,
  type Link,
  type NodeId,
  type ReceivedMessage,
} from '../../src/index.js'

export const CHAT = 0x8001
const COST: Readonly<Record<SimStyle, number>> = { datagram: 100, stream: 200, letter: 10_000 }

export interface NodeOptions {
  /** What it has, by style; `out`: it sends by it, and nobody can reach it. */
  readonly has: Readonly<Partial<Record<SimStyle, 'both' | 'out'>>>
  readonly core?: Partial<CoreOptions>
  /** Of its transports: how often it keeps its paths alive. */
  readonly idleMs?: number
}

export interface WorldNode {
  readonly core: Core
  readonly name: string
  readonly received: ReceivedMessage[]
  /** `text (transport)`, with `early` where it was. */
  readonly heard: string[]
  link(peer: WorldNode): Link
}

export interface WorldPacket {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

export class LinkWorld {
  readonly random: SeededRandom
  readonly #world: SimWorld
  /** Is this packet lost? Asked for each, in the order of sending. */
  drop: (packet: WorldPacket) => boolean = () => false
  /** ms that this packet takes longer. */
  delay: (packet: WorldPacket) => number = () => 0
  readonly #made = new Map<WorldNode, { readonly options: NodeOptions; readonly identity: Uint8Array }>()
  #nodes = 0

  constructor(seed = 1, delayMs = 2, conditions: Partial<LaneConditions> = {}) {
    this.#world = new SimWorld({ seed, delayMs })
    this.random = this.#world.random
    const { mail } = this.#world
    mail.delayMs = delayMs
    for (const by of ['datagram', 'stream', 'letter'] as const) this.#world.shape({ by }, conditions)
    this.#world.tap((packet) => {
      if (this.drop(packet)) return 'drop'
      return { delayMs: this.delay(packet) }
    })
  }

  get clock(): VirtualClock {
    return this.#world.clock
  }

  get network(): SimNetwork {
    return this.#world.network
  }

  get trace(): readonly string[] {
    return this.#world.trace
  }

  async node(options: NodeOptions): Promise<WorldNode> {
    this.#nodes += 1
    return this.#open(`n${this.#nodes}`, options, this.random.bytes(32))
  }

  /** The same node once more, from its store, or with other options: from nothing else that it knew. */
  async restart(node: WorldNode, core?: Partial<CoreOptions>): Promise<WorldNode> {
    const { options, identity } = this.#made.get(node)!
    await node.core.close()
    return this.#open(node.name, { ...options, core: core ?? options.core ?? {} }, identity)
  }

  async #open(name: string, made: NodeOptions, identity: Uint8Array): Promise<WorldNode> {
    const { has, core: options = {}, idleMs } = made
    const transports = Object.fromEntries(
      Object.entries(has).map(([style, way]) => {
        const init = simTransport({
          network: this.network,
          address: `${name}-${style}`,
          style: style as SimStyle,
          isReachable: way === 'both',
          cost: COST[style as SimStyle],
          ...(idleMs !== undefined && { traits: { idleMs } }),
        })
        return [style, { init }]
      }),
    )
    const { clock } = this
    const random = this.random.fork()
    const core = await createCore({
      identity: importIdentity(identity),
      transports,
      env: { clock, random },
      ...options,
    })
    onTestFinished(() => core.close())
    const [received, heard]: [ReceivedMessage[], string[]] = [[], []]
    core.on(CHAT, (message) => {
      received.push(message)
      const { body, path, early } = message
      heard.push(`${new TextDecoder().decode(body.subarray(0, 40))} (${path.transport}${early ? ', early' : ''})`)
    })
    const link = (peer: WorldNode): Link => core.link(peer.core.nodeId)
    const node = { core, name, received, heard, link }
    this.#made.set(node, { options: made, identity })
    return node
  }

  /** `from` knows the card of `to`. */
  introduce(from: WorldNode, to: WorldNode): NodeId {
    return from.core.addCard(to.core.card())
  }

  /** The seed of its identity. */
  identityOf(node: WorldNode): Uint8Array {
    return this.#made.get(node)!.identity
  }

  /** Its card, read. */
  helosOf(node: WorldNode): Card {
    const card = decodeCard(node.core.card())
    if (!card.ok) throw new Error(card.fault)
    return card.value
  }

  /** Lets time pass until `holds`, at most `limitMs`. */
  until(holds: () => boolean, limitMs?: number): Promise<void> {
    return this.#world.until(holds, limitMs)
  }

  /** What `work` settles to, in at most `limitMs`. */
  settled<T>(work: Promise<T>, limitMs?: number): Promise<T> {
    return this.#world.settled(work, limitMs)
  }

  /** Lets so much time pass. */
  pass(ms: number): Promise<void> {
    return this.#world.pass(ms)
  }
}

export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words)
}
