/** What came of a run, as lines for a terminal and as the record that `--out` writes. */
import type { Stream } from '../stream.js'
import { type ChaosRun, nameOf } from './chaos-run.js'

export interface Machine {
  readonly cpuShare: number
  readonly firstRssMib: number
  readonly peakRssMib: number
  readonly lastRssMib: number
}

interface PairOutcome {
  readonly pair: readonly [string, string]
  readonly longestOutageMs: number
  readonly longestWithoutWayMs: number
}

const WORST_PAIRS = 8
const MOST_CAUSES = 12

function outcomesOf(run: ChaosRun): readonly PairOutcome[] {
  const nowMs = performance.now()
  return run.ways.pairs().map(([a, b]) => {
    const streams = [run.journal.stream(nameOf(a), nameOf(b)), run.journal.stream(nameOf(b), nameOf(a))]
    return {
      pair: [nameOf(a), nameOf(b)],
      longestOutageMs: Math.max(...streams.map((stream) => stream.longestGapMs(run.endedMs ?? nowMs))),
      longestWithoutWayMs: run.ways.longestWithoutMs(a, b, nowMs),
    }
  })
}

export function summaryOf(run: ChaosRun, machine: Machine): readonly string[] {
  const streams = run.streams()
  const sum = (count: (stream: Stream) => number): number => streams.reduce((total, one) => total + count(one), 0)
  const faults = countBy(run.plan.map(({ fault }) => fault.kind))
  const [sent, missing] = [sum(({ accepted }) => accepted), sum(({ missing: one }) => one)]
  const share = (count: number, of: number): string => `${((100 * count) / Math.max(1, of)).toFixed(2)} %`
  const arrived = added(streams.map((stream) => stream.arrived))
  const causes = [...added(streams.map((stream) => stream.lost()))].sort(([, a], [, b]) => b - a)
  const worst = outcomesOf(run).toSorted(
    (a, b) => b.longestOutageMs - b.longestWithoutWayMs - (a.longestOutageMs - a.longestWithoutWayMs),
  )
  const line = (name: string, text: string): string => `${name.padEnd(14)}${text}`
  return [
    line('faults', listOf(faults)),
    line(
      'messages',
      `${sent} sent, ${sent - missing} arrived, ${missing} lost (${share(missing, sent)}), ${sum(({ repeated }) => repeated)} repeated, ${sum(({ refused }) => refused)} refused`,
    ),
    line(
      'arrived by',
      [...arrived].map(([name, count]) => `${name} ${count} (${share(count, sent - missing)})`).join(', '),
    ),
    line('switches', listOf(run.switches)),
    line('mails', listOf(new Map(Object.entries(run.mails).filter(([, count]) => count > 0)))),
    line('at last by', listOf(run.usedAtLast)),
    line(
      'machine',
      `${(100 * machine.cpuShare).toFixed(0)} % of one CPU, ${machine.firstRssMib} MiB at first, ${machine.peakRssMib} at most, ${machine.lastRssMib} at last`,
    ),
    line('troubles', run.troubles.length === 0 ? 'none' : listOf(countBy(run.troubles))),
    '',
    'longest outage of a pair, beside the longest time in which it had no way at all',
    ...worst
      .slice(0, WORST_PAIRS)
      .map(
        ({ pair, longestOutageMs, longestWithoutWayMs }) =>
          `${pair.join(' and ').padEnd(14)}${seconds(longestOutageMs)}${seconds(longestWithoutWayMs)}`,
      ),
    '',
    'lost, by what was in use and what was wrong when they were sent',
    ...causes.slice(0, MOST_CAUSES).map(([cause, count]) => `${String(count).padStart(8)}  ${cause}`),
    '',
    'dropped on purpose, by whom and why',
    ...[...run.journal.dropped]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, MOST_CAUSES)
      .map(([what, count]) => `${String(count).padStart(8)}  ${what}`),
    '',
    run.lostLinks.length === 0
      ? 'No link was lost that had a way.'
      : `${run.lostLinks.length} times a link was lost that had a way: ${listOf(countBy(run.lostLinks.map(({ pair }) => pair.join(' and '))))}`,
  ]
}

/** Everything, as JSON. */
export function recordOf(run: ChaosRun, machine: Machine, options: Readonly<Record<string, unknown>>): string {
  const streams = Object.fromEntries(
    run.ways.pairs().flatMap(([a, b]) =>
      [[a, b] as const, [b, a] as const].map(([from, to]) => {
        const stream = run.journal.stream(nameOf(from), nameOf(to))
        const { accepted, refused, missing, repeated, order } = stream
        const [arrived, lost] = [Object.fromEntries(stream.arrived), Object.fromEntries(stream.lost())]
        return [`${nameOf(from)} ${nameOf(to)}`, { accepted, refused, missing, repeated, arrived, lost, order }]
      }),
    ),
  )
  const { plan, lostLinks, troubles, lines } = run
  const record = {
    options,
    machine,
    plan,
    lines,
    lostLinks,
    troubles,
    switches: Object.fromEntries(run.switches),
    mails: run.mails,
    usedAtLast: Object.fromEntries(run.usedAtLast),
    pairs: outcomesOf(run),
    dropped: Object.fromEntries(run.journal.dropped),
    streams,
  }
  return `${JSON.stringify(record, null, 1)}\n`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1).padStart(8)} s`
}

function listOf(counts: ReadonlyMap<string, number>): string {
  return counts.size === 0 ? 'none' : [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  return added(names.map((name) => new Map([[name, 1]])))
}

function added(maps: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>()
  for (const map of maps) for (const [name, count] of map) all.set(name, (all.get(name) ?? 0) + count)
  return all
}
