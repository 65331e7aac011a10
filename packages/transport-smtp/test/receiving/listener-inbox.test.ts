import { createServer } from 'node:net'
import { createTransport } from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
import type { Deliver } from '../../src/receiving/inbox.js'
import { MAILBOX, makeInbox, startInbox, untilData } from './harness.js'

const RAW = 'Subject: hello\r\nX-mailer: GNUnet\r\n\r\nbody\r\n'

test('5/listener: nodemailer hands a mail over, to the octet, from the null sender', async () => {
  const { inbox, delivered } = await startInbox()
  const transporter = createTransport({ host: '127.0.0.1', port: inbox.address!.port, ignoreTLS: true })
  await transporter.sendMail({ envelope: { from: '', to: ['me@INBOX.example'] }, raw: RAW })
  expect(delivered.map(String)).toEqual([RAW])
})

test('5/listener: LMTP works the same', async () => {
  const { connect, delivered } = await startInbox({ protocol: 'lmtp' })
  const client = connect()
  expect((await client.replies(1))[0]).toBe('220 inbox.example LMTP')
  expect(await client.ask('EHLO mta.example')).toMatch(/^500/)
  await client.ask('LHLO mta.example')
  await client.ask('MAIL FROM:<someone@example.org>')
  expect(await client.ask(`RCPT TO:<${MAILBOX}>`)).toMatch(/^250/)
  expect(await client.ask(`RCPT TO:<${MAILBOX}>`)).toMatch(/^452/)
  await client.ask('DATA')
  expect(await client.ask(`${RAW}.`)).toBe('250 2.0.0 taken')
  expect(delivered.map(String)).toEqual([RAW])
})

test.each([
  ['taken', '250 2.0.0 taken'],
  ['not-ours', '550 5.7.1 not for this mailbox'],
  ['malformed', '554 5.6.0 malformed'],
] as const)('5/listener: a mail that is %s is answered with %s', async (verdict, reply) => {
  const { connect, delivered } = await startInbox({}, () => verdict)
  const client = connect()
  await untilData(client)
  expect(await client.ask(`${RAW}.`)).toBe(reply)
  expect(delivered.length).toBe(1)
})

test('5/listener: other mailboxes are refused, also those that look alike', async () => {
  const { connect, refused } = await startInbox()
  const client = connect()
  await client.ask('EHLO client.example')
  await client.ask('MAIL FROM:<>')
  for (const other of ['you@inbox.example', 'me@outbox.example', 'me+tag@inbox.example', 'me@inbox.example.org'])
    expect(await client.ask(`RCPT TO:<${other}>`)).toBe('550 5.1.1 no such mailbox')
  expect(await client.ask('RCPT TO:<postmaster>')).toMatch(/^550/)
  expect(await client.ask('DATA')).toMatch(/^503/)
  expect(refused).toEqual(Array.from({ length: 5 }, () => 'wrong-recipient'))
})

test('5/listener: any sender will do', async () => {
  const { connect, delivered } = await startInbox()
  const client = connect()
  await client.ask('EHLO client.example')
  for (const sender of ['', 'a@b.example', 'a@[127.0.0.1]', 'a@xn--bcher-kva.example']) {
    expect(await client.ask(`MAIL FROM:<${sender}>`)).toMatch(/^250/)
    await client.ask(`RCPT TO:<${MAILBOX}>`)
    await client.ask('DATA')
    expect(await client.ask(`${RAW}.`)).toMatch(/^250/)
  }
  expect(delivered.length).toBe(4)
})

test('2/stop: it starts and stops again and again, and delivers nothing afterwards', async () => {
  const { inbox } = makeInbox()
  const delivered: Buffer[] = []
  const deliver: Deliver = (mail) => {
    delivered.push(mail)
    return 'taken'
  }
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([inbox.start(deliver), inbox.start(deliver)])
    await inbox.stop()
    await inbox.stop()
  }
  expect(delivered).toEqual([])
})

test('2/stop: a client in the middle of a mail does not hold it up, and its mail is not delivered', async () => {
  const { inbox, connect, delivered } = await startInbox()
  const [idle, busy] = [connect(), connect()]
  await idle.replies(1)
  await untilData(busy)
  busy.socket.write('half')
  const before = performance.now()
  const stopped = inbox.stop()
  busy.socket.write('\r\n.\r\n')
  await stopped
  expect(performance.now() - before).toBeLessThan(3_000)
  await idle.hungUp()
  await busy.hungUp()
  expect(idle.lines.at(-1)).toMatch(/^421 /)
  expect(delivered).toEqual([])
  expect(busy.lines.some((line) => line.startsWith('250 2.0.0 taken'))).toBe(false)
})

test('5/listener: a port in use says what to change', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await new Promise<void>((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { readonly port: number }
  const { inbox } = makeInbox({ port })
  await expect(inbox.start(() => 'taken')).rejects.toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
  await expect(inbox.start(() => 'taken')).rejects.toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
})

test('5/listener: a deliver that throws costs its mail a 451, not the listener', async () => {
  const { connect } = await startInbox({}, () => {
    throw new Error('a bug of ours')
  })
  const client = connect()
  await untilData(client)
  expect(await client.ask(`${RAW}.`)).toBe('451 4.3.0 local error')
  expect(await client.ask('NOOP')).toMatch(/^250/)
})
