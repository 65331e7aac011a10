/** What a node knows of others after a restart: by the whole core, on the simulated network. */
import { createIdentity } from '@postern/crypto'
import { decodeCard } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { createCore, createMemoryStore, type PeerStore } from '../../src/index.js'
import { BOOK_WRITE_DELAY_MS } from '../../src/peers/limits.js'
import { recordsOf, storeOf } from '../store/store-samples.js'
import { CHAT, LinkWorld, text, type WorldNode } from './link-world.js'

const has = { datagram: 'both' } as const

async function pair(seed: number, store: PeerStore) {
  const world = new LinkWorld(seed)
  const [a, b] = [await world.node({ has, core: { store } }), await world.node({ has })]
  world.introduce(a, b)
  return { world, a, b }
}

async function up({ world, a, b }: { world: LinkWorld; a: WorldNode; b: WorldNode }): Promise<void> {
  await world.settled(a.link(b).ready())
  await world.pass(200)
}

/** A store that counts how often peers are written. */
function countingStore() {
  const store = createMemoryStore()
  const puts: number[] = []
  const put: PeerStore['put'] = async (records) => {
    const peers = records.filter(({ key }) => key.startsWith('peer/')).length
    if (peers > 0) puts.push(peers)
    await store.put(records)
  }
  return { store: { ...store, put }, puts }
}

/** What is kept of it: whether a path leads there now is not. */
function bookOf(node: WorldNode, of: WorldNode) {
  return node.core.explain(of.core.nodeId).addresses.map(({ transport, from, validatedUntil, expiration }) => ({
    transport,
    from,
    validatedUntil,
    expiration,
  }))
}

describe('4/peer book: after a restart', () => {
  test('a peer is sent to without its card, and hears', async () => {
    const { world, a, b } = await pair(81, createMemoryStore())
    const again = await world.restart(a)
    again.link(b).send(CHAT, text('from memory'))
    await world.until(() => b.heard.length === 1)
    expect(b.heard[0]).toContain('from memory')
  })

  test('a crash a second after the card was added loses nothing of it; at once it may', async () => {
    const store = createMemoryStore()
    const { world, a, b } = await pair(82, store)
    await world.pass(BOOK_WRITE_DELAY_MS - 1)
    const early = storeOf(await recordsOf(store))
    await world.pass(1)
    const late = storeOf(await recordsOf(store))
    const forgetful = await world.restart(a, { store: early })
    expect(forgetful.core.explain(b.core.nodeId).addresses).toEqual([])
    const again = await world.restart(forgetful, { store: late })
    again.link(b).send(CHAT, text('hello'))
    await world.until(() => b.heard.length === 1)
  })

  test('addresses, who told them, and what was validated are as they were', async () => {
    const pairing = await pair(83, createMemoryStore())
    await up(pairing)
    const { world, a, b } = pairing
    const before = bookOf(a, b)
    expect(before.some(({ validatedUntil }) => validatedUntil !== null)).toBe(true)
    const again = await world.restart(a)
    expect(bookOf(again, b)).toEqual(before)
  })

  test('a node that only answered remembers who it was', async () => {
    const world = new LinkWorld(84)
    const [a, b] = [await world.node({ has }), await world.node({ has, core: { store: createMemoryStore() } })]
    world.introduce(a, b)
    await up({ world, a, b })
    const again = await world.restart(b)
    again.link(a).send(CHAT, text('you called'))
    await world.until(() => a.heard.length === 1)
  })

  test('a peer that is pinned as one-way stays so: it is sent to for ever, although nobody answers', async () => {
    const world = new LinkWorld(87)
    const [a, b] = [await world.node({ has, core: { store: createMemoryStore() } }), await world.node({ has })]
    let sent = 0
    world.drop = ({ from }) => {
      if (from.startsWith(a.name)) sent += 1
      return from.startsWith(b.name)
    }
    a.core.addCard(b.core.card(), { oneWay: { messagesPerMinute: 60 } })
    const again = await world.restart(a)
    for (let count = 0; count < 60; count += 1) {
      again.link(b).send(CHAT, text(`${count}`))
      await world.pass(5_000)
    }
    expect(sent).toBeGreaterThan(25) // one that is not pinned is by now tried every few minutes: 15 datagrams
    expect(b.heard.length).toBeGreaterThan(55)
  })

  test('without a store nothing is remembered', async () => {
    const world = new LinkWorld(85)
    const [a, b] = [await world.node({ has }), await world.node({ has })]
    world.introduce(a, b)
    const again = await world.restart(a)
    expect(again.core.explain(b.core.nodeId).addresses).toEqual([])
  })

  test('ten minutes of a busy link writes its peer a few times, not every second', async () => {
    const { store, puts } = countingStore()
    const pairing = await pair(86, store)
    await up(pairing)
    const { world, a, b } = pairing
    await world.pass(3_000)
    const early = puts.length
    for (let second = 0; second < 600; second += 1) {
      a.link(b).send(CHAT, text('tick'))
      await world.pass(1_000)
    }
    expect(b.heard.length).toBeGreaterThan(500)
    expect(early).toBeLessThanOrEqual(3)
    expect(puts.length - early).toBeLessThanOrEqual(2)
    // An orderly end writes the rest.
    const before = bookOf(a, b)
    const again = await world.restart(a)
    expect(bookOf(again, b)).toEqual(before)
  })
})

describe('3/sequence: after a restart', () => {
  const sequenceOf = (card: string): number => {
    const decoded = decodeCard(card)
    if (!decoded.ok) throw new Error(decoded.fault)
    return decoded.value.helos[0]!.sequence
  }

  test('sequences rise although the clock was set back', async () => {
    const identity = createIdentity()
    const store = createMemoryStore()
    const start = (nowMs: number) =>
      createCore({ identity, transports: {}, store, env: { clock: new VirtualClock(nowMs) } })
    const first = await start(1_800_000_000_000)
    const before = sequenceOf(first.card())
    await first.close()
    const second = await start(1_700_000_000_000)
    expect(sequenceOf(second.card())).toBe(before + 1)
    await second.close()
    const third = await start(1_800_000_100_000)
    expect(sequenceOf(third.card())).toBe(1_800_000_100_000)
    await third.close()
  })
})
