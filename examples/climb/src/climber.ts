/** A node that talks steadily: numbered messages to every peer it was told of or has heard from, and a note for whatever happens. */
import {
  type Core,
  type CoreEvent,
  type CoreOptions,
  createCore,
  createIdentity,
  type Explanation,
  type Identity,
  type NodeId,
  type PeerStore,
  type ReceivedMessage,
} from '@postern/core'
import type { Note } from './note.js'

const TALK = 0x8001 // private range
const NUMBER_OCTETS = 4
/** A short line of chat. */
const BODY_OCTETS = 60

export interface ClimberOptions {
  readonly transports: CoreOptions['transports']
  readonly everyMs: number
  readonly onNote: (note: Note) => void
  readonly identity?: Identity
  readonly store?: PeerStore
  /** How much was said to whom, so that numbers go on where an earlier one with the same identity ended. */
  readonly said?: Map<NodeId, number>
}

interface Talk {
  readonly timer: NodeJS.Timeout
  /** What was in use when we last looked. */
  via: string | null
}

export class Climber {
  readonly core: Core
  readonly #options: ClimberOptions
  readonly #said: Map<NodeId, number>
  readonly #talks = new Map<NodeId, Talk>()

  private constructor(core: Core, options: ClimberOptions) {
    this.core = core
    this.#options = options
    this.#said = options.said ?? new Map()
    core.on(TALK, (message) => this.#heard(message))
    core.watch((event) => this.#told(event))
  }

  /** Rejects when a transport could not start: the story needs them all. */
  static async start(options: ClimberOptions): Promise<Climber> {
    const { transports, identity = createIdentity(), store } = options
    const core = await createCore({ identity, transports, ...(store && { store }) })
    const broken = core.transports.find(({ reason }) => reason !== undefined)
    if (broken === undefined) return new Climber(core, options)
    await core.close()
    throw new Error(`${broken.name}: ${broken.reason?.message}`)
  }

  get nodeId(): NodeId {
    return this.core.nodeId
  }

  explain(peer: NodeId): Explanation {
    return this.core.explain(peer)
  }

  /** Takes a card and talks to its owner from now on. */
  befriend(card: string): void {
    this.#talkTo(this.core.addCard(card))
  }

  /** Says nothing more; still hears. */
  hush(): void {
    for (const { timer } of this.#talks.values()) clearInterval(timer)
  }

  async close(): Promise<void> {
    this.hush()
    await this.core.close()
  }

  #talkTo(peer: NodeId): void {
    if (this.#talks.has(peer)) return
    const timer = setInterval(() => this.#say(peer), this.#options.everyMs)
    this.#talks.set(peer, { timer, via: null })
    this.#say(peer)
  }

  #say(peer: NodeId): void {
    const number = this.#said.get(peer) ?? 0
    this.#said.set(peer, number + 1)
    const body = new Uint8Array(BODY_OCTETS)
    new DataView(body.buffer).setUint32(0, number)
    const via = this.#look(peer)
    const isAccepted = this.core.link(peer).send(TALK, body)
    this.#options.onNote({ kind: 'sent', peer, number, via, isAccepted })
  }

  #heard({ peer, body, path, early }: ReceivedMessage): void {
    if (body.byteLength < NUMBER_OCTETS) return
    const number = new DataView(body.buffer, body.byteOffset).getUint32(0)
    this.#options.onNote({ kind: 'heard', peer, number, by: path.transport, isEarly: early })
    this.#talkTo(peer)
    this.#look(peer)
  }

  #told(event: CoreEvent): void {
    if (event.kind === 'link-up' || event.kind === 'link-down') {
      this.#options.onNote({ kind: 'link', peer: event.peer, isUp: event.kind === 'link-up' })
      this.#look(event.peer)
    } else if (event.kind === 'dropped') {
      const { transport, direction, reason, count } = event
      this.#options.onNote({ kind: 'dropped', transport, direction, reason, count })
    } else if (event.kind === 'transport-disabled')
      this.#options.onNote({ kind: 'trouble', what: `${event.transport}: ${event.reason.message}` })
    else if (event.kind === 'transport-error')
      this.#options.onNote({ kind: 'trouble', what: `${event.transport}: ${event.message}` })
  }

  /** The transport in use; a note when it is another than before. */
  #look(peer: NodeId): string | null {
    const to = this.core.explain(peer).paths.find(({ isUsed }) => isUsed)?.transport ?? null
    const talk = this.#talks.get(peer)
    if (talk === undefined || talk.via === to) return to
    this.#options.onNote({ kind: 'path', peer, from: talk.via, to })
    talk.via = to
    return to
  }
}
