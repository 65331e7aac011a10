/**
 * Does what a package exports keep the shape of the contract? Used by core's loader and by the conformance suite, so that
 * an author reads the same sentence from both. Behaviour is the suite's business.
 */
import { MAX_MTU_OCTETS } from '@postern/helo'

/** One broken promise: the member, what was expected and what was there. */
export interface ContractBreach {
  readonly member: string
  readonly expected: string
  readonly found: string
}

type Check = readonly [member: string, expected: string, holds: (value: unknown) => boolean]

const isInteger = (min: number, max: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isFunctionOrNothing = (value: unknown): boolean => value === undefined || isFunction(value)
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'

const MEMBERS: readonly Check[] = [
  ['protocolNumber', 'a whole number from 1 to 65535', isInteger(1, 0xffff)],
  ['mtu', `a whole number of octets from 1 to ${MAX_MTU_OCTETS}`, isInteger(1, MAX_MTU_OCTETS)],
  ['cost', 'a whole number from 0 to 4294967295', isInteger(0, 0xffff_ffff)],
  ...[
    'counters',
    'verifyHelo',
    'createHELO',
    'connect',
    'send',
    'associate',
    'disconnect',
    'startTransportServer',
    'stopTransportServer',
  ].map((member): Check => [member, 'a function', isFunction]),
  ['destinations', 'a function, or left out', isFunctionOrNothing],
  ['traits.directions.in', 'true or false', isBoolean],
  ['traits.directions.out', 'true or false', isBoolean],
  ['traits.reliable', 'true or false', isBoolean],
  ['traits.ordered', 'true or false', isBoolean],
  ['traits.sourceProven', 'true or false', isBoolean],
  ['traits.maxLatencyMs', 'a whole number of milliseconds from 1 to 4294967295', isInteger(1, 0xffff_ffff)], // u32 in a HELO
  ['traits.idleMs', 'a whole number of milliseconds, at least 1', isInteger(1, Number.MAX_SAFE_INTEGER)],
]

/** null: the shape is kept. Otherwise the first breach, in the order of Figure 3. Never throws. */
export function checkContract(candidate: unknown): ContractBreach | null {
  if (typeof candidate !== 'object' || candidate === null) {
    return { member: 'the transport itself', expected: 'an object', found: describe(candidate) }
  }
  for (const [member, expected, holds] of MEMBERS) {
    const value = member.split('.').reduce(step, candidate)
    if (!holds(value)) return { member, expected, found: describe(value) }
  }
  return null
}

function step(from: unknown, name: string): unknown {
  try {
    return typeof from === 'object' && from !== null ? (from as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined // a getter that throws offers nothing
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
