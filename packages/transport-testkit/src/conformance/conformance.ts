/** The suite, run without a test runner: every case in a world of its own, and what became of it. */
import { AssertionError } from 'node:assert'
import {
  type ContractBreach,
  checkContract,
  systemClock,
  type Transport,
  type TransportTraits,
} from '@postern/transport-api'
import type { ConformanceCase, RunOptions } from './case.js'
import { accountCases } from './cases/accounts.js'
import { deliveryCases } from './cases/delivery.js'
import { harnessCases } from './cases/harness-faults.js'
import { heloCases } from './cases/helo.js'
import { lifecycleCases } from './cases/lifecycle.js'
import { pathCases } from './cases/paths.js'
import { pressureCases } from './cases/pressure.js'
import { sessionCases } from './cases/sessions.js'
import { stoppingCases } from './cases/stopping.js'
import { show } from './expectation.js'
import type { ConformanceHarness } from './harness.js'
import { withTrial } from './with-trial.js'

/** In the order in which an author meets them. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...lifecycleCases,
  ...stoppingCases,
  ...heloCases,
  ...sessionCases,
  ...deliveryCases,
  ...harnessCases,
  ...pressureCases,
  ...pathCases,
  ...accountCases,
]

export type CaseOutcome = 'kept' | 'broken' | 'not-promised'

export interface CaseResult extends Pick<ConformanceCase, 'clause' | 'title' | 'look'> {
  /** `not-promised`: the traits do not claim it. */
  readonly outcome: CaseOutcome
  /** What was expected and what was seen; null unless broken. */
  readonly seen: string | null
  /** Of the machine's time. */
  readonly tookMs: number
}

export interface ConformanceReport {
  /** As in the harness. */
  readonly package: string
  readonly seed: number
  /** null: no instance could be made, and `problem` says why. */
  readonly transport: TransportFacts | null
  readonly problem: string | null
  readonly results: readonly CaseResult[]
}

export interface TransportFacts {
  readonly protocolNumber: number
  readonly mtu: number
  readonly cost: number
  readonly traits: TransportTraits
}

export interface ConformanceOptions extends RunOptions {
  /** Only these; all when left out. */
  readonly clauses?: readonly string[]
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void
}

/** Never rejects: what goes wrong is in the report. */
export async function runConformance(
  harness: ConformanceHarness,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const { clauses, onResult, ...run } = options
  const report = { package: harness.package, seed: run.seed ?? 1 }
  let transport: TransportFacts
  try {
    transport = await factsOf(harness, run)
  } catch (error) {
    return { ...report, transport: null, problem: messageOf(error), results: [] }
  }
  const results: CaseResult[] = []
  for (const one of conformanceCases) {
    if (clauses !== undefined && !clauses.includes(one.clause)) continue
    const result = await resultOf(one, harness, transport.traits, run)
    results.push(result)
    onResult?.(result)
  }
  return { ...report, transport, problem: null, results }
}

/** What an instance says of itself. AssertionError when there is none, or when it does not say what it is like. */
export async function factsOf(harness: ConformanceHarness, options?: RunOptions): Promise<TransportFacts> {
  return withTrial(harness, options, async (trial) => {
    const { transport } = await trial.node({ started: false })
    const breach = checkContract(transport) // of another member than the traits: a case of its own says so
    if (breach?.member.startsWith('traits.') === true) throw breachError(breach)
    return statedBy(transport, breach)
  })
}

function statedBy(transport: Transport, breach: ContractBreach | null): TransportFacts {
  try {
    const { protocolNumber, mtu, cost, traits } = transport
    return { protocolNumber, mtu, cost, traits }
  } catch (error) {
    throw breach === null ? error : breachError(breach) // a getter that throws
  }
}

function breachError({ member, expected, found }: ContractBreach): AssertionError {
  return new AssertionError({ message: `expected ${member} to be ${expected}; seen: ${found}` })
}

async function resultOf(
  one: ConformanceCase,
  harness: ConformanceHarness,
  traits: TransportTraits,
  run: RunOptions,
): Promise<CaseResult> {
  const { clause, title, look } = one
  const startedMs = systemClock.monotonic()
  const result = (outcome: CaseOutcome, seen: string | null): CaseResult => {
    return { clause, title, look, outcome, seen, tookMs: systemClock.monotonic() - startedMs }
  }
  try {
    if (!one.appliesTo(traits)) return result('not-promised', null)
    await one.run(harness, run)
    return result('kept', null)
  } catch (error) {
    return result('broken', messageOf(error))
  }
}

function messageOf(error: unknown): string {
  return error instanceof AssertionError ? error.message : `expected no error; seen: ${show(error)}`
}
