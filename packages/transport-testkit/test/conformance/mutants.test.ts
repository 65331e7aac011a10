import { conformanceCases, mutants, runConformance } from '@postern/transport-testkit'
import { expect, test } from 'vitest'

test.each(mutants.map((one) => [one.clause, one.of, one.name, one] as const))(
  '%s: a %s that %s is caught by this clause and by no other',
  async (clause, _of, _name, { harness }) => {
    const report = await runConformance(harness)
    expect(report.problem).toBeNull()
    const broken = report.results.filter(({ outcome }) => outcome === 'broken')
    expect(broken.map((result) => `${result.clause}: ${result.seen}`)).toEqual([
      expect.stringContaining(`${clause}: expected `),
    ])
  },
)

test('a clause without a mutant does not exist', () => {
  const tried = new Set(mutants.map(({ clause }) => clause))
  expect(conformanceCases.map(({ clause }) => clause).filter((clause) => !tried.has(clause))).toEqual([])
  expect(new Set(conformanceCases.map(({ clause }) => clause)).size).toBe(conformanceCases.length)
})
