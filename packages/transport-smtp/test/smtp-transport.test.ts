import { testMessage, VirtualClock } from '@postern/transport-testkit'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { openSmtp } from '../src/index.js'
import { composeMail } from '../src/mail/compose-mail.js'
import { encodeContainer } from '../src/mail/container.js'
import { parseFilterLine } from '../src/mail/filter-line.js'
import { parseMailbox } from '../src/mail/mail-address.js'
import { openPost } from './harness.js'

/** Hands a mail straight to a listener, as an MTA would. */
async function handOver(port: number, to: string, raw: Buffer): Promise<unknown> {
  const sender = createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  try {
    return await sender.sendMail({ envelope: { from: '', to }, raw })
  } finally {
    sender.close()
  }
}

test('5/smtp: what waits while a mail is under way travels together', async () => {
  const post = await openPost()
  const [a, b] = [await post.start('a@left.test'), await post.start('b@right.test')]
  const session = await a.transport.connect(b.helo())
  for (let count = 0; count < 100; count += 1) a.transport.send(session, testMessage(20))
  await b.core.until(() => b.core.received.length === 100)
  expect(post.relay.counters().received).toBeLessThanOrEqual(3)
  expect(
    b.core.received.every(({ tsession }) => tsession === null),
    'no session came with them',
  ).toBe(true)
})

test('5/smtp: the filter line stands in the mail exactly as its receiver wrote it, under a null sender', async () => {
  const mails: { raw: Buffer; from: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, { envelope }, taken) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.once('end', () => {
        mails.push({ raw: Buffer.concat(chunks), from: envelope.mailFrom === false ? '' : envelope.mailFrom.address })
        taken()
      })
    },
  })
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const post = await openPost()
  const a = await post.start('a@left.test')
  const b = await post.make('b@right.test', { filter: 'X-mailer: GNUnet' })
  await b.transport.startTransportServer()
  post.ports.set('b@right.test', (server.server.address() as { port: number }).port)
  a.transport.send(await a.transport.connect(b.helo()), testMessage(300))
  while (mails.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const [{ raw, from }] = mails as [{ raw: Buffer; from: string }]
  expect(from).toBe('')
  const lines = raw.toString('latin1').split('\r\n')
  expect(lines.slice(0, 12).map((line) => line.replace(/^(Date|Message-ID): .*/, '$1'))).toEqual([
    'From: a@left.test',
    'To: undisclosed-recipients:;',
    'Subject: Delivery status',
    'Date',
    'Message-ID',
    'Auto-Submitted: auto-replied',
    'Precedence: bulk',
    'X-mailer: GNUnet',
    'MIME-Version: 1.0',
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: base64',
    '',
  ])
  expect(lines.slice(12, -2).every((line) => /^[A-Za-z0-9+/]{76}$/.test(line))).toBe(true)
})

test('5/openSmtp: a card made by one program is enough for another to write to it', async () => {
  const post = await openPost()
  const config = (address: string) => ({
    address,
    submit: `smtp://127.0.0.1:${post.relay.address.port}`,
    submitSecurity: 'none',
  })
  const heard: string[] = []
  const info = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (event === 'mail.listening') post.ports.set('b@right.test', Number(fields.port))
  }
  const nothing = (): void => {}
  let arrived = nothing
  const done = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const b = await openSmtp({
    config: { ...config('b@right.test'), inbox: 'listen://127.0.0.1:0' },
    log: { debug: nothing, info, warn: nothing, error: nothing },
    onMessage: (m) => {
      heard.push(`${m.from} ${new TextDecoder().decode(m.body)} ${m.reply(new Uint8Array(1))}`)
      arrived()
    },
  })
  const a = await openSmtp({ config: config('a@left.test') })
  expect(a.helo()).toBeNull() // it has no inbox
  const session = await a.connect(b.helo()!)
  expect(session.send(new TextEncoder().encode('hello'))).toBe(true)
  await done
  expect(heard).toEqual([`${a.nodeId} hello false`])
  await Promise.all([a.close(), b.close()])
})

test('5/smtp: a repeated mail is handed on once, one without the filter line is left alone, a broken one is refused', async () => {
  const post = await openPost()
  const b = await post.start('b@right.test', { filter: 'X-Test: yes', acceptedFilters: ['X-Old: one'] })
  const mailWith = (filter: string, id: number): Buffer =>
    composeMail({
      from: parseMailbox('a@left.test')!,
      filterLine: parseFilterLine(filter)!,
      container: encodeContainer(b.core.myIdentity, new Uint8Array(16).fill(id), [testMessage(30)]),
      dateMs: 0,
      messageId: '0'.repeat(32),
    })
  await handOver(b.port(), 'b@right.test', mailWith('X-Test: yes', 1))
  await handOver(b.port(), 'b@right.test', mailWith('X-Test: yes', 1))
  await handOver(b.port(), 'B@RIGHT.test', mailWith('X-Old: one', 2))
  await expect(handOver(b.port(), 'b@right.test', mailWith('X-Test: no', 3))).rejects.toThrow(/550/)
  await expect(handOver(b.port(), 'c@right.test', mailWith('X-Test: yes', 4))).rejects.toThrow(/550/)
  const cut = mailWith('X-Test: yes', 5).subarray(0, -8)
  await expect(handOver(b.port(), 'b@right.test', Buffer.concat([cut, Buffer.from('\r\n')]))).rejects.toThrow(/554/)
  expect(b.core.received).toHaveLength(2)
  expect(b.transport.counters()).toMatchObject({
    received: 2,
    'dropped.in.repeated': 1,
    'dropped.in.no-filter-line': 1,
    'dropped.in.wrong-recipient': 1,
  })
})

const HEAD = 'From: a@left.test\r\nX-Test: yes\r\n'
const BASE64 = `${HEAD}Content-Transfer-Encoding: base64\r\n`
const BAD_MAILS: readonly (readonly [counted: string, code: number, mail: string])[] = [
  ['no-body', 554, `${BASE64}\r\n`],
  ['no-body', 554, `${BASE64}`],
  ['not-base64', 554, `${HEAD}\r\nplain text\r\n`],
  ['bad-base64', 554, `${BASE64}\r\n!!!!\r\n`],
  ['truncated', 554, `${BASE64}\r\nAQID\r\n`],
  [
    'unknown-version',
    554,
    `${BASE64}\r\n${Buffer.alloc(60, 9).toString('base64')}\r\n`.replace(/.{76}(?=.)/, '$&\r\n'),
  ],
  ['nested-mime', 554, `${BASE64}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nAQID\r\n--x--\r\n`],
  ['nested-mime', 554, `${BASE64}Content-Type: message/rfc822\r\n\r\nAQID\r\n`],
  ['header-too-large', 554, `${BASE64}X-Long: ${'a'.repeat(70_000)}\r\n\r\nAQID\r\n`],
  ['too-large', 552, `${BASE64}X-Long: ${'a'.repeat(10 * 1024 * 1024)}\r\n\r\nAQID\r\n`],
  ['nul', 554, `${BASE64}\r\nAQ\0ID\r\n`],
]

test.each(BAD_MAILS)(
  '8/bad mail: %s is answered with %i, counted, and the listener goes on',
  async (counted, code, mail) => {
    const post = await openPost()
    const [a, b] = [await post.start('a@left.test'), await post.start('b@right.test', { filter: 'X-Test: yes' })]
    const outcome = handOver(b.port(), 'b@right.test', Buffer.from(mail, 'latin1'))
    await expect(outcome).rejects.toMatchObject({ responseCode: code })
    expect(b.transport.counters()[`dropped.in.${counted}`]).toBe(1)
    a.transport.send(await a.transport.connect(b.helo()), testMessage(1))
    await b.core.until(() => b.core.received.length === 1)
  },
)

test('8/lists: a mail that came through a list is handed on, and core is told first', async () => {
  const post = await openPost()
  const b = await post.start('b@right.test', { filter: 'X-Test: yes' })
  const raw = composeMail({
    from: parseMailbox('a@left.test')!,
    filterLine: parseFilterLine('X-Test: yes')!,
    container: encodeContainer(b.core.myIdentity, new Uint8Array(16), [testMessage(3)]),
    dateMs: 0,
    messageId: '0'.repeat(32),
  })
  await handOver(b.port(), 'b@right.test', Buffer.concat([Buffer.from('List-Id: <friends.left.test>\r\n'), raw]))
  expect(b.core.events).toEqual([{ kind: 'came-through-list', sender: b.core.myIdentity }])
  expect(b.core.received).toHaveLength(1)
})

test('8/verifyHelo: hostile filter lines and command mailboxes are refused before any store, and so are denied domains', async () => {
  const post = await openPost()
  const a = await post.make('a@left.test', { deny: ['evil.test', 'me@right.test'], allow: ['friend@evil.test'] })
  const judge = (mailbox: string, filter: string): boolean => {
    const senderAddress = Uint8Array.from([mailbox.length, ...Buffer.from(mailbox + filter, 'latin1')])
    const { byteLength: senderAddressSize } = senderAddress
    return a.transport.verifyHelo(
      a.core.helo({ protocol: a.transport.protocolNumber, mtu: 1_000, senderAddressSize, senderAddress }),
    )
  }
  expect(judge('b@right.test', 'X-mailer: GNUnet')).toBe(true)
  expect(judge('friend@evil.test', 'X-mailer: GNUnet')).toBe(true)
  for (const mailbox of [
    'b@evil.test',
    'b@mx.evil.test',
    'me@right.test',
    'Me+1@right.test',
    'postmaster@right.test',
    'list-request@right.test',
    'b@[127.0.0.1]',
  ])
    expect(judge(mailbox, 'X-mailer: GNUnet')).toBe(false)
  for (const filter of [
    'X-A: b\r\nBcc: all@right.test',
    'Bcc: all@right.test',
    'X-Spam-Flag: NO',
    'X-A: \0',
    'X-A: é',
    `X-A: ${'a'.repeat(99)}`,
  ])
    expect(judge('b@right.test', filter)).toBe(false)
})

test('2.1/buffers: what the caller does to msg after send changes nothing, also when it is a Buffer', async () => {
  const post = await openPost()
  const [a, b] = [await post.start('a@left.test'), await post.start('b@right.test')]
  const msg = Buffer.from('hello')
  a.transport.send(await a.transport.connect(b.helo()), { msg, size: 5, isEncrypted: false, crc: 1 })
  msg.fill(0)
  await b.core.until(() => b.core.received.length === 1)
  expect(Buffer.from(b.core.received[0]!.msg).toString()).toBe('hello')
})

test('2.2/holds: a mailbox that is dialled twice is one session with two holds, and nothing answers over it', async () => {
  const post = await openPost()
  const [a, b] = [await post.start('a@left.test'), await post.start('b@right.test')]
  const session = await a.transport.connect(b.helo())
  expect(await a.transport.connect(b.helo())).toBe(session)
  expect(a.transport.associate(session)).toBe(false)
  await a.transport.disconnect(session)
  expect(a.transport.send(session, testMessage(1))).toBe(true)
  await a.transport.disconnect(session)
  expect(a.transport.send(session, testMessage(1))).toBe(false)
})

test('2.2/stop: a session that a stop has ended does not come back with the next start', async () => {
  const post = await openPost()
  const [a, b] = [await post.start('a@left.test'), await post.start('b@right.test')]
  const ended = await a.transport.connect(b.helo())
  await a.transport.stopTransportServer()
  await a.transport.startTransportServer()
  expect(a.transport.send(ended, testMessage(1))).toBe(false)
  expect(await a.transport.connect(b.helo())).not.toBe(ended)
})

test('2/sums: with the server down messages wait, and at the end every accepted one is sent or dropped', async () => {
  const post = await openPost()
  const clock = new VirtualClock(Date.UTC(2026, 0, 1))
  const [a, b] = [
    await post.start('a@left.test', { submit: 'smtp://127.0.0.1:1' }, { clock }),
    await post.start('b@right.test'),
  ]
  const session = await a.transport.connect(b.helo())
  for (let count = 0; count < 10; count += 1) expect(a.transport.send(session, testMessage(10))).toBe(true)
  await a.transport.stopTransportServer()
  const { accepted, sent } = a.transport.counters()
  expect([accepted, sent, a.transport.counters()['dropped.out.stopped']]).toEqual([10, 0, 10])
})

test('5/smtp: 1000 messages of 12 000 octets offered at once are bounded, and every accepted one arrives', {
  timeout: 60_000,
}, async () => {
  const post = await openPost()
  const [a, b] = [await post.start('a@left.test'), await post.start('b@right.test')]
  const session = await a.transport.connect(b.helo())
  let accepted = 0
  let refused = 0
  while (accepted < 1_000) {
    if (a.transport.send(session, testMessage(12_000))) accepted += 1
    else {
      refused += 1
      const { length } = b.core.received
      await b.core.until(() => b.core.received.length > length)
    }
  }
  await b.core.until(() => b.core.received.length === 1_000)
  expect(refused).toBeGreaterThan(0) // 4 MiB for each recipient, and no more
  expect(b.core.received.every(({ size }) => size === 12_000)).toBe(true)
})

test('6/config: settings that cannot be are refused by name, and a password is never shown', async () => {
  const post = await openPost()
  const refused = (config: Record<string, unknown>): Promise<string> =>
    post.make('a@left.test', config).then(
      () => 'taken',
      (error: Error) => error.message,
    )
  expect(await refused({ address: 'me' })).toMatch(/^\[smtp\] address: expected your own mailbox/)
  expect(await refused({ filter: 'Subject: x' })).toMatch(/^\[smtp\] filter: expected a header line/)
  const secret = await refused({ submit: 'http://me:hunter2@left.test' })
  expect(secret).toMatch(/^\[smtp\] submit: expected a URL/)
  expect(secret).not.toContain('hunter2')
  expect(await refused({ submit: 'smtp://me:pw@127.0.0.1', submitSecurity: 'ssl' })).toMatch(/submitSecurity/)
  for (const submit of [['smtps://me:hunter2@left.test'], 'smtp://user%4:hunter2@left.test']) {
    const shown = await refused({ submit })
    expect(shown).toMatch(/^\[smtp\] submit: expected a /)
    expect(shown).not.toContain('hunter2')
  }
  expect(await refused({ submit: 'smtp://me:hunter2@127.0.0.1' })).toMatch(
    /^\[smtp\] plaintextCredentials: expected true, or no password/,
  )
  expect(await refused({ inbox: 'pop3://left.test' })).toMatch(/^\[smtp\] inbox: expected where to listen/)
  expect(await refused({ adress: 'x' })).toMatch(/^\[smtp\] adress: unknown key; known are acceptedFilters, address/)
})

test('2/port: a listener whose port is taken names what to change', async () => {
  const post = await openPost()
  const a = await post.start('a@left.test')
  const b = await post.make('b@right.test', { inbox: `listen://127.0.0.1:${a.port()}` })
  await expect(b.transport.startTransportServer()).rejects.toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
})

test('2/traits: what smtp declares, with an inbox and without', async () => {
  const post = await openPost()
  const { transport } = await post.make('a@left.test')
  expect(transport.traits).toEqual({
    directions: { in: true, out: true },
    reliable: false,
    ordered: false,
    maxLatencyMs: 86_400_000,
    idleMs: 604_800_000,
    sourceProven: false,
  })
  expect([transport.protocolNumber, transport.mtu, transport.cost]).toEqual([3, 46_337, 10_000])
  const receiver = await post.make('b@right.test', { submit: undefined })
  expect(receiver.transport.traits.directions).toEqual({ in: true, out: false })
})
