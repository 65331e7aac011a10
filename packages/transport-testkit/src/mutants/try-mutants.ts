/** The suite on trial: which clauses catch each mutant. */
import { conformanceCases, runConformance } from '../conformance/conformance.js'
import type { Mutant } from './mutant.js'
import { mutants } from './mutants.js'

export interface MutantResult extends Pick<Mutant, 'of' | 'name' | 'clause'> {
  /** The clauses that it was caught by. */
  readonly caughtBy: readonly string[]
  /** By its own clause and by no other. */
  readonly isCaught: boolean
}

export interface MutantTrial {
  readonly results: readonly MutantResult[]
  /** Clauses that no mutant breaks: nobody knows whether they catch anything. */
  readonly untriedClauses: readonly string[]
}

/** Never rejects. `onResult` is called after each mutant. */
export async function tryMutants(onResult: (result: MutantResult) => void = () => {}): Promise<MutantTrial> {
  const results: MutantResult[] = []
  for (const { of, name, clause, harness } of mutants) {
    const { problem, results: cases } = await runConformance(harness)
    const broken = cases.filter(({ outcome }) => outcome === 'broken').map((result) => result.clause)
    const caughtBy = problem === null ? broken : [problem]
    const result = { of, name, clause, caughtBy, isCaught: caughtBy.length === 1 && caughtBy[0] === clause }
    results.push(result)
    onResult(result)
  }
  const tried = new Set(mutants.map(({ clause }) => clause))
  const untriedClauses = conformanceCases.map(({ clause }) => clause).filter((clause) => !tried.has(clause))
  return { results, untriedClauses }
}

/** One line. */
export function formatMutant({ of, name, clause, caughtBy, isCaught }: MutantResult): string {
  const said = `${clause.padEnd(24)} catches a ${of} that ${name}`
  return isCaught ? `✓ ${said}` : `✗ ${said}? It was caught by ${caughtBy.join(', ') || 'nothing'}`
}

/** The closing lines. */
export function formatMutantTrial({ results, untriedClauses }: MutantTrial): string {
  const caught = results.filter(({ isCaught }) => isCaught).length
  const clauses = new Set(results.map(({ clause }) => clause)).size
  const lines = [
    `${results.length} mutants of ${clauses} clauses: ${caught} caught by their own clause and by no other`,
  ]
  if (untriedClauses.length > 0) lines.push(`clauses without a mutant: ${untriedClauses.join(', ')}`)
  return lines.join('\n')
}
