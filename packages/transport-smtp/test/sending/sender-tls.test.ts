import { expect, test } from 'vitest'
import { ReplyGuard } from '../../src/sending/guarded-socket.js'
import type { SendOutcome } from '../../src/sending/mail-sender.js'
import { CERTIFICATE, HEALTHY, RawServer, type Script } from './raw-server.js'
import { sampleMail, senderTo } from './sender-lab.js'

const OFFERED = '250-raw.test\r\n250 STARTTLS\r\n'
const ACCEPTED = { at: 'accepted' }
const TLS: SendOutcome = { at: 'later', reason: 'tls' }
const ca = CERTIFICATE

test('tls: from the first octet, with a certificate of the server’s own making', async () => {
  await using server = await RawServer.start({}, { tls: true })
  const mail = sampleMail()
  const sender = senderTo(server.port, { security: 'tls', ca, auth: { user: 'u', pass: 'p' } })
  expect(await sender.send(mail)).toEqual(ACCEPTED)
  expect(server.bodies).toEqual([mail.raw])
  await sender.close()
  await server.untilQuiet()
})

test('starttls: nothing but EHLO and STARTTLS is said in the clear', async () => {
  await using server = await RawServer.start({ EHLO: OFFERED })
  const mail = sampleMail()
  const sender = senderTo(server.port, { security: 'starttls', ca, auth: { user: 'u', pass: 'p' } })
  expect(await sender.send(mail)).toEqual(ACCEPTED)
  expect(await sender.send(mail)).toEqual(ACCEPTED)
  expect(server.lines.slice(0, 3)).toEqual(['EHLO sender.test', 'STARTTLS', '[tls]'])
  expect(server.lines[4]).toMatch(/^AUTH PLAIN /)
  expect(server.bodies).toEqual([mail.raw, mail.raw])
  expect(server.connections).toBe(1)
  await sender.close()
  await server.untilQuiet()
})

test('none: STARTTLS is not used even if offered', async () => {
  await using server = await RawServer.start({ EHLO: OFFERED })
  expect(await senderTo(server.port).send(sampleMail())).toEqual(ACCEPTED)
  expect(server.lines).not.toContain('STARTTLS')
})

test.each([
  { tls: true, security: 'tls' },
  { tls: false, security: 'starttls' },
] as const)(
  '$security: a certificate that nobody vouches for: later, tls; no mail and no password leaves',
  async ({ tls, security }) => {
    await using server = await RawServer.start({ EHLO: OFFERED }, { tls })
    const sender = senderTo(server.port, { security, auth: { user: 'u', pass: 'p' } })
    expect(await sender.send(sampleMail())).toEqual(TLS)
    expect(server.lines.filter((line) => /^(MAIL|AUTH)/.test(line))).toEqual([])
  },
)

test.each<[string, Script]>([
  ['not offered and refused', { STARTTLS: '502 no such command\r\n' }],
  ['offered and refused', { EHLO: OFFERED, STARTTLS: '454 no TLS today\r\n' }],
  ['answered with a yes and then garbage', { EHLO: OFFERED, STARTTLS: '250 yes\r\n' }],
])('starttls %s: later, tls; no mail leaves', async (_name, script) => {
  await using server = await RawServer.start(script)
  const sender = senderTo(server.port, { security: 'starttls', ca, timeoutMs: 500 })
  const outcome = await sender.send(sampleMail())
  expect(outcome.at).toBe('later')
  if (script.STARTTLS !== '250 yes\r\n') expect(outcome).toEqual(TLS)
  expect(server.lines.filter((line) => /^(MAIL|AUTH)/.test(line))).toEqual([])
  server.script = { ...HEALTHY, EHLO: OFFERED }
  expect(await sender.send(sampleMail())).toEqual(ACCEPTED)
})

test('tls spoken to a server in the clear: later, tls', async () => {
  await using server = await RawServer.start()
  expect(await senderTo(server.port, { security: 'tls', ca, timeoutMs: 1_000 }).send(sampleMail())).toEqual(TLS)
})

test.each<[string, Script]>([
  ['a reply', { EHLO: OFFERED, STARTTLS: '220 ready\r\n250-evil\r\n250 AUTH PLAIN\r\n' }],
  ['a fragment', { EHLO: OFFERED, STARTTLS: '220 ready\r\n250-evil' }],
  ['an empty line', { EHLO: OFFERED, STARTTLS: '220 ready\r\n\r\n' }],
  ['the reply to STARTTLS behind that to EHLO', { EHLO: `${OFFERED}220 ready\r\n` }],
])('injection: %s behind a reply in the clear ends the connection: later, tls', async (_name, script) => {
  await using server = await RawServer.start(script)
  const sender = senderTo(server.port, { security: 'starttls', ca })
  expect(await sender.send(sampleMail())).toEqual(TLS)
  expect(server.lines).not.toContain('[tls]')
  await server.untilQuiet()
  server.script = { ...HEALTHY, EHLO: OFFERED }
  expect(await sender.send(sampleMail())).toEqual(ACCEPTED)
})

test('the guard finds what follows a reply, wherever chunks are cut', () => {
  const surplus = (...chunks: readonly string[]): boolean => {
    const guard = new ReplyGuard()
    return chunks.some((chunk) => guard.isSurplus(Buffer.from(chunk, 'latin1')))
  }
  expect(surplus('220 a\r\n', '250-a\r\n250', '-b\r\n2', '50 c\r', '\n', '220 d\r\n')).toBe(false)
  expect(surplus('220\r\n')).toBe(false)
  expect(surplus('')).toBe(false)
  expect(surplus('220 a\r\n2')).toBe(true)
  expect(surplus('250-a\r\n25', '0 b\r\nx')).toBe(true)
  expect(surplus('220-a-b\r\n220 c-d\r\n\n')).toBe(true)
})
