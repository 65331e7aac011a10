/**
 * REPORT: which frames arrived, path by path, so that the sender knows what each path loses and how long it takes. Never judges a
 * counter: whether it was ever sent is the sender's to know. DESIGN section 4, PROTOCOL.md section 11.
 *
 *   1 to 16 times:   0  2  pathId
 *                    2  8  counter
 *                   10  8  received
 *                   18  4  ageMs
 */
import { MAX_PATHS_IN_EPOCH } from './limits.js'
import { type BodyCodec, type Decoded, faultAt } from './wire/decoded.js'
import { Reader } from './wire/reader.js'
import { Writer } from './wire/writer.js'

const ENTRY_OCTETS = 22
const OFFSET = { COUNTER: 2, RECEIVED: 10 } as const

/** What arrived over one path. */
export interface PathReport {
  /** u16, as the receiver of this report chose it. */
  readonly pathId: number
  /** The highest that opened; below 2^53. */
  readonly counter: number
  /** How many opened in this epoch; below 2^53. */
  readonly received: number
  /** How long ago the highest opened, ms, u32; MAX_REPORT_AGE_MS: so long ago or longer. */
  readonly ageMs: number
}

/** Seven weeks: a u32 can say no more. */
export const MAX_REPORT_AGE_MS = 0xffff_ffff

/** PROTOCOL.md section 11: 1 to MAX_PATHS_IN_EPOCH entries. Faults: `truncated`, `bad-number`, `trailing` (what follows 16). */
export const reportCodec: BodyCodec<readonly PathReport[]> = {
  sizeOf(report: readonly PathReport[]): number {
    return ENTRY_OCTETS * report.length
  },

  encode(report: readonly PathReport[]): Uint8Array {
    if (report.length < 1 || report.length > MAX_PATHS_IN_EPOCH)
      throw new RangeError(`a report of ${report.length} paths, not 1 to ${MAX_PATHS_IN_EPOCH}`)
    const writer = new Writer(reportCodec.sizeOf(report))
    for (const { pathId, counter, received, ageMs } of report) {
      writer.u16(pathId)
      writer.u64(counter)
      writer.u64(received)
      writer.u32(ageMs)
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
      const received = reader.u64()
      const ageMs = reader.u32()
      if (reader.failed) return faultAt('truncated', bytes.byteLength)
      if (!Number.isSafeInteger(counter)) return faultAt('bad-number', start + OFFSET.COUNTER)
      if (!Number.isSafeInteger(received)) return faultAt('bad-number', start + OFFSET.RECEIVED)
      report.push({ pathId, counter, received, ageMs })
    } while (reader.remaining > 0)
    return { ok: true, value: report, bytesRead: reader.offset }
  },
}
