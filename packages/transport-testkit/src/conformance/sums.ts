/** Counters by their names, which are part of the contract. */

/** All counters whose name begins so. */
export function sumOf(counters: Readonly<Record<string, number>>, prefix: string): number {
  return Object.entries(counters).reduce((sum, [name, count]) => (name.startsWith(prefix) ? sum + count : sum), 0)
}

const TOTALS = /^(accepted|sent|received|sentOctets|receivedOctets|dropped\.(in|out)\..+|refused\..+)$/

/** Those that only ever grow; others, such as the number of sessions, are readings. */
export function totalsOf(
  counters: Readonly<Record<string, number>>,
): readonly (readonly [name: string, total: number])[] {
  return Object.entries(counters).filter(([name]) => TOTALS.test(name))
}
