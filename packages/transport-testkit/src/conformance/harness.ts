/**
 * What the author of a transport hands to the conformance suite: worlds in which instances of the transport can meet.
 * The suite makes the cores, the clock and the chance; the author knows where instances stand and what lies between them.
 */
import type { CoreAPIForTransport, Transport, TransportEnv } from '@postern/transport-api'
import type { SeededRandom } from '../seeded-random.js'
import type { VirtualClock } from '../virtual-clock.js'

export interface ConformanceHarness {
  /** For the report: `@postern/transport-udp`. */
  readonly package: string
  /** A world for one case; nothing of it is shared with another. What rejects here is shown to the author as it is. */
  openWorld(env: WorldEnv): Promise<TransportWorld>
}

export interface WorldEnv {
  /** Every instance's clock; the suite alone moves it. Where `time` is real it also keeps pace with the machine's while the suite waits. */
  readonly clock: VirtualClock
  /** Named by the seed of the run. */
  readonly random: SeededRandom
}

export interface TransportWorld {
  /**
   * `simulated`: nothing happens but by the clock. `real`: sockets, files and servers take time of their own; the suite waits for them.
   */
  readonly time: 'simulated' | 'real'
  /**
   * After so many ms whatever was sent has arrived, if it ever will; time as above. It is a fixed wait: the suite does not see what is
   * under way, and waits so long dozens of times. D2/burst alone waits up to 20 times, sending a message each time: a flood that takes
   * a transport longer than that to work off looks like a session that did not survive it.
   */
  readonly settleMs: number
  /** A new instance, not started, which will be able to reach the others. Its init's throw or null is passed on. */
  make(core: CoreAPIForTransport, env: Omit<TransportEnv, 'config'>, wish: InstanceWish): Promise<Transport | null>
  /** Sender addresses that are malformed, and well-formed ones that these instances forbid; at least one. The suite adds the empty one. */
  readonly unusableAddresses: readonly Uint8Array[]
  /**
   * Lets something arrive at `senderAddress` that is no message of this transport: at least one piece, at most 100. It may resolve before
   * the instance notices, and need not know whether it did.
   */
  garble(senderAddress: Uint8Array): Promise<void>
  /** From now on what is sent to the address in the result reaches the instance at `senderAddress` by a path with this fault. */
  disturb(senderAddress: Uint8Array, fault: PathFault): Promise<FaultyPath>
  /** All that the world opened is closed. The suite has stopped the instances. */
  close(): Promise<void>
}

export interface InstanceWish {
  /** False: nobody shall be able to reach this instance; it must still send. */
  readonly reachable: boolean
}

/**
 * What lies on a path; D2/harness-faults looks whether it does. Every transport is shown `delay` and `stall`; an unreliable one `loss`, `duplicate` and `reorder`; one whose
 * sources are not proven `one-way`; a reliable one `pieces` and `cut`. Where the path is not made of datagrams or streams, the
 * nearest thing to it: of mail, a server that repeats, mislays or holds back mails.
 */
export type PathFault =
  /** Everything takes longer: at least 20 ms, less than `maxLatencyMs`. */
  | 'delay'
  /** Passes until `act`; then nothing does, and nobody is told. */
  | 'stall'
  /** About half of what is sent vanishes. */
  | 'loss'
  /** Everything passes twice. */
  | 'duplicate'
  /** Later ones overtake earlier ones. */
  | 'reorder'
  /** Nothing passes in the other direction. */
  | 'one-way'
  /** Octets arrive one by one. */
  | 'pieces'
  /** Passes until `act`, then breaks in the middle of what is under way, for both ends to see. */
  | 'cut'

export interface FaultyPath {
  /** What to write into a HELO to use this path. */
  readonly senderAddress: Uint8Array
  /** `stall`, `cut`: happens now. Every other fault is gone from now on; what was held back may pass. */
  act(): void
}
