/** The report as text for a terminal. The report itself is plain data: JSON.stringify makes the other form. */
import type { CaseOutcome, CaseResult, ConformanceReport } from './conformance.js'

const MARK: Readonly<Record<CaseOutcome, string>> = { kept: '✓', broken: '✗', 'not-promised': '–' }
const GUIDE = 'docs/writing-a-transport.md'

/** One column for each transport, one line for each clause, then what is broken and where to look. */
export function formatReports(reports: readonly ConformanceReport[]): string {
  const ran = reports.filter(({ transport }) => transport !== null)
  return [
    ...reports.map(introduction),
    '',
    ...table(ran),
    '',
    ...ran.flatMap((report) => broken(report)),
    ...sharedNumbers(ran).flatMap((line) => [line, '']),
    ...reports.map(sum),
  ].join('\n')
}

/** Protocol numbers that more than one of the transports claims, each as a sentence. */
export function sharedNumbers(reports: readonly ConformanceReport[]): readonly string[] {
  const claims = new Map<number, string[]>()
  for (const { transport, package: name } of reports) {
    if (transport === null || !Number.isInteger(transport.protocolNumber)) continue
    const others = claims.get(transport.protocolNumber) ?? []
    claims.set(transport.protocolNumber, [...others, name])
  }
  return [...claims]
    .filter(([, names]) => names.length > 1)
    .map(([number, names]) => {
      const advice = 'each transport has a number of its own, see PROTOCOL-NUMBERS.md'
      return `✗ protocolNumber ${number} is claimed by ${names.join(' and ')}: ${advice}`
    })
}

/** Is every promise kept that was made? */
export function isClean(reports: readonly ConformanceReport[]): boolean {
  const areKept = reports.every(
    ({ problem, results }) => problem === null && results.every(({ outcome }) => outcome !== 'broken'),
  )
  return areKept && sharedNumbers(reports).length === 0
}

function introduction(report: ConformanceReport): string {
  if (report.transport === null) return `${report.package}: could not be tried`
  const { protocolNumber, mtu, cost, traits } = report.transport
  const { directions, reliable, ordered, maxLatencyMs, idleMs, sourceProven } = traits
  const said = [
    `protocol ${protocolNumber}`,
    `mtu ${mtu}`,
    `cost ${cost}`,
    [directions.in ? 'in' : '', directions.out ? 'out' : ''].filter((word) => word !== '').join(' and ') ||
      'no direction',
    `${reliable ? '' : 'un'}reliable`,
    `${ordered ? '' : 'un'}ordered`,
    `sources ${sourceProven ? '' : 'not '}proven`,
    `latency up to ${duration(maxLatencyMs)}`,
    `idle ${duration(idleMs)}`,
  ]
  return `${report.package}: ${said.join(', ')} (seed ${report.seed})`
}

function table(reports: readonly ConformanceReport[]): readonly string[] {
  if (reports.length === 0) return []
  const names = reports.map(({ package: name }) => shortName(name))
  const clauses = new Map(reports.flatMap(({ results }) => results.map((result) => [result.clause, result] as const)))
  const width = Math.max(...[...clauses.keys()].map((clause) => clause.length))
  const lines = [...clauses.values()].map(({ clause, title }) => {
    const marks = reports.map(({ results }, at) => {
      const result = results.find((one) => one.clause === clause)
      return (result === undefined ? ' ' : MARK[result.outcome])
        .padStart(Math.ceil(names[at]!.length / 2))
        .padEnd(names[at]!.length)
    })
    return `${marks.join('  ')}  ${clause.padEnd(width)}  ${title}`
  })
  return [names.join('  '), ...lines]
}

function broken({ package: name, results }: ConformanceReport): readonly string[] {
  return results.filter(({ outcome }) => outcome === 'broken').flatMap((result) => [...explained(name, result), ''])
}

function explained(name: string, { clause, title, look, seen }: CaseResult): readonly string[] {
  return [
    `${MARK.broken} ${name} breaks ${clause}: ${title}`,
    `  what happened: ${seen}`,
    `  where to look: ${look}`,
    `  what it means: ${GUIDE}, "${clause}"`,
  ]
}

function sum({ package: name, problem, results }: ConformanceReport): string {
  if (problem !== null) return `${MARK.broken} ${name}: ${problem}`
  const count = (wanted: CaseOutcome): number => results.filter(({ outcome }) => outcome === wanted).length
  const ms = results.reduce((total, { tookMs }) => total + tookMs, 0)
  const counts = `${count('kept')} kept, ${count('broken')} broken, ${count('not-promised')} not promised`
  return `${count('broken') === 0 ? MARK.kept : MARK.broken} ${name}: ${counts}, ${(ms / 1_000).toFixed(1)} s`
}

/** `@postern/transport-udp` → `udp`, `simulated streams` → `streams`. */
function shortName(name: string): string {
  return /([^ /-]+)$/.exec(name)?.[1] ?? name
}

function duration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
}
