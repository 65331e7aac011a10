/** How long to wait before trying again: doubled each time up to a cap, spread so that not everybody comes back at once. */
import type { RandomSource } from '@postern/transport-api'

const FIRST_DELAY_MS = 1_000
const LARGEST_DELAY_MS = 60_000
/** Either way. */
const JITTER_SHARE = 0.2
const LARGEST_U16 = 0xffff

/** ms to wait after the `failures`-th failure in a row, which counts from 1. */
export function backOffMs(failures: number, random: RandomSource): number {
  const delayMs = Math.min(LARGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1))
  const [high, low] = random.bytes(2)
  const spread = (((high! << 8) | low!) / LARGEST_U16) * 2 - 1
  return delayMs * (1 + JITTER_SHARE * spread)
}
