/** A comparison for the terminal, within 120 columns, with what the columns mean below. */
import { interval, milliseconds } from '../link/table.js'
import { machineLine } from '../machine.js'
import { plainTable } from '../plain-table.js'
import type { RivalRow, RivalsResult } from './result.js'
import { REFERENCE } from './rival.js'

const HEAD = ['', 'warm\nms', '95 % CI\nms', '× ours', 'cold\nms', '95 % CI\nms', '× ours', 'start\nms', '95 % CI\nms']

export function rivalsTable({ rows, machine, runtime, runs, warmUp, seed, versions }: RivalsResult): string {
  const coverage = rows[0]?.coverage ?? 1
  return [
    'From the first call to the first octet at the other handler: two new nodes in one process, loopback.',
    `${machineLine(machine, runtime)}.`,
    `${rows[0]?.processes ?? 0} processes of each, in turn, ${runs} links in each, one after the other; seed ${seed}.`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    '',
    plainTable(HEAD, rows.map(line)),
    '',
    'Postern ready: from link.ready() to the handler, of a message sent when it resolves. early: from link.send() at once.',
    'js-libp2p: from dialProtocol() of a known address to the handler, of a message sent when it resolves; Noise, yamux.',
    'optimistic: the message leaves together with the name of the protocol (negotiateFully: false).',
    `warm: after ${warmUp} links, the median over processes of their medians. cold: the first link of a process.`,
    'start: from the start of the process to the first octet, loading the packages and making two nodes included.',
    `× ours: against ${REFERENCE}, within a round.`,
    ...(coverage < 0.95 ? [`CI: too few processes for 95 %; worth ${(coverage * 100).toFixed(1)} %.`] : []),
    '',
  ].join('\n')
}

function line({ name, warmMs, warmRatio, coldMs, coldRatio, startMs }: RivalRow): string[] {
  const pair = (estimate: RivalRow['warmMs']): string[] => [milliseconds(estimate.median), interval(estimate)]
  const times = (estimate: RivalRow['warmMs']): string => estimate.median.toFixed(2)
  return [name, ...pair(warmMs), times(warmRatio), ...pair(coldMs), times(coldRatio), ...pair(startMs)]
}
