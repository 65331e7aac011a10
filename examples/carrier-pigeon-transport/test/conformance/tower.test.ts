/** A harness whose faults do nothing would let every transport pass: each fault is seen at work here. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@postern/transport-api'
import { type PathFault, SeededRandom } from '@postern/transport-testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { tempRoot } from '../world.js'
import { Tower } from './tower.js'

const COUNT = 30

/** A tower at which so many pigeons have landed, and what has come to the loft behind it. */
async function towerWith(fault: PathFault) {
  const root = await tempRoot()
  const [folder, target] = [join(root, 'tower'), join(root, 'loft')]
  await mkdir(target)
  const tower = await Tower.open({ folder, target, fault, random: new SeededRandom(1) })
  onTestFinished(() => tower.close())
  const land = (name: string): Promise<void> => writeFile(join(folder, `${name}.pigeon`), name)
  const waiting = (): Promise<readonly string[]> => readdir(folder)
  const arrived = (): Promise<readonly string[]> => readdir(target)
  for (let count = 0; count < COUNT; count += 1) await land(`${count}`)
  return { tower, land, waiting, arrived }
}

test('loss takes about half, and all after it was over arrive', async () => {
  const { tower, land, waiting, arrived } = await towerWith('loss')
  await vi.waitFor(async () => expect(await waiting()).toEqual([]))
  const { length } = await arrived()
  expect(length).toBeGreaterThan(COUNT / 4)
  expect(length).toBeLessThan((3 * COUNT) / 4)
  tower.act()
  await land('after')
  await vi.waitFor(async () => expect(await arrived()).toContain('after.pigeon'))
})

test('duplicate lets everything arrive twice', async () => {
  const { arrived } = await towerWith('duplicate')
  await vi.waitFor(async () => expect(await arrived()).toHaveLength(2 * COUNT))
})

test('delay holds everything for 20 ms at least', async () => {
  const { land, waiting, arrived } = await towerWith('delay')
  await vi.waitFor(async () => expect(await waiting()).toEqual([]))
  const landedMs = systemClock.monotonic()
  await land('late')
  await vi.waitFor(async () => expect(await arrived()).toContain('late.pigeon'), { interval: 1 })
  expect(systemClock.monotonic() - landedMs).toBeGreaterThanOrEqual(20)
})

test('reorder lets some arrive while earlier ones wait', async () => {
  const { waiting, arrived } = await towerWith('reorder')
  await vi.waitFor(
    async () => {
      expect(await waiting()).not.toEqual([])
      expect(await arrived()).not.toEqual([])
    },
    { interval: 1 },
  )
  await vi.waitFor(async () => expect(await arrived()).toHaveLength(COUNT))
})

test('stall passes until act, and nothing afterwards', async () => {
  const { tower, land, waiting, arrived } = await towerWith('stall')
  await vi.waitFor(async () => expect(await arrived()).toHaveLength(COUNT))
  tower.act()
  await land('after')
  await new Promise<void>((resolve) => systemClock.setTimer(resolve, 50)) // for what must not happen there is no event
  expect([await arrived(), await waiting()]).toEqual([expect.not.arrayContaining(['after.pigeon']), ['after.pigeon']])
})
