/**
 * The story of section 1 of the paper, and what follows from it: Ben cannot be dialled; Anna mails him; he comes back by what is
 * cheapest, and there the talk goes on. When that dies it goes by what is left, and climbs again when it can.
 */
import type { Journal } from './journal.js'
import { FAST_WAYS, type FastWay, type Road, type Weather } from './road.js'
import { CLEAR } from './stream.js'

export interface Act {
  readonly title: string
  /** How Anna's road is from now on. */
  readonly weather: Readonly<Record<FastWay, Weather>>
  /** The transport by which both are to hear each other then. */
  readonly by: string
}

export interface Ended {
  readonly act: Act
  /** Until both heard each other that way; null: not in time. */
  readonly tookMs: number | null
}

export const ACTS: readonly Act[] = [
  { title: 'anna mails ben, and ben dials her', weather: { udp: 'clear', tcp: 'clear' }, by: 'udp' },
  { title: 'udp falls silent', weather: { udp: 'silent', tcp: 'clear' }, by: 'tcp' },
  { title: 'tcp is cut as well', weather: { udp: 'silent', tcp: 'cut' }, by: 'smtp' },
  { title: 'tcp is let through', weather: { udp: 'silent', tcp: 'clear' }, by: 'tcp' },
  { title: 'udp is let through', weather: { udp: 'clear', tcp: 'clear' }, by: 'udp' },
]

/** Of each direction by the new way: fewer might be those that were under way. */
const FLOWING_MESSAGES = 3

export interface PlayOptions {
  readonly acts: readonly Act[]
  readonly journal: Journal
  readonly road: Road
  readonly between: readonly [string, string]
  /** Messages of each direction that an act goes on for, once it has gone as it should. */
  readonly holdMessages: number
  /** For one act. */
  readonly limitMs: number
  /** By `performance.now`: acts that have not begun then are not played. */
  readonly endMs: number
  readonly onAct: (act: Act) => void
  readonly onEnded: (ended: Ended) => void
}

/** Every act that was begun. The first one begins with whatever `begin` does. */
export async function play(begin: () => void, options: PlayOptions): Promise<readonly Ended[]> {
  const { acts, journal, road, limitMs, endMs, onAct, onEnded, holdMessages } = options
  const all: Ended[] = []
  for (const act of acts) {
    const begunMs = performance.now()
    if (begunMs >= endMs) break
    onAct(act)
    await road.change('udp', act.weather.udp)
    await road.change('tcp', act.weather.tcp)
    journal.weatherChanged()
    const count = arrivalsBy(act.by, options)
    if (all.length === 0) begin()
    const flows = await journal.until(() => count() >= FLOWING_MESSAGES, Math.min(limitMs, endMs - begunMs))
    const ended = { act, tookMs: flows ? performance.now() - begunMs : null }
    all.push(ended)
    onEnded(ended)
    if (flows) await journal.until(() => count() >= FLOWING_MESSAGES + holdMessages, limitMs)
  }
  return all
}

/** What came by that transport from now on, in the direction in which it was less. */
function arrivalsBy(transport: string, { journal, between: [a, b] }: PlayOptions): () => number {
  const streams = [journal.stream(a, b), journal.stream(b, a)]
  const before = streams.map(({ arrived }) => arrived.get(transport) ?? 0)
  return () => Math.min(...streams.map(({ arrived }, at) => (arrived.get(transport) ?? 0) - before[at]!))
}

/** In words: `udp silent, tcp cut`; `clear`. */
export function weatherOf(road: Road): string {
  const bad = FAST_WAYS.filter((way) => road.weatherOf(way) !== 'clear')
  return bad.length === 0 ? CLEAR : bad.map((way) => `${way} ${road.weatherOf(way)}`).join(', ')
}
