/** How long an advertisement holds when its owner says nothing else. Constants and one rule. DESIGN section 3. */
import { DEFAULT_HELO_VALIDITY_MS, MAIL_CARD_VALIDITY_MS, SLOW_LATENCY_MS } from './limits.js'

/** Is a transport of this `maxLatencyMs` slow, such as mail? It is then gossiped less and remembered longer (DESIGN section 4). */
export function isSlow(maxLatencyMs: number): boolean {
  return maxLatencyMs > SLOW_LATENCY_MS
}

/** Validity of a HELO that goes into a card, ms, by what its transport says of its latency: 12 h, or 90 d for slow ones. */
export function cardValidityMs(maxLatencyMs: number): number {
  return isSlow(maxLatencyMs) ? MAIL_CARD_VALIDITY_MS : DEFAULT_HELO_VALIDITY_MS
}
