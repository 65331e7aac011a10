/** docs/paper-map.md against the suite: each clause of the paper is found from its sentence. */
import { readFileSync } from 'node:fs'
import { conformanceCases } from '@postern/transport-testkit'
import { expect, test } from 'vitest'

const MAP = readFileSync(new URL('../../../../docs/paper-map.md', import.meta.url), 'utf8')
const named = new Set([...MAP.matchAll(/`([PD][\d.]+\/[a-z-]+)`/g)].map(([, clause]) => clause!))
const clauses = conformanceCases.map(({ clause }) => clause)

test('8/paper-map: every clause of the paper stands beside its sentence, and no clause is named that does not exist', () => {
  expect(clauses.filter((clause) => clause.startsWith('P') && !named.has(clause))).toEqual([])
  expect([...named].filter((clause) => !clauses.includes(clause))).toEqual([])
})
