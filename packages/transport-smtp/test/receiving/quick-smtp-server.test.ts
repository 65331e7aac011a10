import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { SMTP_SERVER_VERSION } from '../../src/receiving/quick-smtp-server.js'
import { LOCALHOST_CERT, LOCALHOST_KEY } from '../fixtures/localhost-tls.js'
import { RawClient } from '../fixtures/raw-client.js'
import { openServer, untilData } from './harness.js'

const STARTTLS = { key: LOCALHOST_KEY, cert: LOCALHOST_CERT, security: 'starttls' } as const

test('MAIL-LAB 6: smtp-server is the version whose insides are overridden, here and for whoever installs this package', () => {
  const require = createRequire(import.meta.url)
  expect(require('smtp-server/package.json').version).toBe(SMTP_SERVER_VERSION)
  const workspace = readFileSync(new URL('../../../../pnpm-workspace.yaml', import.meta.url), 'utf8')
  expect(workspace).toContain(`  smtp-server: ${SMTP_SERVER_VERSION}\n`)
})

test('MAIL-LAB 6: the greeting does not wait 100 ms', async () => {
  const { connect } = await openServer()
  const times: number[] = []
  for (let count = 0; count < 5; count += 1) {
    const before = performance.now()
    expect(await connect().replies(1)).toEqual(['220 mx.test.example ESMTP'])
    times.push(performance.now() - before)
  }
  // The best of five: the machine may be busy, a built-in delay never goes away.
  expect(Math.min(...times)).toBeLessThan(50)
})

test('5/listener: without a key of our own no TLS is offered, the built-in key is public', async () => {
  const { connect } = await openServer()
  const client = connect()
  await client.ask('EHLO client.example')
  expect(client.lines.join()).not.toMatch(/STARTTLS|AUTH|SMTPUTF8|CHUNKING/)
  expect(await client.ask('STARTTLS')).toMatch(/^500/)
  expect(await client.ask('XCLIENT ADDR=127.0.0.9')).toMatch(/^500/)
})

test('5/listener: with a key of our own STARTTLS works, and a mail goes through it', async () => {
  const { connect, mails } = await openServer({ tls: STARTTLS })
  const client = connect()
  await client.ask('EHLO client.example')
  expect(client.lines.at(-2)).toBe('250-STARTTLS')
  expect(await client.ask('STARTTLS')).toMatch(/^220/)
  const secure = await handshake(client)
  await untilData(secure, 'x@test.example')
  expect(await secure.ask('hello\r\n.')).toMatch(/^250/)
  expect(mails.map(({ mail }) => mail.toString())).toEqual(['hello\r\n'])
})

test('5/listener: TLS from the first octet', async () => {
  const { server } = await openServer({ tls: { ...STARTTLS, security: 'tls' } })
  const socket = connectTls({ port: server.address.port, host: '127.0.0.1', ca: LOCALHOST_CERT })
  expect((await new RawClient(socket, { greets: true }).replies(1))[0]).toMatch(/^220/)
})

test.each([
  ['in the same piece', 'STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n'],
  ['without an end', 'STARTTLS\r\nM'],
  ['together with the command before', 'NOOP\r\nSTARTTLS\r\nNOOP\r\n'],
])('8/starttls: octets after STARTTLS end the connection before any handshake: %s', async (_where, octets) => {
  const { connect, refused } = await openServer({ tls: STARTTLS })
  const client = connect()
  await client.ask('EHLO client.example')
  client.socket.write(octets)
  await client.hungUp()
  expect(client.lines.at(-1)).toMatch(/^421 /)
  expect(client.lines.some((line) => line.startsWith('220 Ready'))).toBe(false)
  expect(refused).toEqual(['pipelined-before-tls'])
})

test('8/starttls: octets in a piece of their own, before the handshake, end the connection unanswered', async () => {
  const { connect, mails } = await openServer({ tls: STARTTLS })
  const client = connect()
  await client.ask('EHLO client.example')
  await client.ask('STARTTLS')
  const before = client.lines.length
  client.socket.write('NOOP\r\n')
  await client.hungUp()
  expect(client.lines.length).toBe(before)
  expect(mails).toEqual([])
})

test('8/starttls: a handshake that never comes is cut off when the server stops', async () => {
  const { connect, server } = await openServer({ tls: STARTTLS })
  const client = connect()
  await client.ask('EHLO client.example')
  await client.ask('STARTTLS')
  await server.stop(50)
  await client.hungUp()
})

test('5/limits: too many connections from one source are sent away, and places come back', async () => {
  const { connect, refused } = await openServer({ limits: { clientsPerSource: 2 } })
  const first = connect()
  await first.replies(1)
  await connect().replies(1)
  const third = connect()
  await third.hungUp()
  expect(third.lines).toEqual(['421 too many connections, try again later'])
  expect(refused).toEqual(['too-many-connections'])
  await first.ask('QUIT')
  await first.hungUp()
  await expect
    .poll(
      async () =>
        (
          await connect()
            .replies(1)
            .catch(() => [''])
        )[0],
    )
    .toMatch(/^220/)
})

test('5/limits: commands without a mail, one line without an end, garbage: the client is sent away', async () => {
  const { connect, refused } = await openServer({ limits: { commands: 20, commandOctets: 1_000 } })
  const chatty = connect()
  chatty.socket.write('NOOP\r\n'.repeat(100))
  await chatty.hungUp()
  expect(chatty.lines.filter((line) => line.startsWith('250')).length).toBe(20)
  expect(refused).toEqual(['too-many-commands'])
  const endless = connect()
  endless.socket.write('x'.repeat(10_000))
  await endless.hungUp()
  expect(endless.lines.at(-1)).toMatch(/^421 /)
  const garbage = connect()
  garbage.socket.write(Buffer.alloc(5_000, '\xff\r\n', 'latin1'))
  await garbage.hungUp()
  expect(garbage.lines.at(-1)).toMatch(/^421 /)
})

test('5/limits: a silent client and one that never finishes a mail are sent away', async () => {
  const { connect, refused } = await openServer({ limits: { idleMs: 100, mailMs: 400 } })
  const silent = connect()
  await silent.hungUp()
  expect(silent.lines.at(-1)).toMatch(/^421 /)
  const slow = connect()
  await untilData(slow, 'x@test.example')
  const drip = setInterval(() => slow.socket.write('x'), 20)
  await slow.hungUp().finally(() => clearInterval(drip))
  expect(slow.lines.at(-1)).toMatch(/^421 /)
  expect(refused).toContain('too-slow')
})

test('5/limits: a kept-open connection may send many mails', async () => {
  const { connect, mails } = await openServer({ limits: { commands: 8 } })
  const client = connect()
  for (let count = 0; count < 10; count += 1) {
    await untilData(client, 'x@test.example')
    expect(await client.ask('.')).toMatch(/^250/)
  }
  expect(mails.length).toBe(10)
})

async function handshake({ socket }: RawClient): Promise<RawClient> {
  socket.removeAllListeners('data')
  const secure: TLSSocket = connectTls({ socket, ca: LOCALHOST_CERT, host: '127.0.0.1' })
  await new Promise<void>((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject))
  return new RawClient(secure, { greets: false })
}
