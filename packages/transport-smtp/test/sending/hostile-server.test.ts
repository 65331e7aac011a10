import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import type { SendOutcome } from '../../src/sending/mail-sender.js'
import { type Answer, HEALTHY, RawServer, type Script, STAGES, type Stage } from './raw-server.js'
import { sampleMail, senderTo } from './sender-lab.js'

const SHORT_TIMEOUT_MS = 150
const PIPELINING = '250-raw.test\r\n250 PIPELINING\r\n'
const later = (reason: string): SendOutcome => ({ at: 'later', reason })
const refused = (what: 'mail' | 'recipient', reason: string): SendOutcome => ({ at: 'refused', what, reason })

/** One mail against `script`, the next one after the server was mended. */
async function failsThenWorks(script: Script, expected: SendOutcome, timeoutMs?: number): Promise<RawServer> {
  await using server = await RawServer.start(script)
  const sender = senderTo(server.port, timeoutMs === undefined ? {} : { timeoutMs })
  expect(await sender.send(sampleMail())).toEqual(expected)
  const taken = server.bodies.length
  server.script = HEALTHY
  expect(await sender.send(sampleMail())).toEqual({ at: 'accepted' })
  expect(server.bodies).toHaveLength(taken + 1)
  await sender.close()
  await server.untilQuiet()
  return server
}

test('nobody listens: later, connect-refused; then a server is there', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  await new Promise((resolve) => taken.close(resolve))
  expect(await senderTo(port).send(sampleMail())).toEqual(later('connect-refused'))
})

test.each(STAGES)('a server that stalls at %s: later, timeout', async (stage) => {
  await failsThenWorks({ [stage]: { does: 'stall' } }, later('timeout'), SHORT_TIMEOUT_MS)
})

test.each(STAGES)('a server that closes at %s: later, closed', async (stage) => {
  await failsThenWorks({ [stage]: { does: 'close' } }, later('closed'))
})

test.each(STAGES)('a server that speaks garbage at %s: later, garbage', async (stage) => {
  const expected = stage === 'EHLO' ? { at: 'later' as const, reason: 'garbage' } : later('garbage')
  const script: Script = { [stage]: '\u00ff\u0000 HTTP/1.1 nonsense\r\n' }
  await failsThenWorks(stage === 'EHLO' ? ({ ...script, HELO: '\u0001\r\n' } as Script) : script, expected)
})

test.each<[string, Script]>([
  ['a reply that only begins like one', { end: '2 fish\r\n' }],
  ['a number beyond RFC 5321', { end: '666 no\r\n' }],
  ['a yes that is none', { MAIL: '354 go on\r\n' }],
])('%s: later, garbage', async (_name, script) => {
  await failsThenWorks(script, later('garbage'))
})

const REFUSALS: readonly (readonly [Stage, Answer, SendOutcome])[] = [
  ['greeting', '421 busy\r\n', later('greeting')],
  ['greeting', '554 go away\r\n', later('greeting')],
  ['greeting', '554-go\r\n554 away\r\n', later('greeting')],
  ['MAIL', '451 try later\r\n', later('code-451')],
  ['MAIL', '421 closing\r\n', later('code-421')],
  ['MAIL', '550 no null sender\r\n', refused('mail', 'null-sender-refused')],
  ['RCPT', '450 greylisted\r\n', later('code-450')],
  ['RCPT', '550 no such user\r\n', refused('recipient', 'code-550')],
  ['RCPT', '550-no\r\n550-such\r\n550 user\r\n', refused('recipient', 'code-550')],
  ['DATA', '451 disk\r\n', later('code-451')],
  ['DATA', '554 no\r\n', refused('mail', 'code-554')],
  ['end', '452 disk full\r\n', later('code-452')],
  ['end', '552 too large\r\n', refused('mail', 'code-552')],
]

test.each(REFUSALS)('%s answered with %j', async (stage, answer, expected) => {
  await failsThenWorks({ [stage]: answer }, expected)
})

test.each(REFUSALS)('with PIPELINING, %s answered with %j', async (stage, answer, expected) => {
  await failsThenWorks({ EHLO: PIPELINING, [stage]: answer }, expected)
})

test('a server that refuses EHLO and HELO: later, greeting', async () => {
  await failsThenWorks({ EHLO: '502 no\r\n', HELO: '502 no\r\n' } as Script, later('greeting'))
})

test('an own sender refused is not a null sender refused', async () => {
  await using server = await RawServer.start({ MAIL: '553 not yours\r\n' })
  const mail = sampleMail({ envelopeFrom: 'a@sender.test' })
  expect(await senderTo(server.port).send(mail)).toEqual(refused('mail', 'code-553'))
})

test.each([false, true])('replies octet by octet and of many lines, PIPELINING %s', async (isPipelined) => {
  const many = (code: number): string => `${code}-one\r\n${code}-two\r\n${code} three\r\n`
  const script: Script = {
    greeting: many(220),
    EHLO: isPipelined ? PIPELINING : many(250),
    MAIL: many(250),
    RCPT: many(250),
    DATA: many(354),
    end: many(250),
  }
  await using server = await RawServer.start(script, { inPieces: true })
  const sender = senderTo(server.port)
  for (let i = 0; i < 3; i += 1) expect(await sender.send(sampleMail())).toEqual({ at: 'accepted' })
  expect(server.bodies).toEqual(Array(3).fill(sampleMail().raw))
  expect(server.connections).toBe(1)
})

test('a server that says more than it was asked loses the connection, sooner or later, and nothing worse happens', async () => {
  await using server = await RawServer.start({ end: '250 queued\r\n250 and\r\n250 so on\r\n' })
  const sender = senderTo(server.port)
  expect(await sender.send(sampleMail())).toEqual({ at: 'accepted' })
  server.script = HEALTHY
  for (let i = 0; i < 3; i += 1) expect((await sender.send(sampleMail())).at).not.toBe('refused')
  expect(await sender.send(sampleMail())).toEqual({ at: 'accepted' })
  expect(server.connections).toBeGreaterThan(1)
})

test.each(['x'.repeat(1_000), '250-x\r\n'])('an endless reply of %j is cut off: later, garbage', async (piece) => {
  let written = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    const pour = (): void => {
      while (!socket.destroyed) {
        written += piece.length
        if (!socket.write(piece)) return void socket.once('drain', pour)
      }
    }
    pour()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  expect(await senderTo(port).send(sampleMail())).toEqual(later('garbage'))
  expect(written).toBeLessThan(32 * 1024 * 1024) // most of it lies in the buffers of the kernel
  await new Promise((resolve) => server.close(resolve))
})

test('a server that trickles for ever is given no more than ten times the stage: later, timeout', async () => {
  await using server = await RawServer.start()
  const trickler = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    socket.write('220 hi\r\n')
    socket.on('data', () => {
      const timer = setInterval(() => socket.write('250-x\r\n'), 5)
      socket.once('close', () => clearInterval(timer))
    })
  })
  await new Promise<void>((resolve) => trickler.listen(0, '127.0.0.1', resolve))
  const { port } = trickler.address() as AddressInfo
  const begunMs = performance.now()
  expect(await senderTo(port, { timeoutMs: 40 }).send(sampleMail())).toEqual(later('timeout'))
  expect(performance.now() - begunMs).toBeGreaterThan(350) // no stage was too slow by itself: the whole was
  await new Promise((resolve) => trickler.close(resolve))
  expect(await senderTo(server.port).send(sampleMail())).toEqual({ at: 'accepted' })
})
