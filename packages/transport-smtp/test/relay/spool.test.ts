import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '@postern/transport-api'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { DiskSpool } from '../../src/relay/disk-spool.js'
import type { SpooledMail } from '../../src/relay/spool.js'
import { decodeSpoolFile, decodeSpoolHeader, encodeSpoolFile } from '../../src/relay/spool-file.js'
import { submissionRules } from '../../src/relay/submission.js'
import { spoolDirectory } from './harness.js'

const MAIL: SpooledMail = { id: 'id', from: '', to: 'b@example.org', acceptedAt: 1_800_000_000_000, octets: 4 }
const GOLDEN =
  '{"spool":2,"from":"","to":"b@example.org","acceptedAt":1800000000000,"octets":4,"crc":3450562316,"lineCrc":2994847887}\nhi\r\n'

async function openSpool(
  directory: string,
  changes: { maxSetAside?: number; maxFreshOctets?: number } = {},
): Promise<{
  readonly spool: DiskSpool
  readonly left: readonly SpooledMail[]
  damaged: number
}> {
  const self = { damaged: 0 }
  const spool = new DiskSpool({
    section: 'relay',
    directory,
    maxSetAside: 3,
    maxFreshOctets: 1_000,
    log: silentLog,
    ...changes,
    onDamaged: () => {
      self.damaged += 1
    },
  })
  onTestFinished(() => spool.close())
  return Object.assign(self, { spool, left: await spool.open() })
}

test('5/spool: a mail in a file has these octets, in both directions', () => {
  const file = encodeSpoolFile(MAIL, Buffer.from('hi\r\n'))
  expect(decodeSpoolHeader('id', file)?.mail).toEqual(MAIL)
  expect(file.toString()).toBe(GOLDEN)
  expect(decodeSpoolFile('id', file)?.toString()).toBe('hi\r\n')
})

test('5/spool: every strict prefix, every longer file and every flipped bit is damage', () => {
  const file = encodeSpoolFile(MAIL, Buffer.from('hi\r\n'))
  for (let end = 0; end < file.length; end += 1) expect(decodeSpoolFile('id', file.subarray(0, end))).toBeNull()
  expect(decodeSpoolFile('id', Buffer.concat([file, Buffer.of(0)]))).toBeNull()
  for (let bit = 0; bit < 8 * file.length; bit += 1) {
    const flipped = Buffer.from(file)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    expect(decodeSpoolFile('id', flipped)).toBeNull()
  }
})

test('5/spool: any envelope and octets come back, arbitrary octets never throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), fc.uint8Array(), (from, to, acceptedAt, raw) => {
      const mail = { id: 'id', from, to, acceptedAt, octets: raw.length }
      const file = encodeSpoolFile(mail, Buffer.from(raw))
      expect(decodeSpoolHeader('id', file)?.mail).toEqual(mail)
      expect(decodeSpoolFile('id', file)).toEqual(Buffer.from(raw))
      expect(decodeSpoolFile('id', Buffer.from(raw))).toBeNull()
    }),
  )
})

test('5/spool: what was stored is there after a restart, what was removed is not', async () => {
  const directory = await spoolDirectory()
  const first = await openSpool(directory, { maxFreshOctets: 0 })
  const mails = ['1', '2', '3'].map((id) => ({ ...MAIL, id }))
  await Promise.all(mails.map((mail) => first.spool.store(mail, Buffer.from(`m${mail.id}\r\n`))))
  await first.spool.remove(mails[1]!)
  await first.spool.close()
  const second = await openSpool(directory)
  expect(second.left).toEqual([mails[0], mails[2]])
  expect((await second.spool.read(mails[2]!))?.toString()).toBe('m3\r\n')
})

test('5/spool: a mail damaged on the disk is set aside when it is read, and only so many are kept', async () => {
  const directory = await spoolDirectory()
  const one = await openSpool(directory, { maxFreshOctets: 0 })
  for (const id of ['1', '2', '3', '4', '5']) {
    const mail = { ...MAIL, id }
    await one.spool.store(mail, Buffer.from('hi\r\n'))
    await writeFile(join(directory, `${id}.mail`), GOLDEN.replace('hi', 'ho'))
    expect(await one.spool.read(mail)).toBeNull()
  }
  expect(one.damaged).toBe(5)
  expect((await readdir(join(directory, 'bad'))).sort()).toEqual(['3.mail', '4.mail', '5.mail'])
  expect(await one.spool.read({ ...MAIL, id: 'gone' })).toBeNull()
})

test('5/spool: after it was closed nothing is accepted any more', async () => {
  const directory = await spoolDirectory()
  const { spool } = await openSpool(directory)
  await spool.close()
  await expect(spool.store(MAIL, Buffer.from('hi\r\n'))).rejects.toThrow()
  expect((await readdir(directory)).sort()).toEqual(['bad', 'failed'])
})

test('5/relay: without tokens only this machine submits, and recipients are plain mailboxes', () => {
  const rules = submissionRules({
    section: 'relay',
    tokens: [],
    tls: undefined,
    plaintextCredentials: false,
    findRoute: () => ({ key: 'k', protocol: 'smtp', host: 'h', port: 1 }),
    hasRoom: () => true,
    accept: async () => ({ code: 250, text: '' }),
  })
  for (const own of ['127.0.0.1', '127.9.9.9', '::1']) expect(rules.client?.(own)).toBeNull()
  for (const other of ['192.0.2.1', '::2', '10.0.0.1', '127.0.0.1.example', ''])
    expect(rules.client?.(other)).toMatchObject({ code: 554, reason: 'not-loopback' })
  expect(rules.recipient('b@route.example', 0)).toBeNull()
  for (const odd of ['"b c"@route.example', 'b@[127.0.0.1]', 'b', 'b@', '@b', 'b\\@route.example'])
    expect(rules.recipient(odd, 0)).toMatchObject({ code: 550 })
})

test('5/spool: odd entries are counted and left alone, the mails beside them are found', async () => {
  const directory = await spoolDirectory()
  const first = await openSpool(directory)
  await first.spool.store(MAIL, Buffer.from('hi\r\n'))
  await first.spool.close()
  await mkdir(join(directory, 'a.mail'))
  await mkdir(join(directory, 'b.tmp'))
  const second = await openSpool(directory)
  expect(second.left).toEqual([MAIL])
  expect(second.damaged).toBe(2)
  expect((await readdir(directory)).sort()).toEqual(['a.mail', 'b.tmp', 'bad', 'failed', 'id.mail', 'lock'])
})

test('5/spool: one relay at a time, and what a dead one left is taken over', async () => {
  const directory = await spoolDirectory()
  const lock = join(directory, 'lock')
  const first = await openSpool(directory)
  expect(await readFile(lock, 'utf8')).toBe(`${process.pid}\n`)
  await expect(openSpool(directory)).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    key: 'spool',
    message: expect.stringMatching(new RegExp(`${directory}.*${process.pid}`)),
  })
  expect(await readFile(lock, 'utf8')).toBe(`${process.pid}\n`)
  await first.spool.close()
  await writeFile(lock, `${process.ppid}\n`)
  await expect(openSpool(directory)).rejects.toMatchObject({ key: 'spool' })
  // Beyond the largest process id there is; our own number of an earlier life; a crash before the number was written.
  for (const stale of ['4194305\n', `${process.pid}\n`, '']) {
    await writeFile(lock, stale)
    const next = await openSpool(directory)
    await next.spool.close()
  }
  expect((await readdir(directory)).sort()).toEqual(['bad', 'failed'])
})

test('5/spool: a fresh spool is made with all that is above it', async () => {
  const directory = join(await spoolDirectory(), 'a', 'b')
  const { spool } = await openSpool(directory)
  await spool.store(MAIL, Buffer.from('hi\r\n'))
  expect((await readdir(directory)).sort()).toEqual(['bad', 'failed', 'id.mail', 'lock'])
})
