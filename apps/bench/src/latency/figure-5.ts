/** What others measured. Figure 5 of the paper, and what raw sockets cost today (NET-LAB, November 2026). */

/** qmail with its own filter: the fastest of the three mail servers of the paper, and the one on the machine of udp and tcp. */
const QMAIL_MS = { 11: 24_000, 407: 25_000, 1221: 25_000 }
/** The other two, for the legend. */
export const OTHER_MAIL_SERVERS = 'sendmail and procmail 89, 98, 98 s; the same with spam filters 781, 789, 804 s'

/** Milliseconds for 1000 messages: Pentium III, 1 GHz, Linux, 2003. By transport and octets. */
const FIGURE_5_MS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  udp: { 11: 31, 407: 37, 1221: 46 },
  tcp: { 11: 55, 407: 62, 1221: 73 },
  'smtp-memory': QMAIL_MS,
  'smtp-disk': QMAIL_MS,
}

/** Its sizes, and how many messages. */
export const PAPER_SIZES_OCTETS: readonly number[] = [11, 407, 1221]
export const PAPER_MESSAGES = 1000

/** null: the paper has no such measurement. */
export function paperMs(transport: string, octets: number): number | null {
  return FIGURE_5_MS[transport]?.[octets] ?? null
}

/** Microseconds for one message of a raw socket, warm, in one process. */
const RAW_RANGE_US: Readonly<Record<string, readonly [number, number]>> = { udp: [7, 10], tcp: [10, 15] }
const SUSPECT_FACTOR = 2

/** A twin this far from what raw sockets cost is badly written, or the machine was not itself: neither gives a fair ratio. */
export function isSuspect(transport: string, rawUsPerMessage: number): boolean {
  const range = RAW_RANGE_US[transport]
  if (range === undefined) return false
  return rawUsPerMessage < range[0] / SUSPECT_FACTOR || rawUsPerMessage > range[1] * SUSPECT_FACTOR
}

export function suspectRange(transport: string): readonly [number, number] | null {
  const range = RAW_RANGE_US[transport]
  return range === undefined ? null : [range[0] / SUSPECT_FACTOR, range[1] * SUSPECT_FACTOR]
}
