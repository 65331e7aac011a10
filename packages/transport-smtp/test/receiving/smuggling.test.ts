/** What ends a mail, to the octet: CRLF.CRLF and nothing like it (DESIGN section 8; RFC 5321 section 4.1.1.4). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MailCollector } from '../../src/receiving/mail-collector.js'
import { openServer, untilData } from './harness.js'

const KIN = {
  'LF.LF': '\n.\n',
  'CRLF.LF': '\r\n.\n',
  'LF.CRLF': '\n.\r\n',
  'CR.CR': '\r.\r',
  'CRLF.CR': '\r\n.\r',
  'CR.CRLF': '\r.\r\n',
  'LF.CR': '\n.\r',
  'CR.LF': '\r.\n',
  'CRLF.CRCRLF': '\r\n.\r\r\n',
  'CRCRLF.CRLF alone': '\r\r\n.\n',
} as const
const SMUGGLED = 'MAIL FROM:<>\r\nRCPT TO:<victim@test.example>\r\nDATA\r\nsmuggled\r\n'

for (const way of ['in one piece', 'octet by octet'] as const) {
  test.each(Object.entries(KIN))(`8/smuggling: %s ends no mail, ${way}`, async (_name, kin) => {
    const { connect, mails, refused } = await openServer()
    const client = connect()
    await untilData(client, 'x@test.example')
    const octets = Buffer.from(`Subject: one\r\n\r\nbody${kin}${SMUGGLED}\r\n.\r\nNOOP\r\n`)
    if (way === 'in one piece') client.socket.write(octets)
    else await client.octetByOctet(octets)
    // greeting, three replies, 354, one for the mail, one for NOOP: nothing of what was smuggled is a command
    const replies = await client.replies(7)
    expect(replies.slice(5).map((line) => line.slice(0, 9))).toEqual(['554 5.6.0', '250 OK'.padEnd(6)])
    expect(mails).toEqual([])
    expect(refused).toEqual(['bare-newline'])
  })

  test(`8/smuggling: NUL is refused, ${way}, and the next mail is taken`, async () => {
    const { connect, mails, refused } = await openServer()
    const client = connect()
    await untilData(client, 'x@test.example')
    const octets = Buffer.from('a\0b\r\n.\r\n')
    if (way === 'in one piece') client.socket.write(octets)
    else await client.octetByOctet(octets)
    expect((await client.replies(6)).at(-1)).toMatch(/^554 5\.6\.0/)
    await untilData(client, 'x@test.example')
    expect(await client.ask('fine\r\n.')).toMatch(/^250/)
    expect(mails.map(({ mail }) => mail.toString())).toEqual(['fine\r\n'])
    expect(refused).toEqual(['nul'])
  })

  test(`8/smuggling: dots at line starts are unstuffed, ${way}, wherever they stand`, async () => {
    const { connect, mails } = await openServer()
    const mail = '.\r\n..\r\n.a\r\n\r\n.\r\nb.\r\n...\r\n.\r\n.'
    const client = connect()
    await untilData(client, 'x@test.example')
    const stuffed = `${mail.replace(/^\./gm, '..')}\r\n.\r\n`
    if (way === 'in one piece') client.socket.write(stuffed)
    else await client.octetByOctet(Buffer.from(stuffed))
    expect((await client.replies(6)).at(-1)).toMatch(/^250/)
    expect(mails.map((one) => one.mail.toString())).toEqual([`${mail}\r\n`])
  })
}

test('5/limits: 100 MiB are answered with 552, nothing of them is kept, and the connection goes on', {
  timeout: 60_000,
}, async () => {
  const { connect, mails, refused } = await openServer({ maxMailOctets: 100_000 })
  const client = connect()
  await untilData(client, 'x@test.example')
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let peak = before
  const line = Buffer.from(`${'x'.repeat(1_022)}\r\n`.repeat(1_024))
  for (let mebibyte = 0; mebibyte < 100; mebibyte += 1) {
    await new Promise<void>((resolve) => client.socket.write(line, () => resolve()))
    peak = Math.max(peak, process.memoryUsage().rss)
  }
  expect(await client.ask('.')).toMatch(/^552 5\.3\.4/)
  expect(peak - before).toBeLessThan(64 * 1024 * 1024)
  expect(refused).toEqual(['too-large'])
  await untilData(client, 'x@test.example')
  expect(await client.ask('fine\r\n.')).toMatch(/^250/)
  expect(mails.length).toBe(1)
})

test('5/limits: a mail of exactly the limit is taken, one octet more is not, a declared size is refused at once', async () => {
  const { connect, mails } = await openServer({ maxMailOctets: 1_000 })
  const client = connect()
  await untilData(client, 'x@test.example')
  expect(await client.ask(`${'x'.repeat(998)}\r\n.`)).toMatch(/^250/)
  await untilData(client, 'x@test.example')
  expect(await client.ask(`${'x'.repeat(999)}\r\n.`)).toMatch(/^552/)
  expect(mails.map(({ mail }) => mail.length)).toEqual([1_000])
  await client.ask('EHLO client.example')
  expect(await client.ask('MAIL FROM:<> SIZE=1001')).toMatch(/^552/)
})

test('5/listener: a client that goes away in the middle of a mail leaves nothing behind', async () => {
  const { connect, mails, refused } = await openServer()
  const client = connect()
  await untilData(client, 'x@test.example')
  client.socket.write('half a mail\r\n')
  client.socket.destroy()
  await expect.poll(() => refused).toEqual(['broken-off'])
  expect(mails).toEqual([])
})

test('5/limits: the collector keeps what it was given, however it was cut, and never more than its limit', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 40 }), fc.nat(4_000), (pieces, limit) => {
      const collector = new MailCollector(limit)
      for (const piece of pieces) collector.push(Buffer.from(piece))
      const whole = Buffer.concat(pieces)
      const collected = collector.finish()
      if (whole.length > limit) expect(collected).toEqual({ at: 'refused', fault: 'too-large' })
      else if (collected.at === 'mail') expect(collected.mail.equals(whole)).toBe(true)
      else expect(collected.at === 'refused' && collected.fault !== 'too-large').toBe(true)
    }),
  )
})
