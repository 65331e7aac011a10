/** A relay that is killed under load, again and again: what it answered with 250 arrives. `POSTERN_RELAY_KILLS=100` for more. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
import { bundleChild } from '../fixtures/bundle-child.js'
import { openServer } from '../receiving/harness.js'

const KILLS = Number(process.env.POSTERN_RELAY_KILLS ?? 10)
const SENDERS = 4
/** Mails accepted in a life before it ends, 5 to 30: long enough to be in the middle of storing and of sending. */
const MAILS_BEFORE_KILL = (life: number): number => 5 + ((life * 7) % 26)
const BODY = `${'x'.repeat(76)}\r\n`.repeat(20)

test(`5/relay: killed ${KILLS} times under load, a relay on disk loses no mail that it answered with 250`, {
  timeout: 20_000 + KILLS * 2_000,
}, async () => {
  const spool = await mkdtemp(join(tmpdir(), 'postern-crash-'))
  onTestFinished(() => rm(spool, { recursive: true, force: true }))
  const arrived = new Map<string, number>()
  // In two lives of three the mails pile up in the spool, and the next life finds them there.
  let isRouteOpen = false
  const { server } = await openServer({
    rules: {
      recipient: () => null,
      mail: (mail) => {
        if (!isRouteOpen) return { code: 451, text: 'not now' }
        const id = /^Message-ID: (\S+)/.exec(mail.toString('latin1'))?.[1] ?? 'damaged'
        arrived.set(mail.equals(mailOf(id)) ? id : 'damaged', (arrived.get(id) ?? 0) + 1)
        return { code: 250, text: 'taken' }
      },
    },
  })
  const child = await bundleChild('relay-child')
  const accepted = new Set<string>()
  let sent = 0
  const started = performance.now()

  for (let life = 0; life < KILLS; life += 1) {
    isRouteOpen = life % 3 === 2
    const relay = await startRelay(child, spool, server.address.port)
    const transporter = createTransport({ pool: true, host: '127.0.0.1', port: relay.port, maxConnections: SENDERS })
    const goal = accepted.size + MAILS_BEFORE_KILL(life)
    let alive = true
    const submit = async (): Promise<void> => {
      while (alive) {
        sent += 1
        const id = `m${sent}`
        try {
          await transporter.sendMail({ envelope: { from: '', to: ['b@crash.example'] }, raw: mailOf(id) })
          accepted.add(id)
        } catch {
          if (alive) throw new Error(`a relay that lives refused ${id}`)
        }
        if (accepted.size >= goal && alive) {
          alive = false
          relay.process.kill('SIGKILL')
        }
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, submit))
    if (relay.process.exitCode === null && relay.process.signalCode === null) await once(relay.process, 'exit')
    transporter.close()
  }

  isRouteOpen = true
  await startRelay(child, spool, server.address.port)
  const missing = (): string[] => [...accepted].filter((id) => !arrived.has(id))
  const end = performance.now() + 15_000
  while (missing().length > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
  const copies = [...arrived.values()].reduce((sum, count) => sum + count, 0)
  console.log(
    `relay killed ${KILLS} times in ${((performance.now() - started) / 1000).toFixed(1)} s: ${sent} mails sent, ` +
      `${accepted.size} answered with 250, ${arrived.size} arrived, ${copies - arrived.size} repeats`,
  )
  expect(missing()).toEqual([])
  expect(arrived.has('damaged')).toBe(false)
  expect(accepted.size).toBeGreaterThanOrEqual(KILLS * 5)
})

function mailOf(id: string): Buffer {
  return Buffer.from(`Message-ID: ${id}\r\nSubject: crash\r\n\r\n${BODY}`)
}

async function startRelay(
  entry: string,
  spool: string,
  listener: number,
): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [entry, spool, String(listener)], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { process: child, port: Number(line.toString()) }
}
