/** Mail nodes on loopback with a recording core and a relay between them, all stopped after each test. */
import { silentLog, type TransportEnv } from '@postern/transport-api'
import { type RecordingNode, recordingNode } from '@postern/transport-testkit'
import { onTestFinished } from 'vitest'
import { createRelay, inittransport_smtp, type Relay } from '../src/index.js'

export interface Node extends RecordingNode {
  /** Where its listener stands. */
  readonly port: () => number
}

type Env = Partial<Pick<TransportEnv, 'clock' | 'random'>>

/** One relay that knows every mailbox whose node has started. */
export interface Post {
  readonly relay: Relay
  readonly ports: Map<string, number>
  /** Not started. `config` over an address, the relay and a listener of its own. */
  make(address: string, config?: Record<string, unknown>, env?: Env): Promise<Node>
  start(address: string, config?: Record<string, unknown>, env?: Env): Promise<Node>
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
  const make: Post['make'] = async (address, config = {}, env = {}) => {
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
    const log = { ...silentLog, info }
    const node = await recordingNode(inittransport_smtp, { name: 'smtp', settings, env: { ...env, log } })
    onTestFinished(() => node.transport.stopTransportServer())
    return { ...node, port: () => ports.get(address)! }
  }
  const start: Post['start'] = async (...parameters) => {
    const node = await make(...parameters)
    await node.transport.startTransportServer()
    return node
  }
  return { relay, ports, make, start }
}
