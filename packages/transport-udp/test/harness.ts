/** Transports under test on 127.0.0.1 with a recording core, stopped after each test. */

import { Socket } from 'node:dgram'
import type { Helo } from '@postern/helo'
import {
  type Clock,
  ConfigSection,
  type Logger,
  type Message,
  silentLog,
  systemClock,
  systemRandom,
  type Transport,
} from '@postern/transport-api'
import { RecordingCore } from '@postern/transport-testkit'
import { onTestFinished, vi } from 'vitest'
import { inittransport_udp } from '../src/index.js'

export interface Node {
  readonly core: RecordingCore
  readonly transport: Transport
  /** Its first advertisement, signed. */
  helo(): Helo
}

const LOOPBACK = { listen: ['127.0.0.1'], allow: ['127.0.0.0/8', '::1'] }

/** Not started. */
export async function make(
  config: Record<string, unknown> = {},
  clock: Clock = systemClock,
  log: Logger = silentLog,
): Promise<Node> {
  const core = new RecordingCore()
  const env = {
    config: new ConfigSection('udp', { ...LOOPBACK, ...config }),
    clock,
    random: systemRandom,
    log,
  }
  const transport = await inittransport_udp(core, env)
  if (transport === null) throw new Error('init gave null')
  onTestFinished(() => transport.stopTransportServer())
  return { core, transport, helo: () => core.helo(transport.createHELO()![0]!) }
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
