/** Transports under test in a folder of their own, with a recording core; stopped and removed after each test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
import { PIGEON_PROTOCOL } from '../src/constants.js'
import { inittransport_pigeon } from '../src/index.js'
import { encodeLoftPath } from '../src/loft-path.js'

export interface Node {
  readonly core: RecordingCore
  readonly transport: Transport
  /** Its advertisement, signed. */
  helo(): Helo
}

/** An empty folder, absolute. */
export async function tempRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'postern-pigeon-test-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return root
}

/** Not started. */
export async function make(config: Record<string, unknown>, clock: Clock = systemClock): Promise<Node> {
  const core = new RecordingCore()
  const section = new ConfigSection('pigeon', { pollMs: 1, ...config })
  const env = { config: section, clock, random: systemRandom, log: silentLog }
  const transport = await inittransport_pigeon(core, env)
  if (transport === null) throw new Error('init gave null')
  onTestFinished(() => transport.stopTransportServer())
  return { core, transport, helo: () => core.helo(transport.createHELO()![0]!) }
}

export async function start(config: Record<string, unknown>): Promise<Node> {
  const node = await make(config)
  await node.transport.startTransportServer()
  return node
}

/** A HELO for a loft at which nobody may be. */
export function heloFor(path: string): Helo {
  const senderAddress = encodeLoftPath(path)
  const { byteLength: senderAddressSize } = senderAddress
  return new RecordingCore().helo({ protocol: PIGEON_PROTOCOL, mtu: 65_536, senderAddressSize, senderAddress })
}

export function message(octets: number): Message {
  return { msg: new Uint8Array(octets).fill(5), size: octets, isEncrypted: false, crc: 7 }
}

/** The code and the message of what `work` rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<readonly [code: unknown, text: string]> {
  try {
    await work
    return ['none', 'no error']
  } catch (error) {
    return [(error as { code?: unknown }).code, String(error)]
  }
}
