/** The comparison, with rivals that only say what they took: js-libp2p itself is not installed for tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { noProgress } from '../src/progress.js'
import { runRivals } from '../src/rivals/command.js'
import { postern, REFERENCE, type Rival, rivalsOf } from '../src/rivals/rival.js'
import { rivalsTable } from '../src/rivals/table.js'

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))
const PLAN = { processes: 2, runs: 4, warmUp: 2, seed: 3 }

/** The first link of a process takes ten times as long. */
const fake = (name: string, ms: number, calls: string[]): Rival => ({
  name,
  measure: 'first-byte',
  async links(runs) {
    calls.push(name)
    const samples = Array.from({ length: runs }, (_, run) => ({
      'first-byte': run === 0 ? ms * 10 : ms,
      'since-start': 99,
    }))
    return { samples, versions: { [name]: '1.0.0' } }
  },
})

test('every round has a process of each; cold is the first link, warm what follows the warm-up', async () => {
  const calls: string[] = []
  const contestants = [fake(REFERENCE, 4, calls), fake('theirs', 8, calls)]
  const result = await runRivals({ ...PLAN, contestants }, noProgress)
  for (const round of [calls.slice(0, 2), calls.slice(2)]) expect([...round].sort()).toEqual([REFERENCE, 'theirs'])
  expect(result).toMatchObject({ figure: 'rivals', runs: 4, warmUp: 2, versions: { theirs: '1.0.0' } })
  expect(result.rows[1]).toMatchObject({
    name: 'theirs',
    processes: 2,
    warmMs: { median: 8 },
    coldMs: { median: 80 },
    startMs: { median: 99 },
    warmRatio: { median: 2 },
    coldRatio: { median: 2 },
  })
  expect(result.samples[1]!.linksMs).toEqual([
    [80, 8, 8, 8],
    [80, 8, 8, 8],
  ])
  const table = rivalsTable(result)
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  expect(table).toContain('too few processes')
})

test('a rival is started with its kind and the number of links', async () => {
  const script = join(folder, 'rival.mjs')
  const samples = "Array.from({ length: Number(runs) }, () => ({ 'first-byte': kind.length, 'since-start': 1 }))"
  writeFileSync(
    script,
    `const [kind, runs] = process.argv.slice(2); console.log(JSON.stringify({ samples: ${samples}, versions: {} }))`,
  )
  const answers = await Promise.all(rivalsOf(script).map((rival) => rival.links(3)))
  expect(answers.map(({ samples }) => samples.map((sample) => sample['first-byte']))).toEqual([
    [7, 7, 7],
    [10, 10, 10],
  ])
})

test('a rival that answers too little is an error that says which', async () => {
  const script = join(folder, 'mute.mjs')
  writeFileSync(script, `console.log(JSON.stringify({ samples: [{}], versions: {} }))`)
  await expect(rivalsOf(script)[0]!.links(3)).rejects.toThrow(
    'js-libp2p tcp, default: the child process answered nonsense',
  )
  const plan = { ...PLAN, runs: 1, warmUp: 0, contestants: [rivalsOf(script)[0]!] }
  await expect(runRivals(plan, noProgress)).rejects.toThrow('did not say since-start')
})

test('ours are held against others over the same kind of socket', () => {
  expect(postern('/nowhere').map(({ name }) => name)).toContain(REFERENCE)
})
