/** Relays under test and places for them, gone after the test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { onTestFinished } from 'vitest'
import { createRelay, type Relay, type RelayOptions } from '../../src/relay/create-relay.js'

export const RAW = 'Subject: hello\r\nX-mailer: GNUnet\r\n\r\n.starts with a dot\r\n\r\n'
export const TO = 'b@route.example'

export async function spoolDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-relay-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** In memory unless `changes` say otherwise; everything at route.example goes to `port`. */
export async function startRelay(port: number, changes: Partial<RelayOptions> = {}): Promise<Relay> {
  const relay = await createRelay({
    durability: 'memory',
    routes: { '@route.example': `smtp://127.0.0.1:${port}` },
    closeTimeoutMs: 200,
    sendTimeoutMs: 300,
    ...changes,
  } as RelayOptions)
  onTestFinished(() => relay.close())
  return relay
}

export interface SubmitOptions {
  readonly raw?: string
  readonly to?: string
  readonly from?: string
}

/** Through a connection of its own. Rejects with what the relay answered. */
export async function submit(relay: Relay, { raw = RAW, to = TO, from = '' }: SubmitOptions = {}): Promise<string> {
  const transporter = createTransport({ host: '127.0.0.1', port: relay.address.port, ignoreTLS: true })
  const { response } = await transporter.sendMail({ envelope: { from, to: [to] }, raw })
  return response
}
