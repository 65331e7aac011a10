/** The village itself: what the chaos does to it must be what it says it does. */
import { SeededRandom } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { Village } from '../../src/chaos/village.js'
import { Journal } from '../../src/journal.js'
import { FAST_WAYS } from '../../src/road.js'
import type { Stream } from '../../src/stream.js'

const NODES = [0, 1, 2]
const EVERY_MS = 200
const LIMIT_MS = 20_000

async function village() {
  const journal = new Journal({ weather: () => 'clear' })
  const one = await Village.found({
    nodes: NODES.length,
    random: new SeededRandom(1),
    everyMs: EVERY_MS,
    onNote: (node, note) => journal.take(`n${node}`, note),
  })
  onTestFinished(() => one[Symbol.asyncDispose]())
  for (const node of NODES) journal.knows(one.nodeIdOf(node), `n${node}`)
  const pairs = NODES.flatMap((from) => NODES.filter((to) => to !== from).map((to) => [from, to] as const))
  const streams = (): readonly Stream[] => pairs.map(([from, to]) => journal.stream(`n${from}`, `n${to}`))
  const allHear = (by: string): Promise<boolean> =>
    journal.until(() => streams().every(({ arrived }) => (arrived.get(by) ?? 0) > 0), LIMIT_MS)
  return { one, journal, pairs, streams, allHear }
}

test('4/village: by clear roads everybody hears everybody by udp, and a node that comes back is the same', async () => {
  const { one, journal, streams, allHear } = await village()
  one.introduce()
  expect(await allHear('udp')).toBe(true)
  expect(one.mails.received).toBe(0)
  await one.closeNode(1)
  expect(one.climberOf(1)).toBeNull()
  const before = streams().map(({ arrivedInAll }) => arrivedInAll)
  await one.reopenNode(1)
  expect(one.climberOf(1)?.nodeId).toBe(one.nodeIdOf(1))
  const goesOn = () => streams().every(({ arrivedInAll }, at) => arrivedInAll > before[at]!)
  expect(await journal.until(goesOn, LIMIT_MS)).toBe(true)
})

test('4/village: with all roads cut everybody hears everybody by mail alone, and with the office shut nobody', async () => {
  const { one, journal, pairs, streams, allHear } = await village()
  for (const [from, to] of pairs) for (const way of FAST_WAYS) await one.roadOf(from, to).change(way, 'cut')
  one.introduce()
  expect(await allHear('smtp')).toBe(true)
  expect(
    streams()
      .flatMap(({ arrived }) => [...arrived.keys()])
      .filter((by) => by !== 'smtp'),
  ).toEqual([])
  await one.shutOffice()
  const before = streams().reduce((sum, { arrivedInAll }) => sum + arrivedInAll, 0)
  const wouldHear = () => streams().reduce((sum, { arrivedInAll }) => sum + arrivedInAll, 0) > before + pairs.length
  expect(await journal.until(wouldHear, 5 * EVERY_MS)).toBe(false)
})
