/**
 * Transports that break one promise each, and harnesses whose faults do not happen. The suite is on trial with them: each must be
 * caught by the clause that it breaks and by no other. They stand around a simulated transport that keeps the whole contract, between
 * it and its core, or around its harness.
 */
import type {
  Clock,
  CoreAPIForTransport,
  InitTransport,
  MessagePack,
  Transport,
  TransportEnv,
  TransportEvent,
  TSession,
} from '@postern/transport-api'
import type { ConformanceHarness, TransportWorld } from '../conformance/harness.js'
import { simHarness } from '../sim/sim-harness.js'
import type { SimStyle } from '../sim/sim-style.js'
import { wrappedTransport } from '../wrapped-transport.js'

export interface Mutant {
  readonly of: 'transport' | 'harness'
  /** What it does, as the end of a sentence that begins with "a transport that": `loses the flag`. */
  readonly name: string
  /** The one it breaks. */
  readonly clause: string
  readonly harness: ConformanceHarness
}

export interface MutantPlan extends Pick<Mutant, 'name' | 'clause'> {
  /** What it is at heart; datagrams when left out. */
  readonly style?: SimStyle
  /** What is wrong with each instance of a world. */
  readonly breaks?: (instance: Instance) => Breakage
  /** What is wrong with the network. */
  readonly networkClock?: (clock: Clock) => Clock
  /** What is wrong with the harness; then there is nothing wrong with the transport. */
  readonly world?: (sound: TransportWorld) => Partial<TransportWorld>
}

/** One instance as it is made. */
export interface Instance {
  /** The suite's. */
  readonly core: CoreAPIForTransport
  readonly clock: Clock
  /** Shared by all instances of the world. */
  readonly scene: Scene
  /** Its name in the network. */
  readonly address: string
}

/** What is put in the place of what the sound transport does. */
export interface Breakage {
  readonly version?: number
  readonly clock?: Clock
  /** null: swallowed. */
  receive?(mp: MessagePack): MessagePack | null
  /** null: swallowed. */
  event?(e: TransportEvent): TransportEvent | null
  members?(sound: Transport): Partial<Transport>
}

/** What the instances of one world know of each other. */
export class Scene {
  /** All that was sent and for which send said true, in order. */
  readonly sent: SentMessage[] = []
  /** Addresses at which something arrived that was no message. */
  readonly garbled: Set<string> = new Set()
  readonly #leftovers: (() => void)[] = []

  /** `cleanUp` is called when the world closes: a mutant may leave something behind, the suite may not. */
  atEnd(cleanUp: () => void): void {
    this.#leftovers.push(cleanUp)
  }

  close(): void {
    for (const cleanUp of this.#leftovers) cleanUp()
  }
}

export interface SentMessage {
  readonly from: string
  readonly tsession: TSession
  readonly key: string
  /** The caller's own, or what was made of it. */
  readonly msg: Uint8Array
}

export function mutant({
  name,
  clause,
  style = 'datagram',
  breaks = () => ({}),
  networkClock,
  world: brokenWorld,
}: MutantPlan): Mutant {
  const openWorld: ConformanceHarness['openWorld'] = async (env) => {
    const scene = new Scene()
    let instances = 0
    const world = await simHarness({
      style,
      around: (init) => {
        instances += 1
        return broken(init, scene, `node${instances}`, breaks)
      },
      trace: (line) => {
        if (!line.includes(' nobody>')) return // there are many lines
        const arrived = / nobody>(\S+) \d+ arrived$/.exec(line)
        if (arrived !== null) scene.garbled.add(arrived[1]!)
      },
      ...(networkClock && { networkClock }),
    }).openWorld(env)
    const close = async (): Promise<void> => {
      scene.close()
      await world.close()
    }
    return { ...world, ...brokenWorld?.(world), close }
  }
  const of = brokenWorld === undefined ? 'transport' : 'harness'
  return { of, name, clause, harness: { package: `a ${of} that ${name}`, openWorld } }
}

function broken(
  init: InitTransport,
  scene: Scene,
  address: string,
  breaks: (instance: Instance) => Breakage,
): InitTransport {
  return async (core, env) => {
    const breakage = breaks({ core, clock: env.clock, scene, address })
    const sound = await init(brokenCore(core, breakage), brokenEnv(env, breakage))
    return sound === null ? null : wrappedTransport(sound, breakage.members?.(sound) ?? {})
  }
}

function brokenCore(core: CoreAPIForTransport, breakage: Breakage): CoreAPIForTransport {
  return {
    version: breakage.version ?? core.version,
    myIdentity: core.myIdentity,
    receive: (mp) => {
      const changed = breakage.receive === undefined ? mp : breakage.receive(mp)
      if (changed !== null) core.receive(changed)
    },
    event: (e) => {
      const changed = breakage.event === undefined ? e : breakage.event(e)
      if (changed !== null) core.event(changed)
    },
  }
}

function brokenEnv(env: TransportEnv, { clock }: Breakage): TransportEnv {
  return clock === undefined ? env : { ...env, clock }
}
