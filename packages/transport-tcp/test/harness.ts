/** Transports under test on 127.0.0.1 with a recording core, stopped after each test. */
import { connect, type Socket } from 'node:net'
import type { Helo } from '@postern/helo'
import {
  type Clock,
  ConfigSection,
  decodeInetAddress,
  type Message,
  silentLog,
  systemClock,
  systemRandom,
  type Transport,
} from '@postern/transport-api'
import { RecordingCore } from '@postern/transport-testkit'
import { onTestFinished } from 'vitest'
import { FRAME_HEADER_OCTETS } from '../src/constants.js'
import { writeFrame } from '../src/framing.js'
import { inittransport_tcp } from '../src/index.js'

export interface Node {
  readonly core: RecordingCore
  readonly transport: Transport
  /** Its first advertisement, signed. */
  helo(): Helo
}

export const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8', '::1'] }

/** Not started. */
export async function make(config: Record<string, unknown> = {}, clock: Clock = systemClock): Promise<Node> {
  const core = new RecordingCore()
  const env = {
    config: new ConfigSection('tcp', { ...LOOPBACK, ...config }),
    clock,
    random: systemRandom,
    log: silentLog,
  }
  const transport = await inittransport_tcp(core, env)
  if (transport === null) throw new Error('init gave null')
  onTestFinished(() => transport.stopTransportServer())
  return { core, transport, helo: () => core.helo(transport.createHELO()![0]!) }
}

export async function start(config?: Record<string, unknown>, clock?: Clock): Promise<Node> {
  const node = await make(config, clock)
  await node.transport.startTransportServer()
  return node
}

export function message(octets: number): Message {
  const msg = Uint8Array.from({ length: octets }, (_, at) => at % 251)
  return { msg, size: octets, isEncrypted: false, crc: 7 }
}

export const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

/** A bare connection to a node under test, destroyed after the test. Its errors are what the test provokes. */
export function rawConnection(node: Node): Socket {
  const { host, port } = decodeInetAddress(node.helo().senderAddress)!
  const socket = connect({ host, port }).on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Resolves when `event` comes; unlike node's own `once` an error of the socket in between is no failure. */
export function eventually(socket: Socket, event: 'connect' | 'data' | 'close'): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()))
}

export function encodeFrame(message: Message): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_OCTETS + message.size)
  writeFrame(frame, 0, message)
  return frame
}
