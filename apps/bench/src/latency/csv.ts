/** The rows of a result for spreadsheets: one line each, numbers with a point, RFC 4180. */
import type { LatencyRow } from './result.js'

const COLUMNS: readonly (readonly [name: string, value: (row: LatencyRow) => string | number | boolean | null])[] = [
  ['transport', (row) => row.transport],
  ['bytes', (row) => row.bytes],
  ['messages', (row) => row.messages],
  ['runs', (row) => row.runs],
  ['totalMs', (row) => row.totalMs.median],
  ['totalMsLow', (row) => row.totalMs.ci95[0]],
  ['totalMsHigh', (row) => row.totalMs.ci95[1]],
  ['rawTotalMs', (row) => row.rawTotalMs.median],
  ['rawTotalMsLow', (row) => row.rawTotalMs.ci95[0]],
  ['rawTotalMsHigh', (row) => row.rawTotalMs.ci95[1]],
  ['ratio', (row) => row.ratio],
  ['ratioLow', (row) => row.ratioCi95[0]],
  ['ratioHigh', (row) => row.ratioCi95[1]],
  ['aaNoise', (row) => row.aaNoise],
  ['p50Us', (row) => row.p50Us],
  ['p99Us', (row) => row.p99Us],
  ['rawP50Us', (row) => row.rawP50Us],
  ['rawP99Us', (row) => row.rawP99Us],
  ['coldTotalMs', (row) => row.coldTotalMs],
  ['rawColdTotalMs', (row) => row.rawColdTotalMs],
  ['coldRatio', (row) => row.coldRatio],
  ['connectedRawTotalMs', (row) => row.connectedRawTotalMs],
  ['connectedRatio', (row) => row.connectedRatio],
  ['paperMs', (row) => row.paperMs],
  ['suspect', (row) => row.suspect],
]

/** What was not measured is an empty field. No field holds a comma or a quote. */
export function latencyCsv(rows: readonly LatencyRow[]): string {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, value]) => value(row) ?? ''))]
  return lines.map((fields) => `${fields.join(',')}\r\n`).join('')
}
