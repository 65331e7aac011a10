/** Ends: of a link, and of the core below its links. */
import { MESSAGE_TYPE } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { createMemoryStore, type PeerStore } from '../../src/index.js'
import { Attacker } from './attacker.js'
import { CHAT, LinkWorld, text, type WorldNode } from './link-world.js'

const both = { datagram: 'both' } as const

async function up(world: LinkWorld, a: WorldNode, b: WorldNode): Promise<void> {
  world.introduce(a, b)
  await world.settled(a.link(b).ready())
  await world.pass(200)
}

/** A store one of whose methods waits, from `hold` to `release`. */
function slowStore(method: 'put' | 'close') {
  const store = createMemoryStore()
  let isHolding = false
  const waiting: (() => void)[] = []
  const held = async (): Promise<void> => {
    if (isHolding) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const slow: PeerStore = {
    ...store,
    [method]: async (...args: never[]) => {
      await held()
      await (store[method] as (...args: never[]) => Promise<void>)(...args)
    },
  }
  const hold = (): void => {
    isHolding = true
  }
  const release = (): void => {
    isHolding = false
    for (const resolve of waiting.splice(0)) resolve()
  }
  return { store: slow, hold, release }
}

describe('4/close', () => {
  test('a CLOSE that was under way for long does not end the link that came after', async () => {
    const world = new LinkWorld(91)
    const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
    await up(world, a, b)
    world.delay = ({ from }) => (from.startsWith(a.name) ? 3_000 : 0)
    await a.link(b).close()
    world.delay = () => 0
    await world.settled(a.link(b).ready())
    await world.pass(5_000)
    expect(b.core.counters()['links.dropped.in.old-close']).toBe(1)
    expect(b.link(a).state).toBe('up')
    a.link(b).send(CHAT, text('after'))
    await world.until(() => b.heard.length === 1)
  })

  test('what a dial had taken along that never got through is counted', async () => {
    const world = new LinkWorld(92)
    const [a, b] = [await world.node({ has: { stream: 'both' } }), await world.node({ has: { stream: 'both' } })]
    world.introduce(a, b)
    world.drop = () => true
    a.link(b).send(CHAT, text('hello'))
    await world.pass(10)
    await a.link(b).close()
    expect(a.core.counters()['links.dropped.out.link-closed']).toBe(1)
  })

  test('whoever hears of a link that went down can send over the one that comes after', async () => {
    const world = new LinkWorld(93)
    const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
    await up(world, a, b)
    const taken: boolean[] = []
    a.core.watch(({ kind }) => {
      if (kind === 'link-down') taken.push(a.link(b).send(CHAT, text('again')))
    })
    await a.link(b).close()
    expect(taken).toEqual([true])
    await world.until(() => b.heard.length === 1)
  })

  test('whoever waits for a link is told when it is closed, or with the reason of the signal', async () => {
    const world = new LinkWorld(94)
    const [a, b] = [await world.node({ has: both }), await world.node({ has: both })]
    const leaving = new AbortController()
    const waits = [
      a.link(b).ready({ signal: AbortSignal.abort('left before') }),
      a.link(b).ready({ signal: leaving.signal }),
      a.link(b).ready(),
    ]
    const settling = Promise.allSettled(waits)
    await world.pass(10)
    leaving.abort('left meanwhile')
    await a.link(b).close()
    expect(await world.settled(settling)).toEqual([
      { status: 'rejected', reason: 'left before' },
      { status: 'rejected', reason: 'left meanwhile' },
      { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_LINK_CLOSED' }) },
    ])
  })
})

describe('4/close of the core', () => {
  test('a first message that is being made safe leads to nothing any more, and no timer is left', async () => {
    const world = new LinkWorld(95)
    const { store, hold, release } = slowStore('put')
    const b = await world.node({ has: { datagram: 'both', letter: 'both' }, core: { store } })
    const attacker = new Attacker(world, 'evil')
    attacker.listen()
    const body = attacker.firstMessage(b)
    await world.pass(50)
    hold()
    attacker.sendClear('evil', `${b.name}-datagram`, MESSAGE_TYPE.HANDSHAKE_FIRST, body)
    await world.pass(20)
    const closing = b.core.close()
    await world.pass(1)
    release()
    await world.settled(closing)
    expect(b.core.counters()['links.dropped.in.link-closed']).toBe(1)
    expect(world.clock.pending).toBe(0)
    await world.pass(1_000)
    expect(attacker.caught).toEqual([])
  })

  test('what arrives meanwhile begins nothing', async () => {
    const world = new LinkWorld(96)
    const { store, hold, release } = slowStore('close')
    const [a, b] = [await world.node({ has: both }), await world.node({ has: both, core: { store } })]
    world.introduce(b, a)
    await up(world, a, b)
    hold()
    const closing = b.core.close()
    await world.pass(1)
    let sent = 0
    world.drop = ({ from }) => {
      if (from.startsWith(b.name)) sent += 1
      return false
    }
    a.link(b).send(CHAT, text('late'))
    await world.pass(5_000)
    release()
    await world.settled(closing)
    await world.pass(5_000)
    expect(b.heard).toEqual([])
    expect(sent).toBe(0)
  })
})
