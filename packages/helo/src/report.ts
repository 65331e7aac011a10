/**
 * REPORT: which frames arrived, path by path, so that the sender knows how fast each path delivers. Never judges a counter: whether
 * it was ever sent is the sender's to know. DESIGN section 4, PROTOCOL.md section 11.
 *
 *   1 to 16 times:   0  2  pathId
 *                    2  8  counter
 */
import { MAX_PATHS_IN_EPOCH } from './limits.js'
import { type BodyCodec, type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { Writer } from './wire/writer.js'

const ENTRY_OCTETS = 10
const COUNTER_OFFSET = 2

/** What arrived over one path. */
export interface PathReport {
  /** u16, as the receiver of this report chose it. */
  readonly pathId: number
  /** The highest that opened; below 2^53. */
  readonly counter: number
}

/** PROTOCOL.md section 11: 1 to MAX_PATHS_IN_EPOCH entries. Faults: `truncated`, `bad-number`, `trailing` (what follows 16). */
export const reportCodec: BodyCodec<readonly PathReport[]> = {
  sizeOf(report: readonly PathReport[]): number {
    return ENTRY_OCTETS * report.length
  },

  encode(report: readonly PathReport[]): Uint8Array {
    if (report.length < 1 || report.length > MAX_PATHS_IN_EPOCH)
      throw new RangeError(`a report of ${report.length} paths, not 1 to ${MAX_PATHS_IN_EPOCH}`)
    const writer = new Writer(reportCodec.sizeOf(report))
    for (const { pathId, counter } of report) {
      writer.u16(pathId)
      writer.u64(counter)
    }
    return writer.finish()
  },

  decode(bytes: Uint8Array): Decoded<readonly PathReport[]> {
    const reader = new Reader(bytes)
    const report: PathReport[] = []
    do {
      if (report.length === MAX_PATHS_IN_EPOCH) return faultAt('trailing', reader.offset)
      const start = reader.offset
      const pathId = reader.u16()
      const counter = reader.u64()
      if (reader.failed) return faultAt('truncated', bytes.byteLength)
      if (!Number.isSafeInteger(counter)) return faultAt('bad-number', start + COUNTER_OFFSET)
      report.push({ pathId, counter })
    } while (reader.remaining > 0)
    return { ok: true, value: report, bytesRead: reader.offset }
  },
}
