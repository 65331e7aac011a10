import { silentLog } from '@postern/transport-api'
import { SMTPServer } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { createNodemailerSender } from '../../src/sending/nodemailer-sender.js'
import { RawServer } from './raw-server.js'
import { sampleMail, senderTo } from './sender-lab.js'

const ACCEPTED = { at: 'accepted' }

interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly octets: Buffer
  readonly user: string | undefined
}

async function realServer(options: ConstructorParameters<typeof SMTPServer>[0] = {}) {
  const received: Received[] = []
  const seen = { connections: 0, atOnce: 0, most: 0 }
  const server = new SMTPServer({
    disableReverseLookup: true,
    authOptional: true,
    hideSTARTTLS: true,
    logger: false,
    onConnect: (_session, callback) => {
      seen.connections += 1
      seen.atOnce += 1
      seen.most = Math.max(seen.most, seen.atOnce)
      callback()
    },
    onClose: () => {
      seen.atOnce -= 1
    },
    onData: (stream, { envelope, user }, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope
        const from = mailFrom === false ? '' : mailFrom.address
        received.push({
          from,
          to: rcptTo.map(({ address }) => address),
          octets: Buffer.concat(chunks),
          user: user as string,
        })
        callback()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
  return { port: (server.server.address() as { port: number }).port, received, seen }
}

test('3.3: a mail arrives to the octet, from the null sender, with the filter line as written', async () => {
  await using server = await RawServer.start()
  const mail = sampleMail()
  expect(await senderTo(server.port).send(mail)).toEqual(ACCEPTED)
  expect(server.bodies).toEqual([mail.raw])
  const lines = server.bodies[0]!.toString('latin1').split('\r\n')
  expect(lines).toContain('X-mailer: GNUnet')
  expect(lines.filter((line) => line.length === 76).length).toBeGreaterThan(10)
  expect(server.lines).toEqual(['EHLO sender.test', 'MAIL FROM:<>', 'RCPT TO:<b+tag@receiver.test>', 'DATA'])
})

test('3.3: an address of our own as the envelope sender stands there as given', async () => {
  await using server = await RawServer.start()
  await senderTo(server.port).send(sampleMail({ envelopeFrom: 'own+x@sender.test' }))
  expect(server.lines).toContain('MAIL FROM:<own+x@sender.test>')
})

test('smuggling: dots and their line ends within a mail end no mail early', async () => {
  await using server = await RawServer.start()
  const raw = Buffer.from('.a\r\n.\r\nMAIL FROM:<x@y.test>\r\n..\r\n', 'latin1')
  expect(await senderTo(server.port).send(sampleMail({ raw }))).toEqual(ACCEPTED)
  expect(server.bodies[0]!.toString('latin1')).toBe('..a\r\n..\r\nMAIL FROM:<x@y.test>\r\n...\r\n')
  expect(server.lines.filter((line) => line.startsWith('MAIL'))).toHaveLength(1)
})

test.each(['\n.\r\n', '\n.\n', '\r.\r\n', '\r\n.\r', '\r\n.\n', '\r.\r'])(
  'smuggling: %j ends no mail early',
  async (end) => {
    await using server = await RawServer.start()
    const raw = Buffer.from(`a${end}MAIL FROM:<x@y.test>\r\n`, 'latin1')
    expect(await senderTo(server.port).send(sampleMail({ raw }))).toEqual(ACCEPTED)
    const body = server.bodies[0]!.toString('latin1')
    expect(body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(body.split('\r\n')).not.toContain('.')
    expect(server.bodies).toHaveLength(1)
  },
)

test('a real server takes 250 mails one after the other over one connection', async () => {
  const { port, received, seen } = await realServer()
  const sender = senderTo(port, { connections: 3 })
  const mail = sampleMail()
  for (let i = 0; i < 250; i += 1) expect(await sender.send(mail)).toEqual(ACCEPTED)
  expect(seen.connections).toBe(1)
  expect(received).toHaveLength(250)
  expect(received[249]).toEqual({ from: '', to: ['b+tag@receiver.test'], octets: mail.raw, user: undefined })
})

test('mails run in parallel up to the number of connections; more wait their turn', async () => {
  const { port, received, seen } = await realServer()
  const sender = senderTo(port, { connections: 3 })
  const outcomes = await Promise.all(Array.from({ length: 60 }, () => sender.send(sampleMail())))
  expect(new Set(outcomes.map(({ at }) => at))).toEqual(new Set(['accepted']))
  expect(seen).toMatchObject({ connections: 3, most: 3 })
  expect(received).toHaveLength(60)
})

test('a connection that the server closed while it was idle costs no mail', async () => {
  await using server = await RawServer.start()
  const sender = senderTo(server.port)
  await sender.send(sampleMail())
  server.script = { ...server.script, MAIL: { does: 'close' } }
  const next = sender.send(sampleMail())
  const healed = (): void => {
    if (server.connections < 2) return void setImmediate(healed)
    server.script = { ...server.script, MAIL: '250 OK\r\n' }
  }
  healed()
  expect(await next).toEqual(ACCEPTED)
  expect(server.bodies).toHaveLength(2)
})

test('close: sends under way and waiting settle as later, closed; no socket remains', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length
  await using server = await RawServer.start({ end: { does: 'stall' } })
  const sender = senderTo(server.port, { connections: 2 })
  const sends = Array.from({ length: 5 }, () => sender.send(sampleMail()))
  const atEnd = (): boolean => server.bodies.length === 2
  while (!atEnd()) await new Promise(setImmediate)
  await Promise.all([sender.close(), sender.close()])
  const closed = { at: 'later', reason: 'closed' }
  expect(await Promise.all(sends)).toEqual(Array(5).fill(closed))
  expect(await sender.send(sampleMail())).toEqual(closed)
  await server.untilQuiet()
  await new Promise(setImmediate)
  expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length).toBeLessThanOrEqual(
    before,
  )
})

test('close: while nothing was connected yet, before and after', async () => {
  await using server = await RawServer.start({ greeting: { does: 'stall' } })
  const sender = senderTo(server.port)
  const send = sender.send(sampleMail())
  await sender.close()
  expect(await send).toEqual({ at: 'later', reason: 'closed' })
  await server.untilQuiet()
  await senderTo(server.port).close()
})

test('credentials in the clear are refused before anything is opened, unless the operator says so', async () => {
  const options = { host: '127.0.0.1', port: 1, name: 'x.test', connections: 1, timeoutMs: 100 } as const
  const auth = { user: 'u', pass: 'secret-pass' }
  const create = () => createNodemailerSender({ ...options, security: 'none', auth }, silentLog)
  expect(create).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }))
  expect(create).toThrow(/plaintextCredentials/)
  expect(create).not.toThrow(/secret-pass/)
  await createNodemailerSender({ ...options, security: 'none', auth, plaintextCredentials: true }, silentLog).close()
})

test('AUTH: right credentials are accepted, wrong ones are `later`, `auth`, and no mail leaves', async () => {
  const { port, received } = await realServer({
    allowInsecureAuth: true,
    authOptional: false,
    onAuth: ({ username, password }, _session, callback) =>
      password === 'right' ? callback(null, { user: username }) : callback(new Error('no')),
  })
  const plaintextCredentials = true
  const wrong = senderTo(port, { auth: { user: 'u', pass: 'wrong' }, plaintextCredentials })
  expect(await wrong.send(sampleMail())).toEqual({ at: 'later', reason: 'auth' })
  expect(received).toEqual([])
  const right = senderTo(port, { auth: { user: 'u', pass: 'right' }, plaintextCredentials })
  expect(await right.send(sampleMail())).toEqual(ACCEPTED)
  expect(received[0]!.user).toBe('u')
})

test('AUTH: where the server knows none, no mail leaves without it', async () => {
  await using server = await RawServer.start({ AUTH: '502 no such command\r\n' })
  const sender = senderTo(server.port, { auth: { user: 'u', pass: 'p' }, plaintextCredentials: true })
  expect(await sender.send(sampleMail())).toEqual({ at: 'later', reason: 'auth' })
  expect(server.lines.some((line) => line.startsWith('MAIL'))).toBe(false)
})
