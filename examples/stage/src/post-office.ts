/** A mail relay on loopback that knows at which port each mailbox takes its mail. Every number is a free port of this machine. */
import type { InitTransport } from '@postern/core'
import { createRelay, inittransport_smtp } from '@postern/transport-smtp'

type Settings = Readonly<Record<string, unknown>>

export interface PostOffice extends AsyncDisposable {
  /** Settings of `[smtp]` for the owner of a mailbox here, `init` and all: in the process of the post office. */
  mailFor(mailbox: string): Settings & { readonly init: InitTransport }
  /** The same for another process, which tells `handOver` where its mailbox listens. */
  settingsFor(mailbox: string): Settings
  /** Where mail for this mailbox is handed over from now on. */
  handOver(mailbox: string, port: number): void
  /** Of the relay: `received`, `delivered` and so on. */
  counters(): Readonly<Record<string, number>>
  /** What comes in is refused with a lasting fault, and nothing is handed over, until it opens again. Idempotent. */
  shut(): Promise<void>
  /** At the same port as before. Rejects with the system's error when another program has taken it. Idempotent. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** What is still under way when it closes is for nobody. */
const CLOSE_TIMEOUT_MS = 100

export async function openPostOffice(): Promise<PostOffice> {
  const ports = new Map<string, number>()
  const open = (port = 0) =>
    createRelay({
      port,
      durability: 'memory',
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      routes: (mailbox: string) => {
        const at = ports.get(mailbox)
        return at === undefined ? null : `smtp://127.0.0.1:${at}`
      },
    })
  let relay = await open()
  let isOpen = true
  const { port } = relay.address
  const past: Record<string, number> = {}
  const counters = (): Readonly<Record<string, number>> => (isOpen ? sum(past, relay.counters()) : past)
  const handOver = (mailbox: string, at: number): void => void ports.set(mailbox, at)
  const settingsFor = (mailbox: string): Settings => ({
    address: mailbox,
    submit: `smtp://127.0.0.1:${port}`,
    submitSecurity: 'none', // it never leaves this machine
    inbox: 'listen://127.0.0.1:0',
  })
  const shut = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    await relay.close()
    Object.assign(past, sum(past, relay.counters()))
  }
  return {
    settingsFor,
    mailFor: (mailbox) => ({ init: mailTelling(handOver), ...settingsFor(mailbox) }),
    handOver,
    counters,
    shut,
    async reopen() {
      if (isOpen) return
      relay = await open(port)
      isOpen = true
    },
    close: shut,
    [Symbol.asyncDispose]: shut,
  }
}

/** The smtp transport, which tells at which port its listener takes mail for the mailbox. */
export function mailTelling(tell: (mailbox: string, port: number) => void): InitTransport {
  return (core, env) => {
    const info = (event: string, fields: Settings = {}): void => {
      if (event === 'mail.listening') tell(String(fields.mailbox), Number(fields.port))
      env.log.info(event, fields as Parameters<typeof env.log.info>[1])
    }
    return inittransport_smtp(core, { ...env, log: { ...env.log, info } })
  }
}

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const all: Record<string, number> = { ...a }
  for (const [name, count] of Object.entries(b)) all[name] = (all[name] ?? 0) + count
  return all
}
