/** What became of all that was said, as lines for a terminal. */
import { paint, paintTransport } from 'postern-stage'
import type { Journal } from './journal.js'

const TRANSPORTS = ['udp', 'tcp', 'smtp'] as const
const COLUMNS = 9

/** `endMs`: when the talk ended, by `performance.now`. */
export function closingTable(
  journal: Journal,
  pairs: readonly (readonly [string, string])[],
  endMs: number,
): readonly string[] {
  const cell = (text: string | number): string => String(text).padStart(COLUMNS)
  const heads = ['sent', 'arrived', ...TRANSPORTS.map((name) => `by ${name}`), 'lost', 'repeated', 'longest gap']
  const rows = pairs.map(([from, to]) => {
    const stream = journal.stream(from, to)
    const { accepted, arrivedInAll, arrived, missing, repeated } = stream
    const by = TRANSPORTS.map((name) => paintTransport(name).replace(name, cell(arrived.get(name) ?? 0)))
    const rest = [missing, repeated].map(cell)
    const counts = [cell(accepted), cell(arrivedInAll), ...by, ...rest]
    return `${`${from} → ${to}`.padEnd(14)}${counts.join('')}${`${stream.longestGapMs(endMs).toFixed(0)} ms`.padStart(13)}`
  })
  const lost = pairs.flatMap(([from, to]) =>
    [...journal.stream(from, to).lost()].map(([cause, count]) => `${cell(count)}  ${from} → ${to}, sent ${cause}`),
  )
  const dropped = [...journal.dropped].map(([what, count]) => `${cell(count)}  ${what}`)
  return [
    paint(
      'dim',
      `${''.padEnd(14)}${heads.map((head) => head.padStart(head.length > COLUMNS ? 13 : COLUMNS)).join('')}`,
    ),
    ...rows,
    ...(lost.length > 0
      ? ['', paint('dim', 'lost on the way, by what was in use and what was wrong then'), ...lost]
      : []),
    ...(dropped.length > 0 ? ['', paint('dim', 'dropped on purpose, by whom and why'), ...dropped] : []),
  ]
}
