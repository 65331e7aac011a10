import { readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
import type { Reply } from '../../src/receiving/mail-server.js'
import { LOCALHOST_CERT, LOCALHOST_KEY } from '../fixtures/localhost-tls.js'
import { RawClient } from '../fixtures/raw-client.js'
import { openServer } from '../receiving/harness.js'
import { RAW, spoolDirectory, startRelay, submit, TO } from './harness.js'

const TOKEN = 'a token of some length'
const TAKEN: Reply = { code: 250, text: 'taken' }

/** A route that answers mails with `replies`, one after the other, then takes all. */
async function route(...replies: Reply[]): Promise<Awaited<ReturnType<typeof openServer>> & { readonly port: number }> {
  const left = [...replies]
  const mails: Awaited<ReturnType<typeof openServer>>['mails'][number][] = []
  const opened = await openServer({
    rules: {
      recipient: () => null,
      mail: (mail, envelope) => {
        const reply = left.shift() ?? TAKEN
        if (reply.code === 250) mails.push({ mail, envelope })
        return reply
      },
    },
  })
  return { ...opened, mails, port: opened.server.address.port }
}

/** Nobody listens there. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { readonly port: number }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

test.each(['memory', 'disk'] as const)(
  '5/relay: a mail arrives to the octet, with its envelope, %s',
  async (durability) => {
    const { port, mails } = await route()
    const spool = await spoolDirectory()
    const relay = await startRelay(port, durability === 'disk' ? { durability, spool } : { durability })
    expect(await submit(relay)).toMatch(/^250 2\.0\.0 kept as [0-9a-f-]+$/)
    await submit(relay, { from: 'a@sender.example', to: 'C@Route.Example' })
    await expect.poll(() => relay.counters()).toMatchObject({ received: 2, delivered: 2, retried: 0, givenUp: 0 })
    const expected = [
      { mail: RAW, envelope: { from: '', to: [TO] } },
      { mail: RAW, envelope: { from: 'a@sender.example', to: ['C@route.example'] } },
    ]
    expect(mails.map(({ mail, envelope }) => ({ mail: mail.toString(), envelope }))).toEqual(expected)
    expect(relay.queued).toBe(0)
    expect((await readdir(spool)).filter((name) => name.endsWith('.mail'))).toEqual([])
  },
)

test('5/relay: several recipients are several mails, several routes several connections', async () => {
  const [one, two] = [await route(), await route()]
  const routes = { 'a@route.example': `smtp://127.0.0.1:${one.port}`, '@route.example': `smtp://127.0.0.1:${two.port}` }
  const relay = await startRelay(0, { routes })
  const transporter = createTransport({ host: '127.0.0.1', port: relay.address.port })
  await transporter.sendMail({ envelope: { from: '', to: ['A@route.example', TO, 'c@route.example'] }, raw: RAW })
  await expect.poll(() => relay.counters().delivered).toBe(3)
  expect(one.mails.flatMap(({ envelope }) => envelope.to)).toEqual(['A@route.example'])
  expect(two.mails.flatMap(({ envelope }) => envelope.to).sort()).toEqual([TO, 'c@route.example'])
})

test('5/relay: who has no route is refused, whatever a function says', async () => {
  const relay = await startRelay(0, {
    routes: (mailbox) => (mailbox.startsWith('x') ? 'http://127.0.0.1:1' : null),
  })
  await expect(submit(relay, { to: TO })).rejects.toMatchObject({ responseCode: 550 })
  await expect(submit(relay, { to: 'x@route.example' })).rejects.toMatchObject({ responseCode: 550 })
  expect(relay.counters()).toMatchObject({ 'refused.no-route': 2, received: 0 })
})

test('5/relay: with tokens nobody submits without one, and none crosses the network in the clear', async () => {
  const { port, mails } = await route()
  const tls = { key: LOCALHOST_KEY, cert: LOCALHOST_CERT, security: 'starttls' } as const
  const relay = await startRelay(port, { tokens: [TOKEN, 'another token of length'], tls })
  await expect(submit(relay)).rejects.toMatchObject({ responseCode: 530 })
  const raw = RawClient.to(relay.address.port)
  await raw.ask('EHLO client.example')
  expect(raw.lines.join()).not.toContain('AUTH')
  expect(await raw.ask(`AUTH PLAIN ${Buffer.from(`\0me\0${TOKEN}`).toString('base64')}`)).toMatch(/^500/)
  const send = (pass: string, method: string): Promise<unknown> =>
    createTransport({
      host: '127.0.0.1',
      port: relay.address.port,
      requireTLS: true,
      tls: { ca: LOCALHOST_CERT },
      auth: { user: 'me', pass },
      authMethod: method,
    }).sendMail({ envelope: { from: '', to: [TO] }, raw: RAW })
  await expect(send(`${TOKEN}.`, 'PLAIN')).rejects.toMatchObject({ responseCode: 535 })
  await send(TOKEN, 'PLAIN')
  await send('another token of length', 'LOGIN')
  await expect.poll(() => mails.length).toBe(2)
  expect(relay.counters()).toMatchObject({ 'refused.not-authenticated': 1, 'refused.bad-credentials': 1 })
})

test('5/relay: guessing tokens ends the connection', async () => {
  const relay = await startRelay(1, { tokens: [TOKEN], plaintextCredentials: true })
  const client = RawClient.to(relay.address.port)
  await client.ask('EHLO client.example')
  for (let guess = 1; guess < 10; guess += 1)
    expect(await client.ask(`AUTH PLAIN ${Buffer.from(`\0me\0guess ${guess}`).toString('base64')}`)).toMatch(/^535/)
  client.socket.write('AUTH PLAIN AAAA\r\n')
  await client.hungUp()
  expect(relay.counters()).toMatchObject({ 'refused.bad-credentials': 9, 'refused.too-many-commands': 1 })
})

test('5/relay: a token in the clear only where the operator says so', async () => {
  const { port, mails } = await route()
  await expect(startRelay(port, { tokens: [TOKEN] })).rejects.toMatchObject({ code: 'ERR_CONFIG', key: 'tokens' })
  await expect(startRelay(port, { tokens: ['short'], plaintextCredentials: true })).rejects.toMatchObject({
    key: 'tokens',
  })
  const relay = await startRelay(port, { tokens: [TOKEN], plaintextCredentials: true })
  const auth = { user: 'me', pass: TOKEN }
  const transporter = createTransport({ host: '127.0.0.1', port: relay.address.port, ignoreTLS: true, auth })
  await transporter.sendMail({ envelope: { from: '', to: [TO] }, raw: RAW })
  await expect.poll(() => mails.length).toBe(1)
})

test('5/relay: a route that is down at first gets its mail when it comes', async () => {
  const port = await freePort()
  const relay = await startRelay(port)
  await submit(relay)
  await expect.poll(() => relay.counters().retried).toBe(1)
  const { mails } = await openServer({ port })
  await expect.poll(() => mails.length, { timeout: 5_000 }).toBe(1)
  expect(relay.counters()).toMatchObject({ received: 1, delivered: 1 })
})

test('5/relay: 4xx is tried again, 5xx is given up and kept in failed/', async () => {
  const { port, mails } = await route({ code: 451, text: 'later' }, TAKEN, { code: 554, text: 'never' })
  const spool = await spoolDirectory()
  const relay = await startRelay(port, { durability: 'disk', spool })
  await submit(relay)
  await expect.poll(() => mails.length, { timeout: 5_000 }).toBe(1)
  await submit(relay)
  await expect.poll(() => relay.counters()).toMatchObject({ retried: 1, delivered: 1, givenUp: 1 })
  await expect.poll(() => readdir(join(spool, 'failed'))).toHaveLength(1)
  await expect.poll(() => relay.queued).toBe(0) // the file is there before its mail is forgotten
})

test('5/relay: a route that stalls costs a time-out, not the relay, and does not hold up its end', async () => {
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await new Promise<void>((resolve) => silent.once('listening', resolve))
  const { port, mails } = await route()
  const routes = {
    '@silent.example': `smtp://127.0.0.1:${(silent.address() as { port: number }).port}`,
    '@route.example': `smtp://127.0.0.1:${port}`,
  }
  const relay = await startRelay(0, { routes })
  await submit(relay, { to: 'x@silent.example' })
  await submit(relay)
  await expect.poll(() => mails.length).toBe(1)
  await expect.poll(() => relay.counters().retried, { timeout: 5_000 }).toBeGreaterThan(0)
  const before = performance.now()
  await relay.close()
  expect(performance.now() - before).toBeLessThan(3_000)
  expect(relay.counters()).toMatchObject({ delivered: 1, lost: 1 })
  await expect(submit(relay)).rejects.toThrow()
})

test('5/relay: full is full: 452, and room again when mail has left', async () => {
  const port = await freePort()
  const relay = await startRelay(port, { limits: { spoolOctets: 2 * RAW.length } })
  await submit(relay)
  await submit(relay)
  await expect(submit(relay)).rejects.toMatchObject({ responseCode: 452 })
  expect(relay.counters()).toMatchObject({ received: 2, 'refused.spool-full': 1 })
  await openServer({ port })
  await expect.poll(() => relay.queued, { timeout: 8_000 }).toBe(0)
  expect(await submit(relay)).toMatch(/^250/)
  const narrow = await startRelay(await freePort(), { limits: { mailsPerRoute: 1 } })
  await submit(narrow)
  await expect(submit(narrow)).rejects.toMatchObject({ responseCode: 452 })
  expect(narrow.counters()).toMatchObject({ 'refused.queue-full': 1 })
})

test('5/relay: what cannot be stored is not accepted', async () => {
  const { port, mails } = await route()
  const spool = await spoolDirectory()
  const relay = await startRelay(port, { durability: 'disk', spool })
  await rm(spool, { recursive: true })
  await expect(submit(relay)).rejects.toMatchObject({ responseCode: 452 })
  expect(relay.counters()).toMatchObject({ received: 0, 'refused.not-stored': 1 })
  expect(mails).toEqual([])
  expect(relay.queued).toBe(0)
})

test('5/relay: what the spool holds is sent after a restart; what is damaged is set aside, what was unfinished goes', async () => {
  const spool = await spoolDirectory()
  const dead = await startRelay(await freePort(), { durability: 'disk', spool })
  for (let count = 0; count < 5; count += 1) await submit(dead)
  await dead.close()
  const names = (await readdir(spool)).filter((name) => name.endsWith('.mail')).sort()
  expect(names.length).toBe(5)
  await writeFile(join(spool, names[0]!), 'not a mail')
  await writeFile(join(spool, 'half.tmp'), '{"spool":1,')
  const { port, mails } = await route()
  const relay = await startRelay(port, { durability: 'disk', spool })
  await expect.poll(() => relay.counters()).toMatchObject({ recovered: 4, delivered: 4, damaged: 1 })
  expect(mails.map(({ mail }) => mail.toString())).toEqual(Array.from({ length: 4 }, () => RAW))
  await relay.close()
  expect(await readdir(join(spool, 'bad'))).toEqual([names[0]])
  expect((await readdir(spool)).sort()).toEqual(['bad', 'failed'])
})

test('5/relay: mistakes are told before anything listens', async () => {
  const routes = { '@route.example': 'lmtp://127.0.0.1:24' }
  await expect(startRelay(0, { routes })).rejects.toMatchObject({ code: 'ERR_CONFIG', key: 'routes' })
  await expect(startRelay(0, { routes: { 'no mailbox': 'smtp://127.0.0.1:25' } })).rejects.toMatchObject({
    key: 'routes',
  })
  const { server } = await openServer()
  const port = server.address.port
  await expect(startRelay(1, { port })).rejects.toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
  const own = await freePort()
  await expect(startRelay(own, { port: own })).rejects.toMatchObject({ code: 'ERR_CONFIG', key: 'routes' })
  await expect(startRelay(1, { durability: 'disk', spool: '/dev/null/spool' })).rejects.toThrow()
})

test.each(['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '0.0.0.0', '[::]', 'LOCALHOST'])(
  '5/relay: a route to the relay itself is refused, written %s',
  async (host) => {
    const port = await freePort()
    for (const written of [`${port}`, `${port}`.padStart(5, '0')]) {
      const self = `smtp://${host}:${written}`
      await expect(startRelay(0, { port, routes: { '@route.example': self } })).rejects.toMatchObject({ key: 'routes' })
      const relay = await startRelay(0, { port, routes: () => self })
      await expect(submit(relay)).rejects.toMatchObject({ responseCode: 550 })
      await relay.close()
    }
  },
)

test('5/relay: routes that throw are no route, and a relay that cannot start does not listen', async () => {
  const spool = await spoolDirectory()
  const first = await startRelay(await freePort(), { durability: 'disk', spool })
  await submit(first)
  await first.close()
  const port = await freePort()
  const createSender = (): never => {
    throw new Error('no sender')
  }
  await expect(startRelay(1, { durability: 'disk', spool, port, createSender })).rejects.toThrow('no sender')
  const routes = (): never => {
    throw new Error('no routes')
  }
  const relay = await startRelay(1, { durability: 'disk', spool, port, routes })
  await expect.poll(() => relay.counters()).toMatchObject({ recovered: 1, givenUp: 1 })
  await expect(submit(relay)).rejects.toMatchObject({ responseCode: 550 })
})

test('5/relay: a thousand mails of 12 000 octets at once all arrive, in bounded memory', {
  timeout: 60_000,
}, async () => {
  let arrived = 0
  const { server } = await openServer({
    rules: {
      recipient: () => null,
      mail: () => {
        arrived += 1
        return TAKEN
      },
    },
  })
  const relay = await startRelay(server.address.port, { durability: 'disk', spool: await spoolDirectory() })
  const raw = `Subject: big\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(153)}`
  const transporter = createTransport({ pool: true, host: '127.0.0.1', port: relay.address.port, maxConnections: 8 })
  onTestFinished(() => transporter.close())
  const before = process.memoryUsage().rss
  const started = performance.now()
  await Promise.all(
    Array.from({ length: 1_000 }, () => transporter.sendMail({ envelope: { from: '', to: [TO] }, raw })),
  )
  await expect.poll(() => arrived, { timeout: 30_000 }).toBe(1_000)
  const grown = (process.memoryUsage().rss - before) / 1024 / 1024
  console.log(`1000 mails in ${(performance.now() - started).toFixed(0)} ms, ${grown.toFixed(0)} MiB more`)
  expect(grown).toBeLessThan(200)
})
