/** Transports under test on 127.0.0.1 with a recording core, stopped after each test. */

import { Socket } from 'node:dgram'
import type { TransportEnv } from '@postern/transport-api'
import { type RecordingNode, recordingNode } from '@postern/transport-testkit'
import { onTestFinished, vi } from 'vitest'
import { inittransport_udp } from '../src/index.js'

type Env = Partial<Omit<TransportEnv, 'config'>>

const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8', '::1'] }

/** Not started. */
export async function make(config: Record<string, unknown> = {}, env: Env = {}): Promise<RecordingNode> {
  const node = await recordingNode(inittransport_udp, { name: 'udp', settings: { ...LOOPBACK, ...config }, env })
  onTestFinished(() => node.transport.stopTransportServer())
  return node
}

/** The sockets of this test, in the order in which they are bound; `onBind` is called before each is. To be spoken through as the operating system would. */
export function boundSockets(onBind: (sockets: readonly Socket[]) => void = () => {}): readonly Socket[] {
  const sockets: Socket[] = []
  const bind = Socket.prototype.bind
  const spy = vi.spyOn(Socket.prototype, 'bind').mockImplementation(function (this: Socket, ...args: unknown[]) {
    sockets.push(this)
    onBind(sockets)
    return bind.apply(this, args as Parameters<Socket['bind']>)
  })
  onTestFinished(() => spy.mockRestore())
  return sockets
}

/** A datagram of no octets of msg. */
export const EMPTY_DATAGRAM: Buffer = Buffer.concat([Buffer.of(1, 0), Buffer.alloc(36)])

export async function start(config?: Record<string, unknown>, env?: Env): Promise<RecordingNode> {
  const node = await make(config, env)
  await node.transport.startTransportServer()
  return node
}
