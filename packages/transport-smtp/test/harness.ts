/** Mail nodes on loopback with a recording core and a relay between them, all stopped after each test. */
import type { Helo } from '@postern/helo'
import {
  type Clock,
  ConfigSection,
  type Message,
  silentLog,
  systemClock,
  systemRandom,
  type Transport,
} from '@postern/transport-api'
import { RecordingCore } from '@postern/transport-testkit'
import { onTestFinished } from 'vitest'
import { createRelay, inittransport_smtp, type Relay } from '../src/index.js'

export interface Node {
  readonly core: RecordingCore
  readonly transport: Transport
  /** Where its listener stands. */
  readonly port: () => number
  helo(): Helo
}

/** One relay that knows every mailbox whose node has started. */
export interface Post {
  readonly relay: Relay
  readonly ports: Map<string, number>
  /** Not started. `config` over an address, the relay and a listener of its own. */
  make(address: string, config?: Record<string, unknown>, clock?: Clock): Promise<Node>
  start(address: string, config?: Record<string, unknown>, clock?: Clock): Promise<Node>
}

export async function openPost(): Promise<Post> {
  const ports = new Map<string, number>()
  const relay = await createRelay({
    durability: 'memory',
    routes: (mailbox: string) => {
      const port = ports.get(mailbox)
      return port === undefined ? null : `smtp://127.0.0.1:${port}`
    },
  })
  onTestFinished(() => relay.close())
  const make = async (
    address: string,
    config: Record<string, unknown> = {},
    clock: Clock = systemClock,
  ): Promise<Node> => {
    const core = new RecordingCore()
    const info = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (event === 'mail.listening') ports.set(address, Number(fields.port))
    }
    const settings = {
      address,
      submit: `smtp://127.0.0.1:${relay.address.port}`,
      submitSecurity: 'none',
      inbox: 'listen://127.0.0.1:0',
      ...config,
    }
    const env = {
      config: new ConfigSection('smtp', settings),
      clock,
      random: systemRandom,
      log: { ...silentLog, info },
    }
    const transport = await inittransport_smtp(core, env)
    if (transport === null) throw new Error('init gave null')
    onTestFinished(() => transport.stopTransportServer())
    return { core, transport, port: () => ports.get(address)!, helo: () => core.helo(transport.createHELO()![0]!) }
  }
  const start: Post['start'] = async (...parameters) => {
    const node = await make(...parameters)
    await node.transport.startTransportServer()
    return node
  }
  return { relay, ports, make, start }
}

export function message(octets: number): Message {
  const msg = Uint8Array.from({ length: octets }, (_, at) => at % 251)
  return { msg, size: octets, isEncrypted: false, crc: 7 }
}
