/** Many nodes that come and go: every pair that has a physical way is connected within a stated time (`npm run world` for 200 of them). */
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/index.js'
import { type Actor, Scene, seconds } from './scene.js'

const FAST = { has: { datagram: 'both', stream: 'both' } } as const

/** POSTERN_WORLD: how many nodes, and how many minutes. */
const [NODES, MINUTES] = (process.env.POSTERN_WORLD ?? '20,2').split(',').map(Number) as [number, number]
/** A pair is connected this long after both are there. */
const CONNECTED_WITHIN_MS: number = seconds(60)

test(`4/many: of ${NODES} nodes a tenth goes and comes back every minute; every pair is connected within a minute of being there`, {
  timeout: 3_600_000,
}, async () => {
  const scene = new Scene(501, { keepsTrace: false })
  const { world } = scene
  const boxes = Array.from({ length: 4 }, (_, at) =>
    world.nat(`box${at}`, { kind: at % 2 === 0 ? 'port-restricted' : 'full-cone' }),
  )
  const actors: Actor[] = []
  for (let at = 0; at < NODES; at += 1) {
    // One in five is at home; two who are both at home cannot dial each other.
    const behind = at % 5 === 4 ? boxes[at % 4] : undefined
    // Who comes back without its keys is somebody whom no card leads to.
    const core = { store: createMemoryStore() }
    actors.push(await scene.actor(`n${at}`, { ...FAST, core, ...(behind !== undefined && { behind }) }))
  }
  const isHome = (actor: Actor): boolean => actor.options.behind !== undefined
  const hasWay = (a: Actor, b: Actor): boolean => !(isHome(a) && isHome(b))
  const cards = new Map(actors.map((actor) => [actor, actor.core.card()]))
  /** When it came, ms; absent: it is away. */
  const here = new Map<Actor, number>()
  const meet = (actor: Actor): void => {
    for (const other of actors) if (other !== actor) actor.core.addCard(cards.get(other)!)
    for (const other of actors) if (other !== actor && hasWay(actor, other)) actor.link(other)
    here.set(actor, scene.nowMs)
  }
  const greet = (actor: Actor): void => {
    for (const other of here.keys())
      if (other !== actor && hasWay(actor, other))
        void actor
          .link(other)
          .ready()
          .catch(() => {})
  }
  for (const actor of actors) meet(actor)
  for (const actor of actors) greet(actor)

  let worst = 0
  const late: string[] = []
  const since = new Map<string, number>()
  const look = (): void => {
    for (const a of here.keys())
      for (const b of here.keys()) {
        if (a.name >= b.name || !hasWay(a, b)) continue
        const name = `${a.name} ${b.name}`
        const isUp = a.link(b).state === 'up' && b.link(a).state === 'up'
        if (isUp) {
          since.delete(name)
          continue
        }
        const from = since.get(name) ?? scene.nowMs
        since.set(name, from)
        // Whoever wants to talk says so; who is not reachable cannot be asked.
        for (const link of [a.link(b), b.link(a)]) if (link.state === 'idle') void link.ready().catch(() => {})
        const forMs = scene.nowMs - Math.max(from, here.get(a)!, here.get(b)!)
        worst = Math.max(worst, forMs)
        if (forMs > CONNECTED_WITHIN_MS && late.length < 2)
          late.push(`${name} for ${forMs} ms\n${a.explain(b)}\n${b.explain(a)}`)
      }
  }
  const away: Actor[] = []
  for (let step = 0; step < 6 * MINUTES; step += 1) {
    // A tenth a minute, spread out: those that went ten seconds ago come back.
    for (const actor of away.splice(0)) {
      await scene.open(actor)
      meet(actor)
      greet(actor)
    }
    for (let count = 0; count < Math.max(1, Math.round(NODES / 60)); count += 1) {
      const [actor] = [...here.keys()].slice(world.random.below(here.size))
      here.delete(actor!)
      away.push(actor!)
      await actor!.core.close()
    }
    for (let second = 0; second < 10; second += 1) {
      await world.pass(seconds(1))
      look()
    }
    expect(late, `after ${10 * (step + 1)} s`).toEqual([])
  }
  console.log(
    `${NODES} nodes, ${MINUTES} minutes: a pair was apart for at most ${(worst / 1_000).toFixed(0)} s of being there both`,
  )
})
