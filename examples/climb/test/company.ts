/** The story's nodes as processes of their own; this one has the relay and the road, and keeps the journal. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { bundleProgram } from 'postern-stage/bundle-program'
import type { ClimberSettings, Order, Word } from '../src/climber-process.js'
import { Journal } from '../src/journal.js'
import { weatherOf } from '../src/story.js'
import { type NodeSettings, openWorld, type World } from '../src/world.js'

type OnEnd = (work: () => Promise<void>) => void

export interface Player {
  readonly card: string
  order(order: Order): void
  /** Until it has gone by itself; its exit code. */
  leave(): Promise<number | null>
}

export interface Company {
  readonly world: World
  readonly journal: Journal
  readonly anna: Player
  readonly ben: Player
}

/** `has`: the fast transports of both. Everything is gone after the test, whatever became of it. */
export async function company(has: readonly ('udp' | 'tcp')[], everyMs: number, onEnd: OnEnd): Promise<Company> {
  const world = await openWorld()
  onEnd(async () => world[Symbol.asyncDispose]())
  const program = await bundleProgram(new URL('../', import.meta.url), 'climber-process')
  onEnd(program.remove)
  const journal = new Journal({ weather: () => weatherOf(world.road) })
  const start = async (name: 'anna' | 'ben'): Promise<Player> => {
    const { udp, tcp, smtp } = world[name]
    const settings: NodeSettings = { smtp, ...(has.includes('udp') && { udp }), ...(has.includes('tcp') && { tcp }) }
    const given: ClimberSettings = { settings, everyMs }
    const child = fork(program.path, { env: { ...process.env, CLIMB: JSON.stringify(given) } })
    onEnd(async () => void child.kill('SIGKILL'))
    const ready = new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${name} has gone with ${code}`)))
      child.on('message', (word: Word) => {
        if (word.word === 'mailbox') world.office.handOver(word.mailbox, word.port)
        else if (word.word === 'note') journal.take(name, word.note)
        else {
          journal.knows(word.nodeId, name)
          resolve(word.card)
        }
      })
    })
    return playerOf(child, await ready)
  }
  await world.makeRoom()
  const [anna, ben] = await Promise.all([start('anna'), start('ben')])
  return { world, journal, anna, ben }
}

function playerOf(child: ChildProcess, card: string): Player {
  const order = (one: Order): void => void child.send(one)
  return {
    card,
    order,
    async leave() {
      const gone = once(child, 'exit')
      order({ order: 'close' })
      const [code] = await gone
      return code as number | null
    },
  }
}
