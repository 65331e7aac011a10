/** What a stream proxy does to one direction of its connections, and what it counts. Everything is off unless it is set. */
import { checkFaults } from './proxy-target.js'

export interface TcpLaneFaults {
  /** ms that every octet, and the end of the stream, takes. A reset takes none. */
  readonly delayMs?: number
  /** Nothing passes until the faults say otherwise; when the buffer is full, nothing is read either. */
  readonly isStalled?: boolean
  /** One octet in a write of its own, and then so many ms until the next; null: as many as there are. */
  readonly oneOctetEveryMs?: number | null
  /** Both ends are reset when so many octets of a connection have passed, which they do; null: never. */
  readonly resetAfterOctets?: number | null
  /** The receiving end sees the end of the stream after so many octets; the rest is read and discarded; null: never. */
  readonly halfCloseAfterOctets?: number | null
}

export interface TcpFaults {
  /** From the clients to the target. */
  readonly toTarget?: TcpLaneFaults
  /** From the target to the clients. */
  readonly toClient?: TcpLaneFaults
}

/** Of one direction, all connections together. */
export interface TcpLaneCounters {
  /** Octets handed to the socket that leads on. */
  readonly passedOctets: number
  /** Octets that came after a half-close. */
  readonly discardedOctets: number
  /** Connections reset by `resetAfterOctets`. */
  readonly resets: number
  /** Connections ended in this direction by `halfCloseAfterOctets`. */
  readonly halfCloses: number
}

const NO_FAULTS: Required<TcpLaneFaults> = {
  delayMs: 0,
  isStalled: false,
  oneOctetEveryMs: null,
  resetAfterOctets: null,
  halfCloseAfterOctets: null,
}

/** Every fault with its value. RangeError: one that makes no sense. */
export function settleTcpFaults(faults: TcpLaneFaults = {}): Required<TcpLaneFaults> {
  const settled = { ...NO_FAULTS, ...faults }
  checkFaults(settled)
  return settled
}
