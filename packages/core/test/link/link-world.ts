/** Cores on one simulated network and one virtual clock. A run is named by its seed. */
import { type Card, decodeCard } from '@postern/helo'
import {
  type LaneConditions,
  SeededRandom,
  SimNetwork,
  type SimNetworkOptions,
  type SimSendOptions,
  type SimStyle,
  simTransport,
  VirtualClock,
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
const TURNS = 40

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

/** Asks the world what becomes of each packet. */
class FaultyNetwork extends SimNetwork {
  readonly #world: LinkWorld

  constructor(world: LinkWorld, options: SimNetworkOptions) {
    super(options)
    this.#world = world
  }

  override send(from: string, to: string, bytes: Uint8Array, options: SimSendOptions): void {
    const packet = { from, to, bytes }
    if (this.#world.drop(packet)) return
    const lateMs = this.#world.delay(packet)
    if (lateMs === 0) return super.send(from, to, bytes, options)
    this.#world.clock.setTimer(() => super.send(from, to, bytes, options), lateMs)
  }
}

export class LinkWorld {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly trace: string[] = []
  /** Is this packet lost? Asked for each, in the order of sending. */
  drop: (packet: WorldPacket) => boolean = () => false
  /** ms that this packet takes longer. */
  delay: (packet: WorldPacket) => number = () => 0
  readonly #made = new Map<WorldNode, { readonly options: NodeOptions; readonly identity: Uint8Array }>()
  #nodes = 0

  constructor(seed = 1, delayMs = 2, conditions: Partial<LaneConditions> = {}) {
    this.random = new SeededRandom(seed)
    this.network = new FaultyNetwork(this, {
      clock: this.clock,
      random: this.random.fork(),
      conditions: { delayMs, ...conditions },
      trace: (line) => void this.trace.push(line),
    })
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
  async until(holds: () => boolean, limitMs = 60_000): Promise<void> {
    const end = this.clock.monotonic() + limitMs
    await turns()
    while (!holds()) {
      if (this.clock.monotonic() >= end) throw new Error(`not within ${limitMs} ms`)
      this.clock.advanceToNext(Math.min(50, end - this.clock.monotonic()))
      await turns()
    }
  }

  /** What `work` settles to, in at most `limitMs`. */
  async settled<T>(work: Promise<T>, limitMs?: number): Promise<T> {
    let isDone = false
    const done = (): void => {
      isDone = true
    }
    work.then(done, done)
    await this.until(() => isDone, limitMs)
    return work
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.monotonic() + ms
    await turns()
    while (this.clock.monotonic() < end) {
      this.clock.advanceToNext(Math.min(Math.max(50, ms / 1_000), end - this.clock.monotonic()))
      await turns()
    }
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve()
}

export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words)
}
