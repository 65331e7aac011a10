/** A heap result for the terminal: a line for each look, the slopes below. */
import { machineLine } from '../machine.js'
import { plainTable } from '../plain-table.js'
import type { HeapResult } from './command.js'

export function heapTable({ rows, machine, runtime, messages }: HeapResult): string {
  const head = ['messages', ...rows.flatMap(({ transport }) => [`${transport} heap\nKiB`, `${transport} buffers\nKiB`])]
  const looks = (rows[0]?.points ?? []).map(({ messages: count }, at) => [
    String(count),
    ...rows.flatMap(({ points }) => [kib(points[at]!.heapUsedBytes), kib(points[at]!.bufferBytes)]),
  ])
  const slopes = [
    'octets/message',
    ...rows.flatMap((row) => [row.slopeBytesPerMessage.toFixed(3), row.bufferSlopeBytesPerMessage.toFixed(3)]),
  ]
  return [
    `Memory in use after a full collection, while ${messages} messages of ${rows[0]?.bytes ?? 0} octets go to oneself.`,
    `${machineLine(machine, runtime)}.`,
    '',
    plainTable(head, [...looks, slopes]),
    '',
    'Last line: octets that each message leaves behind, as the slope of the nearest straight line.',
    'A few tenths of an octet are the compiler and counters; a leak shows as tens of octets.',
    '',
  ].join('\n')
}

const kib = (bytes: number): string => (bytes / 1024).toFixed(1)
