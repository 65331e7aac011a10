/** A link result for the terminal, within 120 columns, with what the columns mean below. */
import { machineLine } from '../machine.js'
import { plainTable } from '../plain-table.js'
import type { Estimate, LinkResult, LinkRow } from './result.js'

const HEAD = [
  'link',
  'ours\nms',
  '95 % CI\nms',
  'raw trip',
  'trip\nms',
  'over\nms',
  '95 % CI\nms',
  'cold\nms',
  'trip cold\nms',
  'over cold\nms',
]

export function linkTable(result: LinkResult): string {
  const { rows, machine, runtime, seed, warmUpRounds } = result
  return [
    'From nothing to the first message delivered: new nodes, cards exchanged, sockets bound; loopback, one process.',
    `${machineLine(machine, runtime)}.`,
    `Medians of ${efforts(rows)}.`,
    `Before those ${warmUpRounds} runs to warm up, fewer by mail; seed ${seed}.`,
    '',
    plainTable(HEAD, rows.map(line)),
    '',
    ...legend(rows),
    '',
  ].join('\n')
}

/** `40 runs and 5 cold processes (udp, tcp)` */
function efforts(rows: readonly LinkRow[]): string {
  const names = new Map<string, Set<string>>()
  for (const { runs, coldProcesses, transport } of rows) {
    const effort = `${runs} ${runs === 1 ? 'run' : 'runs'} and ${coldProcesses} cold processes`
    names.set(effort, (names.get(effort) ?? new Set()).add(transport))
  }
  return [...names].map(([effort, transports]) => `${effort} (${[...transports].join(', ')})`).join(', ')
}

function line({ transport, measure, trip, ms, tripMs, overMs, coldMs, coldTripMs, coldOverMs }: LinkRow): string[] {
  return [
    `${transport} ${measure}`,
    milliseconds(ms.median),
    interval(ms),
    trip,
    milliseconds(tripMs.median),
    milliseconds(overMs.median),
    interval(overMs),
    ...[coldMs, coldTripMs, coldOverMs].map((value) => (value === null ? '–' : milliseconds(value))),
  ]
}

function legend(rows: readonly LinkRow[]): string[] {
  const coverage = rows[0]?.coverage ?? 1
  return [
    'early: from link.send() of the first message, before any handshake, to the handler of the other node.',
    'ready: from link.ready() until it resolves. first-byte: from there to the handler, of a message sent when it resolves.',
    'raw trip: a message there, or there and back, over raw sockets that are connected already; ours still dials.',
    'over: ours less the trip, the median over rounds of the difference within a round.',
    'cold: the first of a fresh process; the difference there is of two processes.',
    ...(rows.some(({ transport }) => transport.startsWith('smtp'))
      ? ['smtp: through the embedded relay, which keeps mail in memory; two SMTP hops each way.']
      : []),
    ...(coverage < 0.95 ? [`CI: too few runs for 95 %; worth ${(coverage * 100).toFixed(1)} %.`] : []),
  ]
}

/** Trips take hundredths of a ms, mails hundreds of ms: as many digits as mean something. */
export function milliseconds(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size < 1 ? 3 : size < 100 ? 2 : size < 1_000 ? 1 : 0)
}
export const interval = ({ ci95 }: Estimate): string => ci95.map(milliseconds).join('–')
