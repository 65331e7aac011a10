/** What a lane, one direction of a path, does to what it carries. */
export interface LaneConditions {
  readonly delayMs: number
  /** Up to so many ms more, at random: packets that are not sent in order overtake one another. */
  readonly jitterMs: number
  /** Of packets that are not sent in order; in a world also of a stream's, which are then sent again. */
  readonly lossChance: number
  /** Of packets that are not sent in order. */
  readonly duplicateChance: number
  /** What is sent vanishes; in a world a stream's is sent again. */
  readonly isBlocked: boolean
  /** What is sent waits until the lane is no longer held. */
  readonly isHeld: boolean
  /** Datagrams of more octets, what their transport adds included, vanish without a word: a black hole. */
  readonly mtuOctets: number
}

export const CLEAR_LANE: LaneConditions = {
  delayMs: 1,
  jitterMs: 0,
  lossChance: 0,
  duplicateChance: 0,
  isBlocked: false,
  isHeld: false,
  mtuOctets: Number.POSITIVE_INFINITY,
}
