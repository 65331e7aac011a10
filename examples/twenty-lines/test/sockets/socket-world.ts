/** Cores on real sockets of this machine, each with the transports it is given, and a mail relay between them. Port 0 everywhere. */
import {
  type Clock,
  type Core,
  type CoreOptions,
  createCore,
  createIdentity,
  type Identity,
  type InitTransport,
  type Link,
  type PeerStore,
  type ReceivedMessage,
} from '@postern/core'
import { decodeInetAddress, encodeInetAddress } from '@postern/transport-api'
import { createRelay, inittransport_smtp } from '@postern/transport-smtp'
import { inittransport_tcp } from '@postern/transport-tcp'
import { inittransport_udp } from '@postern/transport-udp'
import { vi } from 'vitest'
import { UdpGate } from './udp-gate.js'

export const CHAT = 0x8001
const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8'] }
const POLL_MS = 2

/** `both`; `out`: nobody can reach it by this; `in`: it cannot send by it, not even an answer. */
export type Way = 'both' | 'out' | 'in'

export interface NodeOptions {
  readonly udp?: Way
  readonly tcp?: Way
  readonly smtp?: Way
  /** Its UDP address is that of a gate. */
  readonly gated?: boolean
  readonly store?: PeerStore
  readonly clock?: Clock
}

export interface SocketNode {
  readonly core: Core
  readonly received: ReceivedMessage[]
  /** `text (transport)`, with `early` where it was. */
  readonly heard: string[]
  /** Of its UDP address, where it was asked for. */
  readonly gate: UdpGate
  /** Where its sockets are. */
  readonly ports: { udp?: number; tcp?: number }
  link(peer: SocketNode): Link
}

interface Made {
  readonly options: NodeOptions
  readonly identity: Identity
  readonly mailbox: string
}

export class SocketWorld {
  readonly #made = new Map<SocketNode, Made>()
  /** By mailbox: where its mail is handed over. */
  readonly #mailPorts = new Map<string, number>()
  readonly #onEnd: (work: () => Promise<void>) => void
  #relayPort: Promise<number> | null = null
  /** As mail that takes hours: the relay has no way for it. */
  isMailStuck = false
  #nodes = 0

  /** `onEnd`: `onTestFinished` of the test, which also concurrent ones have. */
  constructor(onEnd: (work: () => Promise<void>) => void) {
    this.#onEnd = onEnd
  }

  async node(options: NodeOptions): Promise<SocketNode> {
    this.#nodes += 1
    const gate = await UdpGate.open()
    this.#onEnd(() => gate.close())
    return this.#open({ options, identity: createIdentity(), mailbox: `n${this.#nodes}@nodes.test` }, gate)
  }

  /** The same node once more, with nothing but its identity and `store`. Its socket is another; gates let nobody see that. */
  async restart(node: SocketNode, store: PeerStore): Promise<SocketNode> {
    const made = this.#made.get(node)!
    await node.core.close()
    const again = await this.#open({ ...made, options: { ...made.options, store } }, node.gate)
    for (const { gate } of this.#made.keys()) gate.clientMoved(node.ports.udp!, again.ports.udp!)
    return again
  }

  /** The store it was given. */
  storeOf(node: SocketNode): PeerStore {
    return this.#made.get(node)!.options.store!
  }

  /** `from` knows the card of `to`. */
  introduce(from: SocketNode, to: SocketNode): void {
    from.core.addCard(to.core.card())
  }

  async #open(made: Made, gate: UdpGate): Promise<SocketNode> {
    const { options, identity, mailbox } = made
    const ports: SocketNode['ports'] = {}
    const transports: Record<string, CoreOptions['transports'][string]> = {}
    if (options.udp) {
      const settings = { ...LOOPBACK, ...(options.udp === 'out' && { advertise: 'none' }) }
      const noted = (port: number): number => {
        ports.udp = port
        gate.targetPort = port
        return options.gated === true ? gate.port : port
      }
      transports.udp = { init: restricted(inittransport_udp, options.udp, noted), ...settings }
    }
    if (options.tcp) {
      const settings = { ...LOOPBACK, ...(options.tcp === 'out' && { listen: [] }) }
      const noted = (port: number): number => {
        ports.tcp = port
        return port
      }
      transports.tcp = { init: restricted(inittransport_tcp, options.tcp, noted), ...settings }
    }
    if (options.smtp) transports.smtp = await this.#mail(mailbox, options.smtp)
    const { store, clock } = options
    const core = await createCore({ identity, transports, ...(store && { store }), ...(clock && { env: { clock } }) })
    this.#onEnd(() => core.close())
    const broken = core.transports.find(({ reason }) => reason !== undefined)
    if (broken !== undefined) throw new Error(`${broken.name}: ${broken.reason?.message}`)
    core.card() // now the ports are known
    const [received, heard]: [ReceivedMessage[], string[]] = [[], []]
    core.on(CHAT, (message) => {
      const { body, path, early } = message
      received.push(message)
      heard.push(`${new TextDecoder().decode(body.subarray(0, 40))} (${path.transport}${early ? ', early' : ''})`)
    })
    const node = { core, received, heard, gate, ports, link: (peer: SocketNode) => core.link(peer.core.nodeId) }
    this.#made.set(node, made)
    return node
  }

  async #mail(address: string, way: Way): Promise<CoreOptions['transports'][string]> {
    this.#relayPort ??= this.#openRelay()
    const submit = `smtp://127.0.0.1:${await this.#relayPort}`
    const init: InitTransport = (core, env) => {
      const info = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
        if (event === 'mail.listening') this.#mailPorts.set(address, Number(fields.port))
      }
      return inittransport_smtp(core, { ...env, log: { ...env.log, info } })
    }
    return { init, address, submit, submitSecurity: 'none', ...(way === 'both' && { inbox: 'listen://127.0.0.1:0' }) }
  }

  async #openRelay(): Promise<number> {
    const relay = await createRelay({
      durability: 'memory',
      closeTimeoutMs: 100, // what a test leaves behind is for nobody
      routes: (mailbox: string) => {
        const port = this.#mailPorts.get(mailbox)
        return port === undefined || this.isMailStuck ? null : `smtp://127.0.0.1:${port}`
      },
    })
    this.#onEnd(() => relay.close())
    return relay.address.port
  }
}

/** `told`: is told the port that stands in an own HELO and says which one is to stand there. */
function restricted(init: InitTransport, way: Way, told: (port: number) => number): InitTransport {
  return async (core, env) => {
    const transport = (await init(core, env))!
    const drafts = transport.createHELO.bind(transport)
    const createHELO: typeof drafts = () =>
      drafts()?.map((draft) => {
        const { host, port } = decodeInetAddress(draft.senderAddress)!
        return { ...draft, senderAddress: encodeInetAddress(host, told(port)) }
      }) ?? null
    const deaf = {
      traits: { ...transport.traits, directions: { in: true, out: false } },
      associate: () => false,
      connect: () => Promise.reject(new Error('it only receives')),
    }
    return Object.assign(transport, { createHELO }, way === 'in' ? deaf : {})
  }
}

/** Waits until `holds`, at most `limitMs`, and fails with what `seen` says. */
export async function until(holds: () => boolean, limitMs = 10_000, seen: () => unknown = () => ''): Promise<void> {
  await vi.waitFor(
    () => {
      if (!holds()) throw new Error(`not within ${limitMs} ms ${JSON.stringify(seen())}`)
    },
    { timeout: limitMs, interval: POLL_MS },
  )
}

/** Both have a link to each other that is up. */
export async function linked(a: SocketNode, b: SocketNode, limitMs?: number): Promise<void> {
  await until(
    () => a.link(b).state === 'up' && b.link(a).state === 'up',
    limitMs,
    () => [a.link(b).state, b.link(a).state, a.core.counters(), b.core.counters()],
  )
}

export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words)
}
