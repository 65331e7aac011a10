/** Is every message that was accepted accounted for? Semantics are unreliable: one may be lost, but not in silence. */
import { CLEAR, type Stream } from './stream.js'

export interface Account {
  readonly sent: number
  readonly arrived: number
  /** Sent over a way that was cut or silent then, or was lossy: the network has them. */
  readonly lostToFaults: number
  /** Sent while nothing was wrong, and not arrived. */
  readonly unexplained: number
}

export function accountOf(stream: Stream): Account {
  const lost = [...stream.lost()]
  const sum = (causes: readonly (readonly [string, number])[]): number =>
    causes.reduce((total, [, count]) => total + count, 0)
  const unexplained = sum(lost.filter(([cause]) => cause.endsWith(`, ${CLEAR}`)))
  return {
    sent: stream.accepted,
    arrived: stream.arrivedInAll,
    lostToFaults: sum(lost) - unexplained,
    unexplained,
  }
}
