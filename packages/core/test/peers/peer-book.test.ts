import { createIdentity } from '@postern/crypto'
import { CLOCK_SKEW_MS, PROTOCOL } from '@postern/helo'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey } from '../../src/peers/address-key.js'
import { PeerBook } from '../../src/peers/peer-book.js'
import { bare, HOUR_MS, heloOf, inet, NOW } from './samples.js'

const [OWNER, TELLER, A, B, C, D] = [
  createIdentity(),
  createIdentity(),
  createIdentity(),
  createIdentity(),
  createIdentity(),
  createIdentity(),
] as const
const RUMOUR = { teller: TELLER.nodeId }
const KEY = addressKey(heloOf(OWNER))

describe('4/peer book', () => {
  test('only a higher sequence replaces', () => {
    const book = new PeerBook()
    expect(book.add(heloOf(OWNER, { sequence: 5 }), 'owner', NOW)).toBe('added')
    expect(book.add(heloOf(OWNER, { sequence: 4 }), 'owner', NOW)).toBe('stale')
    expect(book.add(heloOf(OWNER, { sequence: 5, linkKey: new Uint8Array(32).fill(9) }), 'owner', NOW)).toBe('known')
    expect(book.linkKeyOf(OWNER.nodeId)).toEqual(new Uint8Array(32))
    expect(book.add(heloOf(OWNER, { sequence: 6 }), 'owner', NOW)).toBe('replaced')
    expect(book.addresses(OWNER.nodeId, NOW).map(({ helo }) => helo.sequence)).toEqual([6])
  })

  test('the proven word wins over the rumour, and the rumour never over the proven word', () => {
    const book = new PeerBook()
    const from = () => book.find(OWNER.nodeId, KEY)?.from
    book.add(heloOf(OWNER), RUMOUR, NOW)
    expect(from()).toEqual(RUMOUR)
    book.add(heloOf(OWNER), { teller: OWNER.nodeId }, NOW)
    expect(from()).toEqual(RUMOUR) // who told first stays on record
    book.add(heloOf(OWNER), 'card', NOW)
    expect(from()).toBe('card')
    book.add(heloOf(OWNER, { sequence: 2 }), RUMOUR, NOW)
    expect(from()).toBe('card')
  })

  test('a validated address stays so under a newer HELO, and never beyond the expiration of its HELO', () => {
    const book = new PeerBook()
    book.add(heloOf(OWNER, { expiration: NOW + 10 }), 'owner', NOW)
    expect(book.markValidated(OWNER.nodeId, KEY, NOW + 99)).toBe(true)
    expect(book.find(OWNER.nodeId, KEY)?.validatedUntil).toBe(NOW + 10)
    book.add(heloOf(OWNER, { sequence: 2 }), 'owner', NOW)
    expect(book.find(OWNER.nodeId, KEY)?.validatedUntil).toBe(NOW + 10)
    expect(book.markValidated(OWNER.nodeId, '1:00', NOW)).toBe(false)
    expect(book.markValidated(TELLER.nodeId, KEY, NOW)).toBe(false)
  })

  test('3/withdrawn: what was taken back stays away until it would have expired, however short the withdrawal lives', () => {
    const book = new PeerBook()
    const long = heloOf(OWNER, { sequence: 1, expiration: NOW + HOUR_MS })
    const withdrawal = heloOf(OWNER, { sequence: 2, expiration: NOW + 1, withdrawn: true })
    book.add(long, 'card', NOW)
    book.markValidated(OWNER.nodeId, KEY, NOW + HOUR_MS)
    expect(book.add(withdrawal, RUMOUR, NOW)).toBe('withdrawn')
    expect([book.find(OWNER.nodeId, KEY), book.markValidated(OWNER.nodeId, KEY, NOW + 1)]).toEqual([undefined, false])
    expect(book.addresses(OWNER.nodeId, NOW)).toEqual([])
    const end = NOW + HOUR_MS + CLOCK_SKEW_MS
    book.expire(end)
    expect(book.add(long, RUMOUR, end)).toBe('stale')
    expect(book.add(withdrawal, RUMOUR, NOW)).toBe('known')
    book.expire(end + 1)
    expect(book.has(OWNER.nodeId)).toBe(false)
  })

  test('3/withdrawn: a withdrawal of what we had not counts, and a higher sequence brings the address back', () => {
    const book = new PeerBook()
    expect(book.add(heloOf(OWNER, { sequence: 2, withdrawn: true }), RUMOUR, NOW)).toBe('withdrawn')
    expect(book.add(heloOf(OWNER, { sequence: 1 }), 'owner', NOW)).toBe('stale')
    expect(book.add(heloOf(OWNER, { sequence: 3 }), 'owner', NOW)).toBe('replaced')
    expect(book.find(OWNER.nodeId, KEY)?.validatedUntil).toBe(0)
  })

  test('the link key is that of the newest HELO, one without an address included, a withdrawal not', () => {
    const book = new PeerBook()
    const key = (octet: number) => new Uint8Array(32).fill(octet)
    expect(book.linkKeyOf(OWNER.nodeId)).toBeNull()
    book.add(heloOf(OWNER, { sequence: 1, linkKey: key(1) }), 'owner', NOW)
    book.add(bare(OWNER, { sequence: 2, linkKey: key(2) }), 'owner', NOW)
    book.add(heloOf(OWNER, { sequence: 3, linkKey: key(3), withdrawn: true }), 'owner', NOW)
    expect(book.linkKeyOf(OWNER.nodeId)).toEqual(key(2))
    expect(book.addresses(OWNER.nodeId, NOW)).toEqual([])
  })

  test('expired: neither used nor taken; kept to be PINGed for a peer once linked', () => {
    const book = new PeerBook()
    const late = NOW + 12 * HOUR_MS + CLOCK_SKEW_MS
    book.add(heloOf(OWNER), 'owner', NOW)
    book.add(heloOf(TELLER), 'owner', NOW)
    book.markLinked(OWNER.nodeId)
    expect([book.addresses(OWNER.nodeId, late).length, book.lapsed(OWNER.nodeId, late).length]).toEqual([1, 0])
    expect([book.addresses(OWNER.nodeId, late + 1).length, book.lapsed(OWNER.nodeId, late + 1).length]).toEqual([0, 1])
    expect(book.lapsed(TELLER.nodeId, late + 1)).toEqual([])
    book.expire(late + 1)
    expect([book.has(OWNER.nodeId), book.has(TELLER.nodeId), book.heloCount]).toEqual([true, false, 1])
    expect(book.add(heloOf(TELLER, { sequence: 9 }), 'card', late + 1)).toBe('stale')
  })

  test('3/limits: 16 addresses of a peer; a proven or newer one takes the room of a rumour or an older one', () => {
    const book = new PeerBook()
    const at = (port: number, sequence: number) => heloOf(OWNER, { address: inet(7, port), sequence })
    for (let port = 1; port <= 16; port += 1) expect(book.add(at(port, port + 10), RUMOUR, NOW)).toBe('added')
    expect(book.add(at(17, 10), RUMOUR, NOW)).toBe('full')
    expect(book.add(at(18, 10), 'owner', NOW)).toBe('added')
    expect(book.add(at(19, 99), RUMOUR, NOW)).toBe('added')
    const ports = book.addresses(OWNER.nodeId, NOW).map(({ helo }) => helo.senderAddress[5])
    expect(ports).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19])
  })

  test('3/limits: at most 16 withdrawals, and no address comes back through them as the 17th', () => {
    const book = new PeerBook()
    const at = (port: number, sequence: number, withdrawn: boolean) =>
      heloOf(OWNER, { address: inet(7, port), sequence, withdrawn })
    for (let port = 1; port <= 40; port += 1) {
      book.add(at(port, port, false), 'owner', NOW)
      expect(book.add(at(port, port + 1, true), 'owner', NOW)).toBe('withdrawn')
    }
    expect(book.heloCount).toBe(16)
    for (let port = 41; port <= 56; port += 1) book.add(at(port, 900, false), 'owner', NOW)
    expect(book.heloCount).toBe(32)
    expect(book.add(at(40, 800, false), 'owner', NOW)).toBe('full')
    expect(book.find(OWNER.nodeId, addressKey(at(40, 0, false)))).toBeUndefined()
  })

  test('8/sybil: rumours make room first, then owners, cards last; nobody for something less worthy', () => {
    const book = new PeerBook({ maxPeers: 3 })
    book.add(heloOf(A), 'card', NOW)
    book.add(heloOf(B), 'owner', NOW)
    book.add(heloOf(C), RUMOUR, NOW)
    expect(book.add(heloOf(D), RUMOUR, NOW)).toBe('added')
    expect([A, B, C, D].map((who) => book.has(who.nodeId))).toEqual([true, true, false, true])
    book.markValidated(D.nodeId, addressKey(heloOf(D)), NOW + 1)
    expect(book.add(heloOf(C), RUMOUR, NOW)).toBe('full')
    expect(book.add(heloOf(C), 'owner', NOW)).toBe('added') // B was heard of before D
    expect([A, B, C, D].map((who) => book.has(who.nodeId))).toEqual([true, false, true, true])
    book.markLinked(C.nodeId)
    expect(book.add(heloOf(OWNER), 'card', NOW)).toBe('added') // D goes
    expect(book.add(heloOf(B), 'owner', NOW)).toBe('full')
    expect(book.add(heloOf(B), 'card', NOW)).toBe('added') // C goes, although linked
    expect(book.add(heloOf(D), 'card', NOW)).toBe('added') // A, the first card, goes
    expect([book.size, book.evicted]).toEqual([3, 5])
  })

  test('8/flood: HELOs in all are bounded, and those of one peer do not drive out its own', () => {
    const book = new PeerBook({ maxHelos: 4 })
    for (let port = 1; port <= 4; port += 1) book.add(heloOf(OWNER, { address: inet(7, port) }), RUMOUR, NOW)
    expect(book.add(heloOf(OWNER, { address: inet(7, 5) }), RUMOUR, NOW)).toBe('full')
    expect(book.add(heloOf(OWNER, { address: inet(7, 4), sequence: 2 }), RUMOUR, NOW)).toBe('replaced')
    expect(book.add(heloOf(TELLER), RUMOUR, NOW)).toBe('added')
    expect([book.heloCount, book.size, book.has(OWNER.nodeId)]).toEqual([1, 1, false])
  })

  test('forget, and what a store would keep', () => {
    const book = new PeerBook()
    book.add(heloOf(OWNER), RUMOUR, NOW)
    book.add(heloOf(OWNER, { address: inet(8), withdrawn: true }), RUMOUR, NOW)
    expect([...book.peers()]).toEqual([OWNER.nodeId])
    expect(book.kept(OWNER.nodeId)).toMatchObject({ addresses: [{ key: KEY, from: RUMOUR, validatedUntil: 0 }, {}] })
    expect([book.forget(OWNER.nodeId), book.forget(OWNER.nodeId)]).toEqual([true, false])
    expect([book.size, book.heloCount, book.kept(OWNER.nodeId), book.isLinked(OWNER.nodeId)]).toEqual([
      0,
      0,
      null,
      false,
    ])
    book.markLinked(OWNER.nodeId)
    expect(book.has(OWNER.nodeId)).toBe(false)
  })

  test.each([
    ['another size than it has', { ...heloOf(OWNER), senderAddressSize: 5 }],
    ['more than 512 octets of address', heloOf(OWNER, { address: new Uint8Array(513) })],
    ['no address, and a protocol', heloOf(OWNER, { address: new Uint8Array(0) })],
    ['an address, and no protocol', heloOf(OWNER, { protocol: PROTOCOL.NONE })],
    ['a sequence that is no integer', heloOf(OWNER, { sequence: 0.5 })],
    ['an expiration that is no number', heloOf(OWNER, { expiration: Number.NaN })],
  ])('a HELO that no decoder gave is a bug of the caller: %s', (_, helo) => {
    expect(() => new PeerBook().add(helo, 'card', NOW)).toThrow(RangeError)
  })

  test('whatever is added, the limits hold and the counts agree', () => {
    const people = [OWNER, TELLER, A, B, C]
    const step = fc.record({
      who: fc.nat({ max: 4 }),
      port: fc.nat({ max: 20 }),
      sequence: fc.nat({ max: 30 }),
      withdrawn: fc.boolean(),
      from: fc.constantFrom('card' as const, 'owner' as const, RUMOUR),
      act: fc.constantFrom('add', 'add', 'add', 'validate', 'link', 'forget', 'expire'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const book = new PeerBook({ maxPeers: 4, maxHelos: 30 })
        for (const { who, port, sequence, withdrawn, from, act } of steps) {
          const helo = heloOf(people[who]!, { address: inet(7, port), sequence, withdrawn, expiration: NOW + port })
          if (act === 'add') book.add(helo, from, NOW)
          if (act === 'validate') book.markValidated(helo.senderIdentity, addressKey(helo), NOW + 5)
          if (act === 'link') book.markLinked(helo.senderIdentity)
          if (act === 'forget') book.forget(helo.senderIdentity)
          if (act === 'expire') book.expire(NOW + CLOCK_SKEW_MS + port)
          const all = [...book.peers()].map((peer) => book.kept(peer)!.addresses)
          expect(all.flat().length).toBe(book.heloCount)
          expect(all.length).toBe(book.size)
          expect(book.size).toBeLessThanOrEqual(4)
          expect(book.heloCount).toBeLessThanOrEqual(30)
          for (const helos of all) {
            expect(helos.filter(({ helo: { flags } }) => !flags.withdrawn).length).toBeLessThanOrEqual(16)
            expect(helos.filter(({ helo: { flags } }) => flags.withdrawn).length).toBeLessThanOrEqual(16)
          }
        }
      }),
    )
  })
})

test('4/peer book: it holds a HELO octet for octet or not at all', () => {
  const book = new PeerBook()
  const owner = createIdentity()
  const helo = heloOf(owner)
  book.add(helo, 'card', NOW)
  expect(book.holds(helo, NOW)).toBe(true)
  expect(book.holds({ ...helo, linkKey: new Uint8Array(32).fill(9) }, NOW)).toBe(false)
  expect(book.holds({ ...helo, expiration: helo.expiration + 1 }, NOW)).toBe(false)
  expect(book.holds(helo, helo.expiration + 3_600_000)).toBe(false)
  expect(new PeerBook().holds(helo, NOW)).toBe(false)
})
