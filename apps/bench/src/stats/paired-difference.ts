/** How much more one takes than another when each ran once in every round: what the machine did in a round falls on both. */
import { estimateMedian, type MedianEstimate } from './median.js'

/** Of a[i] - b[i]; not the difference of the two medians. */
export function pairedDifference(a: readonly number[], b: readonly number[]): MedianEstimate {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} samples are not pairs`)
  return estimateMedian(a.map((sample, round) => sample - b[round]!))
}
