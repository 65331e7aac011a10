/**
 * When has a link been lost although it had a way? A pair of which one way passed without interruption for the grace of its kind
 * must have heard each other, both directions, within that time. Pure: is told what was, and judges.
 */
import type { PairWays } from './ways.js'

export interface Graces {
  /** By UDP or TCP: the death of another path, the choice of this one, a retry that was put off. */
  readonly fastMs: number
  /** By mail alone: all fast paths have to die first. */
  readonly mailMs: number
}

export interface Lost {
  readonly by: 'fast' | 'mail'
  /** For how long that way has passed without interruption. */
  readonly passedMs: number
  /** Since a message arrived in the direction in which it is longer ago. */
  readonly silentMs: number
}

/** `silentMs`: since a message last arrived, for each direction; since the beginning where none has. null: all is as it should be. */
export function judge(
  { fastSinceMs, mailSinceMs }: PairWays,
  silentMs: readonly [number, number],
  graces: Graces,
  nowMs: number,
): Lost | null {
  const longestMs = Math.max(...silentMs)
  for (const [by, sinceMs, graceMs] of [
    ['fast', fastSinceMs, graces.fastMs],
    ['mail', mailSinceMs, graces.mailMs],
  ] as const) {
    if (sinceMs === null) continue
    const passedMs = nowMs - sinceMs
    if (passedMs >= graceMs && longestMs >= graceMs) return { by, passedMs, silentMs: longestMs }
  }
  return null
}
