/** A node of the demo: a core on loopback whose every event and message becomes a line of the time line. */
import { type Core, type CoreEvent, createCore, createIdentity, type NodeId } from '@postern/core'
import { inittransport_tcp } from '@postern/transport-tcp'
import { inittransport_udp } from '@postern/transport-udp'
import { inMs, type PostOffice, paint, paintTransport, type Timeline } from 'postern-stage'

const CHAT = 0x8001 // private range
const PATIENCE_MS = 1_000
const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8'] }

/** `open`: others can dial it; `outbound`: it only dials. Everybody has a mailbox. */
export interface DemoNodeOptions {
  readonly name: string
  readonly udp?: 'open' | 'outbound'
  readonly tcp?: 'open' | 'outbound'
  readonly office: PostOffice
  readonly timeline: Timeline
  /** A message arrived `ms` after it was sent. */
  readonly onArrived: (transport: string, ms: number) => void
}

export class DemoNode {
  readonly name: string
  readonly core: Core
  readonly #options: DemoNodeOptions
  readonly #names = new Map<NodeId, string>()
  readonly #states = new Map<NodeId, string>()
  /** Messages that are not worth a line each. */
  isQuiet = false
  #waiting: (() => void)[] = []

  private constructor(core: Core, options: DemoNodeOptions) {
    this.name = options.name
    this.core = core
    this.#options = options
    core.watch((event) => this.#told(event))
    core.on(CHAT, ({ peer, body, path, early }) => {
      const [sentMs = '0', words = ''] = new TextDecoder().decode(body).split('|')
      const ms = performance.now() - Number(sentMs)
      options.onArrived(path.transport, ms)
      const how = early ? paint('dim', 'inside the first message') : ''
      this.#say('←', peer, `${quoted(words)}  ${paintTransport(path.transport, 4)} ${inMs(ms)}  ${how}`)
      for (const heard of this.#waiting.splice(0)) heard()
    })
  }

  static async start(options: DemoNodeOptions): Promise<DemoNode> {
    const { name, udp, tcp, office } = options
    const core = await createCore({
      identity: createIdentity(),
      transports: {
        ...(udp && { udp: { init: inittransport_udp, ...LOOPBACK, ...(udp === 'outbound' && { advertise: 'none' }) } }),
        ...(tcp && { tcp: { init: inittransport_tcp, ...LOOPBACK, ...(tcp === 'outbound' && { listen: [] }) } }),
        smtp: office.mailFor(`${name}@demo.test`),
      },
    })
    return new DemoNode(core, options)
  }

  /** Takes the card of `other`, as two people would hand it over. */
  takeCardOf(other: DemoNode, says: string): void {
    const card = other.core.card()
    this.core.addCard(card)
    this.knows(other)
    this.#say('+', other.core.nodeId, `takes the card, ${card.length} characters: ${says}`)
    this.#states.set(other.core.nodeId, this.core.link(other.core.nodeId).state)
  }

  /** Only for the names in the lines: the nodes know each other by their ids. */
  knows(other: DemoNode): void {
    this.#names.set(other.core.nodeId, other.name)
  }

  /** True: handed on. */
  tell(other: DemoNode, words: string): boolean {
    const { nodeId } = other.core
    const sent = this.core.link(nodeId).send(CHAT, new TextEncoder().encode(`${performance.now()}|${words}`))
    if (this.core.link(nodeId).state !== 'up') {
      this.#say('→', nodeId, quoted(words).trimEnd())
      setImmediate(() => this.#noteState(nodeId)) // what is sent leaves at the end of the tick
    }
    return sent
  }

  /** Until the link to `other` is up. */
  async meets(other: DemoNode): Promise<void> {
    await this.core.link(other.core.nodeId).ready({ signal: AbortSignal.timeout(10_000) })
  }

  /** Until the next message was heard; gives up after a while, for any of them may be lost. */
  nextMessage(): Promise<void> {
    return new Promise((heard) => {
      const patience = setTimeout(heard, PATIENCE_MS)
      this.#waiting.push(() => {
        clearTimeout(patience)
        heard()
      })
    })
  }

  #told(event: CoreEvent): void {
    const { timeline } = this.#options
    if (event.kind === 'link-up' || event.kind === 'link-down') this.#noteState(event.peer, event.kind === 'link-up')
    else if (event.kind === 'dropped' && !this.isQuiet)
      timeline.say(this.name, `drops ${event.count} ${event.direction} (${event.transport}: ${event.reason})`)
    else if (event.kind === 'transport-disabled')
      timeline.say(this.name, `runs without ${event.transport}: ${event.reason.message}`)
  }

  /** A link that is down is not the one that a new `core.link` would make: it is told, not asked. */
  #noteState(peer: NodeId, isUp?: boolean): void {
    const before = this.#states.get(peer) ?? 'idle'
    const now = isUp === false ? 'closed' : this.core.link(peer).state
    this.#states.set(peer, now)
    if (now !== before) this.#say('↔', peer, paint('bold', `link: ${before} → ${now}`))
  }

  #say(sign: string, peer: NodeId, what: string): void {
    const name = this.#names.get(peer) ?? peer.slice(0, 8)
    if (!this.isQuiet || sign === '↔')
      this.#options.timeline.say(this.name, `${sign} ${name.padEnd(NAME_COLUMNS)} ${what}`)
  }
}

const NAME_COLUMNS = 6
const WORDS_COLUMNS = 16

function quoted(words: string): string {
  return `“${words}”`.padEnd(WORDS_COLUMNS)
}
