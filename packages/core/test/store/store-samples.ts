/** Stores with something in them, and what a start from one says. */
import { createIdentity, type Identity } from '@postern/crypto'
import { VirtualClock } from '@postern/transport-testkit'
import {
  type Core,
  type CoreEvent,
  createCore,
  createMemoryStore,
  type PeerRecord,
  type PeerStore,
} from '../../src/index.js'
import type { StoreDamaged } from '../../src/store/store-damage.js'
import { LinkWorld } from '../link/link-world.js'
import { settled } from '../world.js'

export async function recordsOf(store: PeerStore): Promise<PeerRecord[]> {
  const records: PeerRecord[] = []
  for await (const record of store.load()) records.push(record)
  return records
}

export function storeOf(records: readonly PeerRecord[]): PeerStore {
  const store = createMemoryStore()
  void store.put(records)
  return store
}

/** What a node kept that was linked with another one by datagrams and mail: records of every kind. */
export async function linkedStore(): Promise<{
  readonly identity: Uint8Array
  readonly records: readonly PeerRecord[]
}> {
  const world = new LinkWorld(71)
  const has = { datagram: 'both', letter: 'both' } as const
  const store = createMemoryStore()
  const [a, b] = [await world.node({ has, core: { store } }), await world.node({ has })]
  world.introduce(a, b)
  world.introduce(b, a)
  void b.link(a).ready()
  await world.until(() => a.link(b).state === 'up' && b.link(a).state === 'up')
  await world.pass(3_000)
  await a.core.close()
  return { identity: world.identityOf(a), records: await recordsOf(store) }
}

export interface Start {
  readonly core: Core
  readonly clock: VirtualClock
  /** null: nothing was said. */
  readonly damaged: StoreDamaged | null
  readonly log: readonly string[]
}

/** A core without transports, from `store`. To be closed. */
export async function startFrom(store: PeerStore, identity: Identity = createIdentity()): Promise<Start> {
  const clock = new VirtualClock()
  const log: string[] = []
  const line = (event: string, fields?: unknown) => void log.push(`${event} ${JSON.stringify(fields)}`)
  const logger = { debug: line, info: line, warn: line, error: line }
  const core = await createCore({ identity, transports: {}, store, env: { clock, log: logger } })
  const told: CoreEvent[] = []
  core.watch((event) => told.push(event))
  await settled()
  const damaged = told.find((event): event is StoreDamaged => event.kind === 'store-damaged') ?? null
  return { core, clock, damaged, log }
}
