/** Cores on machines of a simulated world, talking: who hears whom by what, what was sent and what became of it. Named by its seed. */
import { type HostInitOptions, type SimHost, type SimNat, type SimStyle, SimWorld } from '@postern/transport-testkit'
import { onTestFinished } from 'vitest'
import {
  type Core,
  type CoreEvent,
  type CoreOptions,
  createCore,
  formatExplanation,
  type InitTransport,
  importIdentity,
  type Link,
  type NodeId,
} from '../../src/index.js'

const TALK = 0x8002
const SECOND_MS = 1_000

export interface ActorOptions {
  readonly behind?: SimNat
  /** By style; `out`: it sends by it, and nobody can dial it. */
  readonly has: Readonly<Partial<Record<SimStyle, 'both' | 'out' | HostInitOptions>>>
  readonly core?: Partial<CoreOptions>
  /** Stands around each of its transports. */
  readonly around?: (init: InitTransport, style: SimStyle) => InitTransport
  /** Of its transports that ask for nothing else: how often they keep a path alive. */
  readonly idleMs?: number
}

/** One direction between two: numbers, from 0 on. */
export interface Talk {
  readonly from: Actor
  readonly to: Actor
  sent: number
  /** `send` said false. */
  refused: number
  readonly arrived: Map<number, { readonly atMs: number; readonly by: string }>
  readonly sentAtMs: number[]
}

export class Actor {
  readonly name: string
  readonly host: SimHost
  readonly options: ActorOptions
  readonly identity: Uint8Array
  readonly events: (CoreEvent & { readonly atMs: number })[] = []
  core!: Core

  constructor(name: string, host: SimHost, options: ActorOptions, identity: Uint8Array) {
    this.name = name
    this.host = host
    this.options = options
    this.identity = identity
  }

  get id(): NodeId {
    return this.core.nodeId
  }

  link(peer: Actor): Link {
    return this.core.link(peer.id)
  }

  /** What data to `peer` leaves by now; null: nothing. */
  leavesBy(peer: Actor): string | null {
    return this.core.explain(peer.id).decision?.transport ?? null
  }

  /** Every transport that data to `peer` left by, in order. */
  route(peer: Actor): (string | null)[] {
    const changes = this.events.filter((e) => e.kind === 'path-changed' && e.peer === peer.id)
    return changes.map((e) => (e.kind === 'path-changed' ? e.to : null)).filter((to, at, all) => to !== all[at - 1])
  }

  explain(peer: Actor): string {
    return `${this.name} of ${peer.name}: ${formatExplanation(this.core.explain(peer.id), this.host.clock.now())}`
  }
}

export class Scene {
  readonly world: SimWorld
  readonly actors: Actor[] = []
  readonly talks: Talk[] = []

  constructor(seed: number, options: { readonly delayMs?: number; readonly keepsTrace?: boolean } = {}) {
    this.world = new SimWorld({ seed, keepsTrace: false, ...options })
  }

  get nowMs(): number {
    return this.world.clock.monotonic()
  }

  async actor(name: string, options: ActorOptions): Promise<Actor> {
    const host = this.world.host(name, options.behind === undefined ? {} : { behind: options.behind })
    const actor = new Actor(name, host, options, this.world.random.bytes(32))
    this.actors.push(actor)
    await this.open(actor)
    return actor
  }

  /** Its core begins, once more after a close. */
  async open(actor: Actor): Promise<void> {
    const { has, core: options = {}, around = (init) => init, idleMs } = actor.options
    const transports = Object.fromEntries(
      Object.entries(has).map(([style, way]) => {
        const common: HostInitOptions = idleMs === undefined ? {} : { traits: { idleMs } }
        const how = typeof way === 'object' ? way : { ...common, reachable: way === 'both' }
        return [style, { init: around(actor.host.init(style as SimStyle, how), style as SimStyle) }]
      }),
    )
    const env = { clock: actor.host.clock, random: this.world.random.fork() }
    const core = await createCore({ identity: importIdentity(actor.identity), transports, env, ...options })
    actor.core = core
    onTestFinished(() => core.close())
    core.watch((event) => void actor.events.push({ ...event, atMs: this.nowMs }))
    core.on(TALK, ({ peer, body, path }) => {
      const number = new DataView(body.buffer, body.byteOffset).getUint32(0)
      const talk = this.talks.find((one) => one.to === actor && one.from.id === peer)
      talk?.arrived.set(number, talk.arrived.get(number) ?? { atMs: this.nowMs, by: path.transport })
    })
  }

  /** Each has the card of the other. */
  introduce(a: Actor, b: Actor): void {
    a.core.addCard(b.core.card())
    b.core.addCard(a.core.card())
  }

  talk(from: Actor, to: Actor): Talk {
    const talk: Talk = { from, to, sent: 0, refused: 0, arrived: new Map(), sentAtMs: [] }
    this.talks.push(talk)
    return talk
  }

  say(talk: Talk, octets = 40): void {
    const body = new Uint8Array(Math.max(4, octets))
    new DataView(body.buffer).setUint32(0, talk.sent)
    talk.sentAtMs.push(this.nowMs)
    talk.sent += 1
    if (!talk.from.link(talk.to).send(TALK, body)) talk.refused += 1
  }

  /** All say something every so often, for so long. */
  async chatter(forMs: number, { everyMs = 100, octets = 40 } = {}): Promise<void> {
    const end = this.nowMs + forMs
    while (this.nowMs < end) {
      for (const talk of this.talks) this.say(talk, octets)
      await this.world.pass(Math.min(everyMs, end - this.nowMs))
    }
  }

  /** All say something until `holds`. */
  async chatterUntil(holds: () => boolean, limitMs: number, { everyMs = 100, octets = 40 } = {}): Promise<number> {
    const start = this.nowMs
    while (!holds()) {
      if (this.nowMs - start >= limitMs) throw new Error(`not within ${limitMs} ms\n${this.describe()}`)
      for (const talk of this.talks) this.say(talk, octets)
      await this.world.pass(everyMs)
    }
    return this.nowMs - start
  }

  /** For the message of a test that failed. */
  describe(): string {
    return this.talks.map(({ from, to }) => from.explain(to)).join('\n')
  }
}

/** Everything that `send` took and that has not arrived is counted: dropped on purpose, or left and unconfirmed. */
export function uncounted(talk: Talk): number {
  const counters = talk.from.core.counters()
  const there = talk.to.core.counters()
  const droppedOut = sumOf(counters, 'links.dropped.out.')
  const droppedIn = sumOf(there, 'links.dropped.in.')
  const missing = talk.sent - talk.refused - talk.arrived.size
  return missing - (counters['links.lost'] ?? 0) - droppedOut - droppedIn
}

/** Between two arrivals. */
export function longestGapMs({ arrived }: Talk, fromMs = 0): number {
  const times = [...arrived.values()].map(({ atMs }) => atMs).filter((ms) => ms >= fromMs)
  times.sort((a, b) => a - b)
  return Math.max(0, ...times.slice(1).map((ms, at) => ms - times[at]!))
}

/** By which transports the last ones arrived. */
export function lastBy({ arrived }: Talk, count = 10): string[] {
  return [...new Set([...arrived.values()].slice(-count).map(({ by }) => by))]
}

function sumOf(counters: Readonly<Record<string, number>>, prefix: string): number {
  return Object.entries(counters).reduce((sum, [name, count]) => (name.startsWith(prefix) ? sum + count : sum), 0)
}

export const seconds = (count: number): number => count * SECOND_MS
export const minutes = (count: number): number => 60 * SECOND_MS * count
export const hours = (count: number): number => 3_600 * SECOND_MS * count
