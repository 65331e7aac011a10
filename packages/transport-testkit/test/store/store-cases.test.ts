/** The suite of stores on trial. */
import { storeCases } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { modelHarness } from './model-store.js'
import { storeMutants } from './mutants.js'

/** Clauses that are broken, with what was seen. */
async function broken(harness: ReturnType<typeof modelHarness>): Promise<string[]> {
  const seen: string[] = []
  for (const { clause, run } of storeCases) {
    await run(harness, { patienceMs: 2_000 }).catch((error: Error) => seen.push(`${clause}: ${error.message}`))
  }
  return seen
}

describe('4/store-suite', () => {
  test('a sound store keeps every clause', async () => {
    expect(await broken(modelHarness())).toEqual([])
  })

  test.each(storeMutants.map(({ clause, name, harness }) => [clause, name, harness] as const))(
    '%s: a store that %s is caught by this clause and by no other',
    async (clause, _, harness) => {
      expect(await broken(harness)).toEqual([expect.stringContaining(`${clause}: expected `)])
    },
  )

  test('each clause has a mutant, and is there once', () => {
    const clauses = storeCases.map(({ clause }) => clause)
    const tried = new Set(storeMutants.map(({ clause }) => clause))
    expect(clauses.filter((clause) => !tried.has(clause))).toEqual([])
    expect(new Set(clauses).size).toBe(clauses.length)
  })

  test('what a store does not claim is not asked for', () => {
    const claims = { ...modelHarness(), survivesCrash: false }
    const left = storeCases.filter((one) => !one.appliesTo(claims)).map(({ clause }) => clause)
    expect(left).toEqual(['D4/store-crash-put', 'D4/store-crash-remove', 'D4/store-crash-whole'])
    expect(storeCases.every((one) => one.appliesTo(modelHarness()))).toBe(true)
  })

  test('a store that never answers is given up, and what was waited for is said', async () => {
    const silent = modelHarness({ store: () => ({ put: () => new Promise(() => {}) }) })
    const [replaced] = storeCases.filter(({ clause }) => clause === 'D4/store-replaced')
    await expect(replaced!.run(silent, { patienceMs: 20 })).rejects.toThrow(
      'expected put to resolve; seen: neither a result nor an error',
    )
  })
})
