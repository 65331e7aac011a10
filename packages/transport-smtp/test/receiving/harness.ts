/** Mail servers under test on 127.0.0.1, stopped after the test, with a record of what came in and what was refused. */
import { silentLog, systemClock } from '@postern/transport-api'
import { onTestFinished } from 'vitest'
import type { Verdict } from '../../src/receiving/inbox.js'
import {
  createListenerInbox,
  type ListenerInbox,
  type ListenerInboxOptions,
} from '../../src/receiving/listener-inbox.js'
import {
  type Envelope,
  type MailServer,
  type MailServerOptions,
  openMailServer,
} from '../../src/receiving/mail-server.js'
import { RawClient } from '../fixtures/raw-client.js'

export interface OpenServer {
  readonly server: MailServer
  readonly mails: { readonly mail: Buffer; readonly envelope: Envelope }[]
  readonly refused: string[]
  connect(): RawClient
}

/** Accepts everything unless `changes` say otherwise. */
export async function openServer(changes: Partial<MailServerOptions> = {}): Promise<OpenServer> {
  const mails: { readonly mail: Buffer; readonly envelope: Envelope }[] = []
  const refused: string[] = []
  const server = await openMailServer({
    section: 'test',
    host: '127.0.0.1',
    port: 0,
    name: 'mx.test.example',
    protocol: 'smtp',
    maxMailOctets: 65_536,
    clock: systemClock,
    log: silentLog,
    onRefused: (reason) => refused.push(reason),
    ...changes,
    rules: {
      recipient: () => null,
      mail: (mail, envelope) => {
        mails.push({ mail, envelope })
        return { code: 250, text: '2.0.0 taken' }
      },
      ...changes.rules,
    },
  })
  onTestFinished(() => server.stop(0))
  return { server, mails, refused, connect: () => RawClient.to(server.address.port) }
}

export interface OpenInbox {
  readonly inbox: ListenerInbox
  readonly delivered: Buffer[]
  readonly refused: string[]
  connect(): RawClient
}

export const MAILBOX = 'Me@inbox.example'

/** Not started. */
export function makeInbox(changes: Partial<ListenerInboxOptions> = {}): { inbox: ListenerInbox; refused: string[] } {
  const refused: string[] = []
  const inbox = createListenerInbox({
    section: 'smtp',
    protocol: 'smtp',
    host: '127.0.0.1',
    port: 0,
    mailbox: MAILBOX,
    maxMailOctets: 65_536,
    clock: systemClock,
    log: silentLog,
    onRefused: (reason) => refused.push(reason),
    ...changes,
  })
  onTestFinished(() => inbox.stop())
  return { inbox, refused }
}

export async function startInbox(
  changes: Partial<ListenerInboxOptions> = {},
  verdict: (mail: Buffer) => Verdict = () => 'taken',
): Promise<OpenInbox> {
  const { inbox, refused } = makeInbox(changes)
  const delivered: Buffer[] = []
  await inbox.start((mail) => {
    delivered.push(mail)
    return verdict(mail)
  })
  return { inbox, delivered, refused, connect: () => RawClient.to(inbox.address!.port) }
}

/** Greeting to 354, for `to`. */
export async function untilData(client: RawClient, to: string = MAILBOX): Promise<void> {
  for (const command of ['EHLO client.example', 'MAIL FROM:<>', `RCPT TO:<${to}>`]) {
    const reply = await client.ask(command)
    if (!reply.startsWith('250')) throw new Error(`${command}: ${reply}`)
  }
  const reply = await client.ask('DATA')
  if (!reply.startsWith('354')) throw new Error(`DATA: ${reply}`)
}
