/** What lies between the addresses of a network where more is known of them than names: machines, boxes, rules. Types only. */
import type { Clock } from '@postern/transport-api'
import type { LaneConditions } from './lane-conditions.js'
import type { SimPacket } from './sim-packet.js'

/** Asked by the network for each packet that does not go through a gate. */
export interface SimWays {
  /** One try to send it: under which conditions it travels. Asked again when a stream's is sent again. */
  depart(packet: SimPacket): SimPassage | SimLoss
  /** It is where it was sent to: the address of the listener that gets it. */
  arrive(packet: SimPacket, seenFrom: string): string | SimLoss
  /** Why nothing comes in or goes out at the machine of this address, now; null: it does. */
  absence(address: string): SimLoss | null
  /** As `arrive`, for what a gate leads to this address: no box filters it. */
  behindGate(address: string): string | SimLoss
  /** There is a machine: where nobody listens it says so to a stream. */
  isMachine(address: string): boolean
  /** Mail is carried by somebody else. */
  post(packet: SimPacket): void
  /** By which a stream from there is sent again. */
  clockOf(from: string): Clock
  /** Calls `act` as soon as the machine at `address` can notice anything. */
  whenAwake(address: string, act: () => void): void
  /** Somebody listens there now. */
  attached(address: string): void
}

export interface SimPassage {
  readonly conditions: LaneConditions
  /** What the other side takes for the sender. */
  readonly seenFrom: string
  /** As they travel: somebody on the path may have changed them. */
  readonly bytes: Uint8Array
  /** On top of what the lane takes. */
  readonly lateMs: number
}

/** It ends here, for this reason. */
export interface SimLoss {
  readonly lost: string
}
