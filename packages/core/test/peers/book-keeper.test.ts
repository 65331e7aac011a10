import { createIdentity, type Identity, type NodeId } from '@postern/crypto'
import { CLOCK_SKEW_MS, PROTOCOL } from '@postern/helo'
import { silentLog } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { createMemoryStore, type PeerRecord, type PeerStore } from '../../src/index.js'
import { SavedState } from '../../src/link/saved-state.js'
import { addressKey } from '../../src/peers/address-key.js'
import { BookKeeper } from '../../src/peers/book-keeper.js'
import { BOOK_BATCH_PEERS, BOOK_RETRY_MS, BOOK_WRITE_DELAY_MS, VALIDATED_MS } from '../../src/peers/limits.js'
import { PeerBook, type PeerBookOptions } from '../../src/peers/peer-book.js'
import { HOUR_MS, heloOf, inet, mail, NOW, settled } from './samples.js'

const [US, A, B, C, TELLER] = Array.from({ length: 5 }, createIdentity) as [
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
]
const RUMOUR = { teller: TELLER.nodeId }
const KEY = addressKey(heloOf(A))
const LONG = { expiration: NOW + 60 * 24 * HOUR_MS }

/** A store that can be watched, and told to fail. */
function watchedStore(store: PeerStore = createMemoryStore()) {
  const calls: string[] = []
  const state = { fails: false, isStuck: false, octets: 0 }
  const refuse = (): void => {
    if (state.fails) throw new Error('disk full')
  }
  const isPeer = ({ key }: PeerRecord): boolean => key.startsWith('peer/')
  const watched: PeerStore = {
    ...store,
    put: async (records) => {
      const peers = records.filter(isPeer)
      if (peers.length > 0) calls.push(`put ${peers.length}`)
      state.octets = peers.reduce((sum, { value }) => sum + value.byteLength, 0)
      refuse()
      await store.put(records)
    },
    remove: async (keys) => {
      calls.push(`remove ${keys.length}`)
      if (state.isStuck) throw new Error('nothing can be removed')
      refuse()
      await store.remove(keys)
    },
  }
  return { store: watched, calls, state }
}

async function keeping(store: PeerStore | null, nowMs = NOW, options: PeerBookOptions = {}, maxWritten = 100_000) {
  const clock = new VirtualClock(nowMs)
  const saved = new SavedState({ store, nodeId: US.nodeId, clock, log: silentLog })
  const pins = new Map<NodeId, number>()
  const book: PeerBook = new PeerBook({
    ...options,
    watcher: {
      changed: (peer) => keeper.changed(peer),
      renewed: (...given) => keeper.renewed(...given),
    },
  })
  const keeper = new BookKeeper({
    book,
    saved,
    clock,
    maxWritten,
    pins: { pin: (peer, rate) => void pins.set(peer, rate), pinRateOf: (peer) => pins.get(peer) ?? 0 },
  })
  const kept = await saved.load()
  keeper.restore(kept)
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await settled()
  }
  const close = async (): Promise<void> => {
    keeper.close()
    await saved.close()
  }
  return { clock, book, keeper, pins, kept, pass, close }
}

const peersIn = async (store: PeerStore): Promise<number> => {
  let count = 0
  for await (const { key } of store.load()) if (key.startsWith('peer/')) count += 1
  return count
}

describe('4/book keeper: what is written, and when', () => {
  test('many changes make one write, a second after the first', async () => {
    const { store, calls } = watchedStore()
    const { book, clock, pass } = await keeping(store)
    for (const who of [A, B]) {
      book.add(heloOf(who), 'card', NOW)
      book.markValidated(who.nodeId, addressKey(heloOf(who)), NOW + 1)
      book.markLinked(who.nodeId)
    }
    await pass(BOOK_WRITE_DELAY_MS - 1)
    book.add(heloOf(C), RUMOUR, NOW)
    expect(calls).toEqual([])
    await pass(1)
    expect(calls).toEqual(['put 3'])
    expect(clock.pending).toBe(0)
    await pass(HOUR_MS)
    expect(calls).toEqual(['put 3'])
  })

  test('what changes nothing is not written', async () => {
    const { store, calls } = watchedStore()
    const { book, pass } = await keeping(store)
    book.add(heloOf(A), 'owner', NOW)
    book.markLinked(A.nodeId)
    await pass(BOOK_WRITE_DELAY_MS)
    book.add(heloOf(A), 'owner', NOW)
    book.add(heloOf(A), RUMOUR, NOW)
    book.add(heloOf(A, { sequence: 0 }), 'owner', NOW)
    book.markLinked(A.nodeId)
    await pass(BOOK_WRITE_DELAY_MS)
    expect(calls).toEqual(['put 1'])
  })

  test('a better word for what was known is written', async () => {
    const { store, calls } = watchedStore()
    const { book, pass, close } = await keeping(store)
    book.add(heloOf(A), RUMOUR, NOW)
    await pass(BOOK_WRITE_DELAY_MS)
    book.add(heloOf(A), 'card', NOW)
    await pass(BOOK_WRITE_DELAY_MS)
    expect(calls).toEqual(['put 1', 'put 1'])
    await close()
    expect((await keeping(store)).book.find(A.nodeId, KEY)?.from).toBe('card')
  })

  test.each([
    ['12 hours', { ...LONG }, VALIDATED_MS],
    ['a week, of mail', { ...LONG, protocol: PROTOCOL.SMTP, address: mail('a@b.example') }, 14 * VALIDATED_MS],
  ] as const)(
    'a validity of %s that is renewed every second is written after a quarter of it',
    async (_, changes, lifeMs) => {
      const { store, calls } = watchedStore()
      const { book, clock, pass } = await keeping(store)
      const helo = heloOf(A, changes)
      const renew = () => book.markValidated(A.nodeId, addressKey(helo), clock.now() + lifeMs)
      book.add(helo, 'card', NOW)
      renew()
      await pass(BOOK_WRITE_DELAY_MS)
      for (let part = 0; part < 10; part += 1) {
        await pass(lifeMs / 40 - 1_000)
        renew()
        await pass(1_000)
        renew()
        await pass(0)
      }
      expect(calls).toEqual(['put 1'])
      await pass(BOOK_WRITE_DELAY_MS)
      renew()
      await pass(BOOK_WRITE_DELAY_MS)
      expect(calls).toEqual(['put 1', 'put 1'])
    },
  )

  test('an address that had lapsed and is valid again is written at once', async () => {
    const { store, calls } = watchedStore()
    const { book, clock, pass } = await keeping(store)
    book.add(heloOf(A, LONG), 'card', NOW)
    book.markValidated(A.nodeId, KEY, NOW + 5_000)
    await pass(6_000)
    book.markValidated(A.nodeId, KEY, clock.now() + VALIDATED_MS)
    await pass(BOOK_WRITE_DELAY_MS)
    expect(calls).toEqual(['put 1', 'put 1'])
  })

  test('who was forgotten, made room or expired is removed; who never was written is not', async () => {
    const { store, calls } = watchedStore()
    const { book, pass } = await keeping(store, NOW, { maxPeers: 2 })
    book.add(heloOf(A), RUMOUR, NOW)
    book.add(heloOf(B, { expiration: NOW + 1 }), RUMOUR, NOW)
    await pass(BOOK_WRITE_DELAY_MS)
    book.add(heloOf(C), 'card', NOW) // A goes
    await pass(BOOK_WRITE_DELAY_MS)
    expect([calls, await peersIn(store)]).toEqual([['put 2', 'remove 1', 'put 1'], 2])
    book.expire(NOW + CLOCK_SKEW_MS + 2)
    book.forget(C.nodeId)
    book.add(heloOf(A), RUMOUR, NOW)
    book.forget(A.nodeId)
    await pass(BOOK_WRITE_DELAY_MS)
    expect([calls.slice(3), await peersIn(store)]).toEqual([['remove 2'], 0])
  })

  test('a flood of news is written in parts, one a second', async () => {
    const { store, calls, state } = watchedStore()
    const { book, pass } = await keeping(store)
    for (const who of Array.from({ length: 2 * BOOK_BATCH_PEERS + 10 }, createIdentity))
      book.add(heloOf(who), 'owner', NOW)
    for (let second = 0; second < 4; second += 1) await pass(BOOK_WRITE_DELAY_MS)
    expect(calls).toEqual([`put ${BOOK_BATCH_PEERS}`, `put ${BOOK_BATCH_PEERS}`, 'put 10'])
    expect(state.octets).toBeLessThan(10_000)
  })

  test('large records fill a part sooner', async () => {
    const { store, calls, state } = watchedStore()
    const { book, pass } = await keeping(store)
    for (const who of Array.from({ length: 40 }, createIdentity)) {
      for (let at = 0; at < 16; at += 1) {
        const address = new Uint8Array(512).fill(at)
        book.add(heloOf(who, { protocol: PROTOCOL.SMTP, address }), 'owner', NOW)
      }
    }
    await pass(BOOK_WRITE_DELAY_MS)
    expect(state.octets).toBeLessThan(262_144 + 24_576)
    await pass(BOOK_WRITE_DELAY_MS)
    expect(calls.length).toBe(2)
    expect(await peersIn(store)).toBe(40)
  })

  test('what a store did not take is tried again after a minute', async () => {
    const { store, calls, state } = watchedStore()
    const { book, pass } = await keeping(store)
    book.add(heloOf(A), 'card', NOW)
    state.fails = true
    await pass(BOOK_WRITE_DELAY_MS)
    expect(calls).toEqual(['put 1'])
    book.add(heloOf(B), 'card', NOW)
    await pass(BOOK_RETRY_MS - 1)
    expect(calls).toEqual(['put 1'])
    state.fails = false
    await pass(1)
    expect([calls, await peersIn(store)]).toEqual([['put 1', 'put 2'], 2])
  })

  test('while removals fail the store does not grow without end, and when they work again nothing is missing', async () => {
    const { store, calls, state } = watchedStore()
    const { book, pass } = await keeping(store, NOW, { maxPeers: 4 }, 6)
    state.isStuck = true
    for (const who of Array.from({ length: 12 }, createIdentity)) {
      book.add(heloOf(who), RUMOUR, NOW)
      await pass(BOOK_RETRY_MS)
    }
    expect(await peersIn(store)).toBe(6)
    state.isStuck = false
    await pass(BOOK_RETRY_MS)
    await pass(BOOK_WRITE_DELAY_MS)
    expect(await peersIn(store)).toBe(4)
    expect(calls.at(-1)).toBe('put 4')
  })

  test('close writes what is pending, and what was only renewed; no timer is left', async () => {
    const { store, calls } = watchedStore()
    const { book, clock, pass, close } = await keeping(store)
    book.add(heloOf(A, LONG), 'card', NOW)
    book.markValidated(A.nodeId, KEY, NOW + VALIDATED_MS)
    await pass(BOOK_WRITE_DELAY_MS)
    book.markValidated(A.nodeId, KEY, NOW + VALIDATED_MS + 7)
    book.add(heloOf(B), 'card', NOW)
    await close()
    expect([calls, clock.pending]).toEqual([['put 1', 'put 2'], 0])
    const again = await keeping(store)
    expect(again.book.find(A.nodeId, KEY)?.validatedUntil).toBe(NOW + VALIDATED_MS + 7)
    expect(again.book.has(B.nodeId)).toBe(true)
  })

  test('without a store nothing is remembered or timed', async () => {
    const { book, clock, close } = await keeping(null)
    book.add(heloOf(A), 'card', NOW)
    expect(clock.pending).toBe(0)
    await close()
  })
})

describe('4/book keeper: what is restored', () => {
  test('addresses, tellers, validity, withdrawals, links and pins are as they were', async () => {
    const { store } = watchedStore()
    const { book, pins, close } = await keeping(store)
    const taken = heloOf(A, { address: inet(9), sequence: 1, expiration: NOW + HOUR_MS })
    book.add(heloOf(A), RUMOUR, NOW)
    book.add(taken, 'owner', NOW)
    book.add({ ...taken, sequence: 2, expiration: NOW + 1, flags: { gossip: true, withdrawn: true } }, RUMOUR, NOW)
    book.markValidated(A.nodeId, KEY, NOW + 5)
    book.markLinked(A.nodeId)
    book.add(heloOf(B), 'card', NOW)
    pins.set(B.nodeId, 2.5)
    const before = [book.kept(A.nodeId), book.kept(B.nodeId)]
    await close()
    const again = await keeping(store, NOW + 2)
    expect([again.book.kept(A.nodeId), again.book.kept(B.nodeId)]).toEqual(before)
    expect([again.book.heloCount, again.book.size]).toEqual([3, 2])
    expect([...again.pins]).toEqual([[B.nodeId, 2.5]])
    expect(again.book.add(taken, 'owner', NOW + 2)).toBe('stale') // it stays withdrawn
  })

  test('what has expired meanwhile is let go, of the book and of the store; a peer once linked stays', async () => {
    const { store } = watchedStore()
    const { book, close } = await keeping(store)
    for (const who of [A, B]) book.add(heloOf(who), 'card', NOW)
    book.markLinked(B.nodeId)
    await close()
    const again = await keeping(store, NOW + 13 * HOUR_MS)
    expect([again.book.has(A.nodeId), again.book.lapsed(B.nodeId, again.clock.now()).length]).toEqual([false, 1])
    await again.pass(BOOK_WRITE_DELAY_MS)
    expect(await peersIn(store)).toBe(1)
  })

  test('who was heard of last makes room last, also if the clock was set back', async () => {
    const { store } = watchedStore()
    const first = await keeping(store)
    for (const who of [A, B, C]) first.book.add(heloOf(who), 'card', NOW)
    await first.pass(BOOK_WRITE_DELAY_MS)
    await first.close()
    const second = await keeping(store, NOW - HOUR_MS)
    second.book.add(heloOf(A, { sequence: 2 }), 'card', NOW - HOUR_MS)
    await second.close()
    const third = await keeping(store)
    expect([...third.book.peers()]).toEqual([B.nodeId, C.nodeId, A.nodeId])
  })

  test('a store that has more than the book holds: the least worthy are let go, and removed', async () => {
    const { store } = watchedStore()
    const first = await keeping(store)
    first.book.add(heloOf(A), 'card', NOW)
    first.book.add(heloOf(B), RUMOUR, NOW)
    first.book.add(heloOf(C), 'card', NOW)
    await first.close()
    const second = await keeping(store, NOW, { maxPeers: 2 })
    expect([...second.book.peers()]).toEqual([A.nodeId, C.nodeId])
    await second.pass(BOOK_WRITE_DELAY_MS)
    expect(await peersIn(store)).toBe(2)
  })

  test('nothing is written for a start alone', async () => {
    const { store, calls } = watchedStore()
    const first = await keeping(store)
    first.book.add(heloOf(A), 'card', NOW)
    await first.close()
    const second = await keeping(store)
    await second.pass(HOUR_MS)
    await second.close()
    expect(calls).toEqual(['put 1'])
  })

  test('no signature is verified at a start', async () => {
    const { store } = watchedStore()
    const first = await keeping(store)
    first.book.add(heloOf(A), 'owner', NOW)
    await first.close()
    expect(heloOf(A).signature.every((octet) => octet === 0)).toBe(true)
    expect((await keeping(store)).book.has(A.nodeId)).toBe(true)
  })
})
