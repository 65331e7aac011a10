/**
 * One case at work: a world, the nodes in it, and the waiting. Everything a case waits for has an end: in simulated time after
 * what the transport itself declares, in real time after `patienceMs`.
 */
import { AssertionError } from 'node:assert'
import { MAX_MTU_OCTETS } from '@postern/helo'
import { checkContract, type Message, systemClock, type Transport, type TSession } from '@postern/transport-api'
import { SeededRandom } from '../seeded-random.js'
import { VirtualClock } from '../virtual-clock.js'
import type { RunOptions } from './case.js'
import type { ConformanceHarness, FaultyPath, PathFault, TransportWorld } from './harness.js'
import { MICROTASK_TURNS, microtasks } from './microtasks.js'
import { isSettled, machineTurn, machineWait, prepared } from './preparation.js'
import { type NodeOptions, TrialNode } from './trial-node.js'

const DEFAULT_PATIENCE_MS = 5_000
/** Simulated: nothing that a transport declares may take longer than this many times its `maxLatencyMs`, and a little. */
const PATIENCE_LATENCIES = 4
const PATIENCE_EXTRA_MS = 10_000
/** Messages are cut from it: long enough for the largest, from as many places as this. */
const PATTERN_SHIFTS = 251
const PATTERN: Uint8Array = Uint8Array.from(
  { length: MAX_MTU_OCTETS + 1 + PATTERN_SHIFTS },
  (_, at) => (at * 31 + (at >> 8)) % 256,
)

export class Trial {
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly world: TransportWorld
  /** The calls into transports that are running now, the innermost last. */
  readonly inside: string[] = []
  readonly #patienceMs: number
  readonly #nodes: TrialNode[] = []
  #messages = 0
  /** Of the slowest node; what a simulated world is waited for is measured in it. */
  #maxLatencyMs = 0

  private constructor(clock: VirtualClock, random: SeededRandom, world: TransportWorld, patienceMs: number) {
    this.clock = clock
    this.random = random
    this.world = world
    this.#patienceMs = patienceMs
  }

  static async open(harness: ConformanceHarness, options: RunOptions = {}): Promise<Trial> {
    const clock = new VirtualClock()
    const random = new SeededRandom(options.seed ?? 1)
    const { patienceMs = DEFAULT_PATIENCE_MS } = options
    const world = await prepared(
      'openWorld to give a world',
      () => harness.openWorld({ clock, random: random.fork() }),
      (isDone) => machineWait(isDone, patienceMs),
    )
    return new Trial(clock, random, world, patienceMs)
  }

  /** A node with an instance of the transport, started unless it is not to be. */
  async node(options: NodeOptions = {}): Promise<TrialNode> {
    const node = await TrialNode.make(this, options)
    this.#nodes.push(node)
    this.#maxLatencyMs = Math.max(this.#maxLatencyMs, maxLatencyOf(node.transport))
    if (options.started !== false) await this.settled('startTransportServer', node.transport.startTransportServer())
    return node
  }

  /** Two started nodes and a session from the first to the second. */
  async pair(): Promise<{ readonly a: TrialNode; readonly b: TrialNode; readonly session: TSession }> {
    const [a, b] = [await this.node(), await this.node()]
    return { a, b, session: await a.connect(b) }
  }

  /** As `pair`, over a path with a fault. */
  async pairAcross(fault: PathFault): Promise<{
    readonly a: TrialNode
    readonly b: TrialNode
    readonly session: TSession
    readonly path: FaultyPath
  }> {
    const [a, b] = [await this.node(), await this.node()]
    const draft = b.draft()
    const path = await this.prepared('disturb to give a path', () => this.world.disturb(draft.senderAddress, fault))
    const { senderAddress } = path
    const helo = b.core.helo({ ...draft, senderAddress, senderAddressSize: senderAddress.byteLength })
    return { a, b, session: await a.dial(helo), path }
  }

  /** A message unlike all others of this trial, as far as `octets` allow. */
  message(octets = 16, changes: Partial<Message> = {}): Message {
    this.#messages += 1
    const start = this.#messages % PATTERN_SHIFTS
    const msg = PATTERN.slice(start, start + octets)
    if (octets >= 4) new DataView(msg.buffer).setUint32(0, this.#messages)
    return { msg, size: octets, isEncrypted: false, crc: this.#messages, ...changes }
  }

  /** Waits until `holds`. AssertionError with `what`, and what `seen` says, when patience is over. */
  async until(what: string, holds: () => boolean, seen: () => string = () => 'nothing of it'): Promise<void> {
    if (!(await this.#wait(holds))) throw new AssertionError({ message: `expected ${what}; seen: ${seen()}` })
  }

  /** What `work` settles to; AssertionError when it does not settle. */
  async settled<T>(what: string, work: Promise<T>): Promise<T> {
    const settling = Promise.resolve(work) // whoever gives a result at once is forgiven, as core does
    await this.until(`${what} to settle`, isSettled(settling), () => 'neither a result nor an error')
    return settling
  }

  /** What harness or init make of `work`: it may take some of the machine's time also where the world's is simulated. */
  prepared<T>(expected: string, work: () => Promise<T>): Promise<T> {
    return prepared(expected, work, async (isDone) => {
      if (await this.#wait(isDone)) return true
      return this.world.time === 'simulated' && machineWait(isDone, this.#patienceMs)
    })
  }

  /** Something that is no message arrives at the address. */
  garble(senderAddress: Uint8Array): Promise<void> {
    return this.prepared('garble to resolve', () => this.world.garble(senderAddress))
  }

  /** Lets everything that is under way arrive. */
  async quiet(): Promise<void> {
    if (this.world.time === 'simulated') {
      await microtasks(MICROTASK_TURNS)
      for (const end = this.clock.monotonic() + this.world.settleMs; this.clock.monotonic() < end; ) {
        this.clock.advanceToNext(end - this.clock.monotonic())
        await microtasks(MICROTASK_TURNS)
      }
      return
    }
    for (const end = systemClock.monotonic() + this.world.settleMs; systemClock.monotonic() < end; ) await this.#pass()
  }

  /** Jumps ahead, past every timer on the way, and lets what they began get somewhere. */
  async jump(ms: number): Promise<void> {
    this.clock.advance(ms)
    if (this.world.time === 'simulated') await microtasks(MICROTASK_TURNS)
    else await this.#pass()
  }

  /** The smallest step there is: the next event of a simulated world, a turn of the machine in a real one. */
  async pass(): Promise<void> {
    if (this.world.time === 'real') return this.#pass()
    this.clock.advanceToNext(this.world.settleMs)
    await microtasks(MICROTASK_TURNS)
  }

  /** ms by which what lies between the instances lives; the transports' own clock lags behind it a little in a real world. */
  worldMs(): number {
    return (this.world.time === 'simulated' ? this.clock : systemClock).monotonic()
  }

  /** Nodes are stopped and the world is closed, also when a transport does not want to. */
  async close(): Promise<void> {
    const stopping = this.#nodes.map(async ({ transport }) => transport.stopTransportServer())
    await this.settled('stopTransportServer', Promise.allSettled(stopping)).catch(() => {})
    await this.prepared('close of the world to resolve', () => this.world.close())
  }

  async #wait(holds: () => boolean): Promise<boolean> {
    if (this.world.time === 'simulated') return this.#waitSimulated(holds)
    for (const end = systemClock.monotonic() + this.#patienceMs; !holds(); ) {
      if (systemClock.monotonic() > end) return false
      await this.#pass()
    }
    return true
  }

  async #waitSimulated(holds: () => boolean): Promise<boolean> {
    const end = this.clock.monotonic() + PATIENCE_LATENCIES * this.#maxLatencyMs + PATIENCE_EXTRA_MS
    await microtasks(MICROTASK_TURNS)
    while (!holds()) {
      if (this.clock.monotonic() >= end || this.clock.pending === 0) return false
      this.clock.advanceToNext(end - this.clock.monotonic())
      await microtasks(MICROTASK_TURNS)
    }
    return true
  }

  /** The machine gets a turn, and the transports' clock keeps pace with it. */
  async #pass(): Promise<void> {
    const before = systemClock.monotonic()
    await machineTurn()
    this.clock.advance(systemClock.monotonic() - before)
  }
}

/** 0 for what is no latency: a case of its own says so. */
function maxLatencyOf(transport: Transport): number {
  const breach = checkContract(transport)
  return breach?.member.startsWith('traits.') === true ? 0 : transport.traits.maxLatencyMs
}
