/** docs/writing-a-transport.md names clauses and files of this example: all of them exist, and no clause is missing. */
import { existsSync, readFileSync } from 'node:fs'
import { conformanceCases } from '@postern/transport-testkit'
import { expect, test } from 'vitest'

const here = new URL('../', import.meta.url)
const guide = readFileSync(new URL('../../docs/writing-a-transport.md', here), 'utf8')
const CLAUSE = /\b[PD]\d(?:\.\d)?\/[a-z-]+/g

test('its table lists exactly the clauses of the suite, in their order and in their words', () => {
  const rows = [...guide.matchAll(/^\| `([PD][^`]+)` +\| (.*?) +\|/gm)].map(
    ([, clause, promise]) => `${clause}: ${promise}`,
  )
  expect(rows).toEqual(conformanceCases.map(({ clause, title }) => `${clause}: ${title}`))
})

test('every clause that it names is one of the suite, and every clause has a step that keeps it', () => {
  const known = conformanceCases.map(({ clause }) => clause)
  const [steps = ''] = guide.split('## All clauses')
  const named = new Set([...steps.matchAll(CLAUSE)].map(([clause]) => clause))
  expect([...named].filter((clause) => !known.includes(clause))).toEqual([])
  expect(known.filter((clause) => !named.has(clause))).toEqual([])
})

test('every file of the example that it names is there', () => {
  const files = [...guide.matchAll(/`((?:src|test)\/[\w./-]+\.ts)`/g)].map(([, file]) => file!)
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((file) => !existsSync(new URL(file, here)))).toEqual([])
})
