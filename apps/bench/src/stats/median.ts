/** The median and what is sure about it, free of any assumption on how the samples are distributed. */

/** At least this share of such intervals holds the true median, when there are enough samples. */
const CONFIDENCE = 0.95

export interface MedianEstimate {
  readonly median: number
  /**
   * Two of the samples: the narrowest symmetric pair of order statistics with a coverage of 95 % or more. Fewer than six
   * samples do not reach that; then it is the smallest and the largest, and `coverage` says what they are worth.
   */
  readonly ci95: readonly [number, number]
  readonly coverage: number
}

export function median(samples: readonly number[]): number {
  return medianOfSorted(sorted(samples))
}

export function estimateMedian(samples: readonly number[]): MedianEstimate {
  const ordered = sorted(samples)
  const { rank, coverage } = orderStatisticRank(ordered.length)
  return {
    median: medianOfSorted(ordered),
    ci95: [ordered[rank - 1]!, ordered[ordered.length - rank]!],
    coverage,
  }
}

/**
 * The largest rank k (from 1) for which the k-th smallest and the k-th largest of `count` samples still enclose the median with
 * 95 %: 1 - 2 P(Binomial(count, 1/2) < k). Rank 1 when none does.
 */
export function orderStatisticRank(count: number): { readonly rank: number; readonly coverage: number } {
  let rank = 1
  let logShare = -count * Math.LN2 // of exactly i samples lying below the median; i = 0
  let below = Math.exp(logShare)
  for (let i = 1; i * 2 < count; i += 1) {
    logShare += Math.log((count - i + 1) / i)
    const next = below + Math.exp(logShare)
    if (1 - 2 * next < CONFIDENCE) break
    below = next
    rank = i + 1
  }
  return { rank, coverage: Math.max(0, 1 - 2 * below) }
}

function sorted(samples: readonly number[]): readonly number[] {
  if (samples.length === 0) throw new RangeError('the median of no samples')
  return [...samples].sort((a, b) => a - b)
}

function medianOfSorted(ordered: readonly number[]): number {
  const middle = ordered.length >> 1
  return ordered.length % 2 === 1 ? ordered[middle]! : (ordered[middle - 1]! + ordered[middle]!) / 2
}
