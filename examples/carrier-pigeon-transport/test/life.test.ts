/** The suite looks at a stop from outside; these look at one that comes in the middle of something, and at half a file. */
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testMessage, VirtualClock } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { encodeFile } from '../src/pigeon-file.js'
import { heloFor, make, start, tempRoot } from './world.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a stop in the middle of a look waits for it: nothing is handed on, counted or deleted afterwards', async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const root = await tempRoot()
    const clock = new VirtualClock()
    const { core, transport } = await make({ root, loft: 'b', pollMs: 10 }, { clock })
    await transport.startTransportServer()
    for (let count = 0; count < 5; count += 1) {
      await writeFile(join(root, 'part'), encodeFile(new Uint8Array(32), testMessage(count)))
      await rename(join(root, 'part'), join(root, 'b', `${count}.pigeon`))
    }
    clock.advance(10)
    for (let at = 0; at < turns; at += 1) await turn()
    await transport.stopTransportServer()
    const seen = async () => [core.received.length, transport.counters(), await readdir(join(root, 'b'))]
    const then = await seen()
    for (let at = 0; at < 50; at += 1) await turn()
    expect(await seen()).toEqual(then)
    expect(clock.pending).toBe(0)
    expect(
      core.received.length + (await readdir(join(root, 'b'))).length,
      'every file is handed on or still there',
    ).toBe(5)
  }
})

test('a stop in the middle of writing waits for it: no file appears and no counter moves afterwards', async () => {
  const root = await tempRoot()
  await mkdir(join(root, 'b'))
  for (let turns = 0; turns < 12; turns += 1) {
    const { transport } = await start({ root })
    const session = await transport.connect(heloFor(join(root, 'b')))
    for (let count = 0; count < 20; count += 1) transport.send(session, testMessage(1_000))
    for (let at = 0; at < turns; at += 1) await turn()
    await transport.stopTransportServer()
    const seen = async () => [transport.counters(), await readdir(join(root, 'b'))]
    const then = await seen()
    for (let at = 0; at < 20; at += 1) await turn()
    expect(await seen()).toEqual(then)
    const { accepted, sent = 0, 'dropped.out.stopped': left = 0 } = transport.counters()
    expect([accepted, sent + left]).toEqual([20, 20])
  }
})

test('who looks into a loft while it is written to sees whole files or none', async () => {
  const root = await tempRoot()
  const loft = join(root, 'b')
  await mkdir(loft)
  const { transport } = await start({ root })
  const session = await transport.connect(heloFor(loft))
  const sizes = new Set<number>()
  for (let count = 0; count < 50; count += 1) expect(transport.send(session, testMessage(65_536))).toBe(true)
  while ((transport.counters().sent ?? 0) < 50) {
    const names = (await readdir(loft)).filter((name) => name.endsWith('.pigeon'))
    for (const name of names.slice(-5)) sizes.add((await stat(join(loft, name))).size)
  }
  expect([...sizes]).toEqual([38 + 65_536])
})
