/** What the operator says about the ways to one peer: which transports may carry, and which before others (DESIGN section 4). */
import type { Path } from './path.js'

/** By names of transports, as in the configuration. Lists may name transports that do not run. */
export interface PathPolicy {
  /** Nothing else carries data: what is sent waits until one of these can. */
  readonly pin?: readonly string[]
  /** Before all others, whatever they cost, the first of them first. */
  readonly prefer?: readonly string[]
  /** Neither dialled nor used, nor answered over. */
  readonly deny?: readonly string[]
}

/** Lower is better; null: it may not be used. */
export function tierOf({ pin, prefer = [], deny = [] }: PathPolicy, transport: string): number | null {
  if (deny.includes(transport) || pin?.includes(transport) === false) return null
  const at = prefer.indexOf(transport)
  return at < 0 ? prefer.length : at
}

export function mayUse(policy: PathPolicy, { carrier }: Pick<Path, 'carrier'>): boolean {
  return tierOf(policy, carrier.name) !== null
}
