/** A latency result for the terminal, within 120 columns, with what the columns mean below. */
import { machineLine } from '../machine.js'
import { plainTable } from '../plain-table.js'
import { OTHER_MAIL_SERVERS, PAPER_MESSAGES, suspectRange } from './figure-5.js'
import type { LatencyResult, LatencyRow } from './result.js'

const HEAD = [
  'transport',
  'octets',
  'ours\nms',
  '95 % CI\nms',
  'raw\nms',
  'ratio',
  '95 % CI',
  'noise\n±',
  'p50\nµs',
  'p99\nµs',
  'cold\nms',
  'raw cold\nms',
  'paper\nms',
]

export function latencyTable(result: LatencyResult): string {
  const { rows, machine, runtime } = result
  return [
    `Figure 5: ${PAPER_MESSAGES} messages to oneself, each sent after the one before arrived; transport only, loopback.`,
    `${machineLine(machine, runtime)}.`,
    `Medians of ${efforts(rows)}; seed ${result.seed}.`,
    '',
    plainTable(HEAD, rows.flatMap(lines)),
    '',
    ...legend(result),
    '',
  ].join('\n')
}

/** `40 runs of 1000 messages (udp, tcp)`; a run of fewer messages is shown as if it had been PAPER_MESSAGES. */
function efforts(rows: readonly LatencyRow[]): string {
  const names = new Map<string, Set<string>>()
  for (const { runs, messages, transport } of rows) {
    const effort = `${runs} ${runs === 1 ? 'run' : 'runs'} of ${messages} messages`
    names.set(effort, (names.get(effort) ?? new Set()).add(transport))
  }
  return [...names].map(([effort, transports]) => `${effort} (${[...transports].join(', ')})`).join(', ')
}

function lines(row: LatencyRow): string[][] {
  const scale = PAPER_MESSAGES / row.messages
  const ms = (value: number | null): string => (value === null ? '–' : milliseconds(value * scale))
  const ours = [
    row.transport,
    String(row.bytes),
    ms(row.totalMs.median),
    row.totalMs.ci95.map(ms).join('–'),
    ms(row.rawTotalMs.median) + (row.suspect ? '?' : ''),
    row.ratio.toFixed(3),
    interval(row.ratioCi95),
    percent(row.aaNoise),
    row.p50Us.toFixed(1),
    row.p99Us.toFixed(1),
    ms(row.coldTotalMs),
    ms(row.rawColdTotalMs),
    row.paperMs === null ? '–' : String(row.paperMs),
  ]
  if (row.connectedRawTotalMs === null || row.connectedRatio === null) return [ours]
  const connected = ['  connected', '', '', '', ms(row.connectedRawTotalMs), row.connectedRatio.toFixed(3)]
  return [ours, [...connected, ...HEAD.slice(connected.length).map(() => '')]]
}

const MAIL_LEGEND = [
  'smtp: through the embedded relay, two SMTP hops; -disk answers a mail after fsync, -memory loses it in a crash.',
  'raw smtp: nodemailer through the same relay into a bare smtp-server.',
  `paper, smtp: qmail; the other two: ${OTHER_MAIL_SERVERS}.`,
]

function legend({ rows, aaNoise }: LatencyResult): string[] {
  const suspects = rows.filter(({ suspect }) => suspect)
  const coverage = rows[0]?.coverage ?? 1
  return [
    'raw: the same octets through node:dgram or node:net alone, interleaved with ours; connected: a connected UDP socket.',
    'ratio: ours / raw, the median over rounds of the ratio within a round. 1 would mean that our transport costs nothing.',
    `noise: raw against a second instance of itself, at most ${percent(aaNoise)} here; smaller differences mean nothing.`,
    'p50, p99: of our single messages. cold: the first run of a fresh process, median of several processes.',
    `paper: ms for ${PAPER_MESSAGES} messages on hardware of 2003; it compares machines, not programs.`,
    ...(rows.some(({ transport }) => transport.startsWith('smtp')) ? MAIL_LEGEND : []),
    ...(coverage < 0.95 ? [`CI: too few runs for 95 %; shown are the extremes, worth ${percent(coverage)}.`] : []),
    ...suspects.map(suspicion),
  ]
}

function suspicion({ transport, bytes, rawTotalMs, messages }: LatencyRow): string {
  const [low, high] = suspectRange(transport) ?? [0, 0]
  const each = ((rawTotalMs.median * 1000) / messages).toFixed(1)
  return `? suspect run: raw ${transport} took ${each} µs per message of ${bytes} octets, expected ${low} to ${high}. Do not use.`
}

/** At most five digits: more would claim a precision that is not there. */
const milliseconds = (value: number): string => value.toFixed(value < 1_000 ? 2 : 0)
const interval = ([low, high]: readonly [number, number]): string => `${low.toFixed(2)}–${high.toFixed(2)}`
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
