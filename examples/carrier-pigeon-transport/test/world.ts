/** Transports under test in a folder of their own, with a recording core; stopped and removed after each test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Helo } from '@postern/helo'
import type { TransportEnv } from '@postern/transport-api'
import { RecordingCore, type RecordingNode, recordingNode } from '@postern/transport-testkit'
import { onTestFinished } from 'vitest'
import { PIGEON_PROTOCOL } from '../src/constants.js'
import { inittransport_pigeon } from '../src/index.js'
import { encodeLoftPath } from '../src/loft-path.js'

/** An empty folder, absolute. */
export async function tempRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'postern-pigeon-test-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return root
}

/** Not started. */
export async function make(
  config: Record<string, unknown>,
  env: Partial<Omit<TransportEnv, 'config'>> = {},
): Promise<RecordingNode> {
  const settings = { pollMs: 1, ...config }
  const node = await recordingNode(inittransport_pigeon, { name: 'pigeon', settings, env })
  onTestFinished(() => node.transport.stopTransportServer())
  return node
}

export async function start(config: Record<string, unknown>): Promise<RecordingNode> {
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

/** The code and the message of what `work` rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<readonly [code: unknown, text: string]> {
  try {
    await work
    return ['none', 'no error']
  } catch (error) {
    return [(error as { code?: unknown }).code, String(error)]
  }
}
