/** Transports under test on 127.0.0.1 with a recording core, stopped after each test. */
import { connect, type Socket } from 'node:net'
import { decodeInetAddress, type Message, type TransportEnv } from '@postern/transport-api'
import { type RecordingNode, recordingNode } from '@postern/transport-testkit'
import { onTestFinished } from 'vitest'
import { FRAME_HEADER_OCTETS } from '../src/constants.js'
import { writeFrame } from '../src/framing.js'
import { inittransport_tcp } from '../src/index.js'

type Env = Partial<Omit<TransportEnv, 'config'>>

export const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8', '::1'] }

/** Not started. */
export async function make(config: Record<string, unknown> = {}, env: Env = {}): Promise<RecordingNode> {
  const node = await recordingNode(inittransport_tcp, { name: 'tcp', settings: { ...LOOPBACK, ...config }, env })
  onTestFinished(() => node.transport.stopTransportServer())
  return node
}

export async function start(config?: Record<string, unknown>, env?: Env): Promise<RecordingNode> {
  const node = await make(config, env)
  await node.transport.startTransportServer()
  return node
}

/** A bare connection to a node under test, destroyed after the test. Its errors are what the test provokes. */
export function rawConnection(node: RecordingNode): Socket {
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
