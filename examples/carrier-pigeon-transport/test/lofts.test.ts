/** What the suite cannot know: that a transport by files leaves other files alone, and where it does not write. */

import { mkdir, mkdtemp, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testMessage } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { MAX_FILE_OCTETS, MAX_QUEUED_FILES, MAX_WAITING_FILES } from '../src/constants.js'
import { failureOf, heloFor, make, start, tempRoot } from './world.js'

test('a loft outside of the root is refused by verifyHelo, and connect says which setting refuses it', async () => {
  const root = await tempRoot()
  const elsewhere = await mkdtemp(`${root}-elsewhere-`)
  const { transport } = await start({ root })
  for (const path of [elsewhere, root, '/']) {
    expect(transport.verifyHelo(heloFor(path), 'owner')).toBe(false)
    const [code, text] = await failureOf(transport.connect(heloFor(path)))
    expect([code, text]).toEqual(['ERR_ADDRESS_FORBIDDEN', expect.stringContaining('`root` of [pigeon]')])
  }
  expect(await readdir(elsewhere)).toEqual([])
  await rm(elsewhere, { recursive: true })
})

test('whatever is not a file with our suffix is left alone: notes, parts, folders and links', async () => {
  const root = await tempRoot()
  const loft = join(root, 'b')
  const { core, transport, helo } = await start({ root, loft })
  await writeFile(join(root, 'secret'), 'mine')
  await writeFile(join(loft, 'notes.txt'), 'mine')
  await writeFile(join(loft, '0123.part'), 'half')
  await mkdir(join(loft, 'folder.pigeon'))
  await symlink(join(root, 'secret'), join(loft, 'link.pigeon'))
  const a = await start({ root })
  a.transport.send(await a.transport.connect(helo()), testMessage(1))
  await core.until(() => core.received.length === 1)
  await transport.stopTransportServer()
  expect((await readdir(loft)).sort()).toEqual(['0123.part', 'folder.pigeon', 'link.pigeon', 'notes.txt'])
  expect(transport.counters()).toEqual({
    accepted: 0,
    sent: 0,
    sentOctets: 0,
    received: 1,
    receivedOctets: 1,
    sessions: 0,
  })
})

test.each([
  ['truncated', Uint8Array.of(1, 0, 0)],
  ['truncated', new Uint8Array(0)],
  ['unknown-version', new Uint8Array(100).fill(9)],
  ['reserved-flags', Uint8Array.of(1, 2, ...new Uint8Array(50))],
  ['oversize', new Uint8Array(MAX_FILE_OCTETS + 1)],
])('a file that is %s is deleted, counted by that reason and told', async (reason, bytes) => {
  const root = await tempRoot()
  const loft = join(root, 'b')
  const { core, transport } = await start({ root, loft })
  await writeFile(join(root, 'on-its-way'), bytes)
  await rename(join(root, 'on-its-way'), join(loft, 'litter.pigeon'))
  await core.until(() => core.dropped(reason) === 1)
  await transport.stopTransportServer()
  expect(await readdir(loft)).toEqual([])
  expect(transport.counters()).toMatchObject({ received: 0, [`dropped.in.${reason}`]: 1 })
})

test('a giant file is deleted without being read: it would not fit into memory', async () => {
  const root = await tempRoot()
  const { core } = await start({ root, loft: 'b' })
  await writeFile(join(root, 'giant'), '')
  await truncate(join(root, 'giant'), 2 ** 36)
  await rename(join(root, 'giant'), join(root, 'b', 'giant.pigeon'))
  await core.until(() => core.dropped('oversize') === 1)
  expect(await readdir(join(root, 'b'))).toEqual([])
})

test('of two who read one loft, only one gets each message', async () => {
  const root = await tempRoot()
  const readers = [await start({ root, loft: 'b' }), await start({ root, loft: 'b' })]
  const a = await start({ root })
  const session = await a.transport.connect(readers[0]!.helo())
  const received = (): number => readers.reduce((sum, { core }) => sum + core.received.length, 0)
  for (let count = 1; count <= 100; count += 1) {
    a.transport.send(session, testMessage(count))
    if (count % 25 === 0) await Promise.race(readers.map(({ core }) => core.until(() => received() === count)))
  }
  for (const { transport } of readers) await transport.stopTransportServer()
  const sizes = readers.flatMap(({ core }) => core.received.map(({ size }) => size))
  expect(sizes.sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
})

test('a loft that is gone: core is told once, and again when it was there in between', async () => {
  const root = await tempRoot()
  const loft = join(root, 'b')
  const { core, transport } = await start({ root })
  const session = await transport.connect(heloFor(loft))
  const fly = async (count: number): Promise<void> => {
    const { accepted = 0 } = transport.counters()
    for (let at = 0; at < count; at += 1) transport.send(session, testMessage(1))
    const landed = (): boolean => {
      const { sent = 0, 'dropped.out.write-failed': failed = 0 } = transport.counters()
      return sent + failed === accepted + count
    }
    while (!landed()) await new Promise<void>((turn) => setImmediate(turn))
  }
  const told = (): readonly string[] =>
    core.events.flatMap((e) => (e.kind === 'address-failed' ? [`${e.lasts} ${e.reason}`] : []))
  await fly(5)
  expect(told()).toEqual(['now write-failed: ENOENT'])
  await mkdir(loft)
  await fly(2)
  expect((await readdir(loft)).map((name) => name.replace(/^[0-9a-f]{32}/, '…'))).toEqual(['….pigeon', '….pigeon'])
  await rm(loft, { recursive: true })
  await fly(3)
  expect(told()).toHaveLength(2)
  expect(transport.counters()).toMatchObject({ accepted: 10, sent: 2, 'dropped.out.write-failed': 8 })
})

test('a loft whose owner is away is filled to a limit, and no further', async () => {
  const root = await tempRoot()
  const loft = join(root, 'b')
  await mkdir(loft)
  for (let count = 1; count < MAX_WAITING_FILES; count += 1) await writeFile(join(loft, `${count}.pigeon`), '')
  const { core, transport } = await start({ root })
  const session = await transport.connect(heloFor(loft))
  for (let count = 0; count < 3; count += 1) expect(transport.send(session, testMessage(1))).toBe(true)
  await core.until(() => core.dropped('loft-full') === 2)
  expect(transport.counters()).toMatchObject({ accepted: 3, sent: 1, 'dropped.out.loft-full': 2 })
  expect(await readdir(loft)).toHaveLength(MAX_WAITING_FILES)
})

test('what is not written when the transport stops is dropped and counted, and no part of it is left', async () => {
  const root = await tempRoot()
  const b = await make({ root, loft: 'b' })
  await b.transport.startTransportServer()
  const helo = b.helo()
  await b.transport.stopTransportServer()
  const { core, transport } = await start({ root })
  const session = await transport.connect(helo)
  const said = Array.from({ length: MAX_QUEUED_FILES + 10 }, () => transport.send(session, testMessage(100)))
  expect(said.filter((word) => word)).toHaveLength(MAX_QUEUED_FILES)
  await transport.stopTransportServer()
  const { accepted, sent = 0, 'dropped.out.stopped': left = 0, 'refused.outbox-full': refused } = transport.counters()
  expect([accepted, sent + left, refused]).toEqual([MAX_QUEUED_FILES, MAX_QUEUED_FILES, 10])
  expect(core.dropped('stopped')).toBe(left)
  const names = await readdir(join(root, 'b'))
  expect(names.filter((name) => /^[0-9a-f]{32}\.pigeon$/.test(name))).toHaveLength(sent)
  expect(names).toHaveLength(sent)
})
