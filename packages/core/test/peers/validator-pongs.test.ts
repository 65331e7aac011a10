import { createIdentity } from '@postern/crypto'
import { PROTOCOL } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { addressKey } from '../../src/peers/address-key.js'
import { asked, HOUR_MS, heloOf, inet, mail, NOW, pingIn, pongTo, worldOf } from './samples.js'

const OWNER = createIdentity()
const TELLER = createIdentity()
const RUMOUR = { teller: TELLER.nodeId }
const HELO = heloOf(OWNER)
const TCP = heloOf(OWNER, { protocol: PROTOCOL.TCP })
const MAIL = heloOf(OWNER, {
  protocol: PROTOCOL.SMTP,
  address: mail('o@example.org'),
  expiration: NOW + 90 * 24 * HOUR_MS,
})

describe('4/validation: what a PONG proves', () => {
  test('the answer to our PING makes the address valid until its HELO expires, 12 h at most, and ends the asking', () => {
    const { learn, sent, clock, validator, validated, book } = worldOf()
    const long = heloOf(OWNER, { expiration: NOW + 100 * HOUR_MS })
    learn(long, 'card')
    clock.advance(500)
    expect(validator.receivedPong(pongTo(OWNER, sent[0]!))).toBeNull()
    expect(validated).toEqual([long])
    expect(book.find(OWNER.nodeId, addressKey(long))?.validatedUntil).toBe(NOW + 500 + 12 * HOUR_MS)
    clock.advance(HOUR_MS)
    expect([sent.length, validator.validate(long, RUMOUR)]).toEqual([1, null])
    learn(TCP)
    validator.receivedPong(pongTo(OWNER, sent[1]!))
    expect(book.find(OWNER.nodeId, addressKey(TCP))?.validatedUntil).toBe(TCP.expiration)
    learn(MAIL)
    validator.receivedPong(pongTo(OWNER, sent[2]!))
    expect(book.find(OWNER.nodeId, addressKey(MAIL))?.validatedUntil).toBe(clock.now() + 7 * 24 * HOUR_MS)
  })

  test('8/false PONG: another challenge, another asker, another signer, another address, one nobody asked for, a replay', () => {
    const { learn, sent, validator, validated, drops } = worldOf()
    learn(HELO, 'card')
    const good = pongTo(OWNER, sent[0]!)
    const forged = { ...good, signature: good.signature.map((octet, at) => (at === 3 ? octet ^ 1 : octet)) }
    const byOther = { ...good, signature: pongTo(TELLER, asked(TELLER)).signature }
    expect(validator.receivedPong({ ...good, challenge: new Uint8Array(16) })).toBe('not-the-answer')
    expect(validator.receivedPong({ ...good, asker: TELLER.nodeId })).toBe('not-for-us')
    expect(validator.receivedPong(forged)).toBe('bad-signature')
    expect(validator.receivedPong(byOther)).toBe('bad-signature')
    expect(validator.receivedPong({ ...good, observed: new Uint8Array(4) })).toBe('bad-signature')
    expect(validator.receivedPong({ ...good, address: inet(8) })).toBe('unknown-challenge')
    expect(validator.receivedPong({ ...good, protocol: PROTOCOL.TCP })).toBe('unknown-challenge')
    expect(validator.receivedPong({ ...good, target: TELLER.nodeId })).toBe('unknown-challenge')
    expect(validated).toEqual([])
    expect(validator.receivedPong(good)).toBeNull()
    expect(validator.receivedPong(good)).toBe('unknown-challenge')
    expect([validated.length, drops.size]).toEqual([1, 0]) // the reasons are the caller's to count
  })

  test('a PONG that was signed for the same challenge by another node proves nothing about either', () => {
    const { learn, sent, validator } = worldOf()
    learn(HELO)
    const other = heloOf(TELLER)
    learn(other)
    const stolen = { ...pongTo(TELLER, sent[1]!), challenge: pingIn(sent[0]!).challenge, target: OWNER.nodeId }
    expect(validator.receivedPong(stolen)).toBe('bad-signature')
  })

  test('a challenge expires: 10 min for fast addresses, twice its latency for slow ones, a week at most', () => {
    const { learn, sent, clock, validator } = worldOf()
    for (const [helo, lifeMs] of [
      [TCP, 600_000],
      [MAIL, 144 * HOUR_MS],
    ] as const) {
      for (const [waitMs, refusal] of [
        [lifeMs - 1, null],
        [lifeMs, 'expired-challenge'],
      ] as const) {
        const peer = createIdentity()
        const its = heloOf(peer, {
          protocol: helo.protocol,
          address: helo.senderAddress,
          expiration: NOW + 900 * HOUR_MS,
        })
        expect(learn(its, 'owner')).toBeNull()
        const pong = pongTo(peer, sent.at(-1)!)
        clock.advance(waitMs)
        expect(validator.receivedPong(pong)).toBe(refusal)
      }
    }
  })

  test('withdrawn or forgotten between PING and PONG: not believed', () => {
    const { learn, sent, book, validator, validated } = worldOf()
    learn(HELO)
    book.add(heloOf(OWNER, { sequence: 2, withdrawn: true }), 'owner', NOW)
    expect(validator.receivedPong(pongTo(OWNER, sent[0]!))).toBe('unknown-challenge')
    learn(TCP)
    validator.forget(OWNER.nodeId, addressKey(TCP))
    expect(validator.receivedPong(pongTo(OWNER, sent[1]!))).toBe('unknown-challenge')
    expect(validated).toEqual([])
  })

  test('where PINGs are seen to come from counts when two different peers agree', () => {
    const { learn, sent, clock, validator } = worldOf()
    const source = new Uint8Array([203, 0, 113, 5])
    const says = (peer: typeof OWNER, port: number, seen: Uint8Array) => {
      learn(heloOf(peer, { address: inet(7, port) }))
      expect(validator.receivedPong(pongTo(peer, sent.at(-1)!, seen))).toBeNull()
    }
    says(OWNER, 1, source)
    says(OWNER, 2, source)
    says(TELLER, 1, new Uint8Array(0))
    expect(validator.observedBy(2)).toEqual([])
    expect(validator.observedBy(1)).toEqual([{ protocol: 1, source, peers: 1 }])
    says(TELLER, 2, source)
    expect(validator.observedBy(2)).toEqual([{ protocol: 1, source, peers: 2 }])
    clock.advance(12 * HOUR_MS)
    expect(validator.observedBy(1)).toEqual([])
  })
})

describe('4/validation: renewal', () => {
  test('nothing confirmed it for a quarter of its life: PINGed, three times, and again a quarter later', () => {
    const { learn, sent, clock, validator } = worldOf()
    learn(HELO)
    validator.receivedPong(pongTo(OWNER, sent[0]!))
    clock.advance(3 * HOUR_MS - 1)
    expect(sent.length).toBe(1)
    clock.advance(5_000)
    expect(sent.slice(1).map(({ at }) => at - 3 * HOUR_MS)).toEqual([0, 1_000, 3_000])
    clock.advance(3 * HOUR_MS + 5_000)
    expect(sent.length).toBe(7)
    expect(validator.receivedPong(pongTo(OWNER, sent[6]!))).toBeNull()
    clock.advance(3 * HOUR_MS - 10_000)
    expect(sent.length).toBe(7)
  })

  test('a confirmation by the link counts as a PONG, the first one too, and puts the next PING off', () => {
    const { book, clock, sent, validator, validated } = worldOf()
    const long = heloOf(OWNER, { expiration: NOW + 900 * HOUR_MS })
    validator.confirmed(long) // not in the book
    book.add(long, 'owner', NOW)
    for (let hour = 0; hour < 48; hour += 1) {
      validator.confirmed(long)
      validator.confirmed(long)
      clock.advance(HOUR_MS)
    }
    expect([validated.length, sent.length]).toEqual([1, 0])
    clock.advance(2 * HOUR_MS + 10_000)
    expect(sent.length).toBe(3)
  })

  test('an address that was taken back and comes back is not valid before it is confirmed again', () => {
    const { book, validator, validated } = worldOf()
    for (const [sequence, withdrawn] of [
      [1, false],
      [2, true],
      [3, false],
    ] as const) {
      const helo = heloOf(OWNER, { sequence, withdrawn })
      book.add(helo, 'owner', NOW)
      validator.confirmed(helo)
    }
    expect(validated.map(({ sequence }) => sequence)).toEqual([1, 3])
  })

  test('nobody confirms it in time: not valid any more, no PING by itself, and asked anew when wanted', () => {
    const { learn, sent, clock, validator, book } = worldOf()
    const long = heloOf(OWNER, { expiration: NOW + 900 * HOUR_MS })
    learn(long)
    validator.receivedPong(pongTo(OWNER, sent[0]!))
    clock.advance(100 * HOUR_MS)
    expect(book.find(OWNER.nodeId, addressKey(long))?.validatedUntil).toBeLessThan(clock.now())
    expect([sent.length, clock.pending]).toEqual([10, 0]) // at 0, 3, 6 and 9 h
    expect([validator.validate(long, 'owner'), sent.length]).toEqual([null, 11])
  })

  test('valid when the book was loaded: renewed as well; gone from the book: not', () => {
    const { book, clock, sent, validator } = worldOf()
    book.add(TCP, 'owner', NOW)
    book.markValidated(OWNER.nodeId, addressKey(TCP), NOW + 4 * HOUR_MS)
    expect([validator.validate(TCP, 'owner'), validator.validate(TCP, 'owner')]).toEqual([null, null])
    clock.advance(HOUR_MS)
    expect(sent.length).toBe(1)
    book.forget(OWNER.nodeId)
    clock.advance(HOUR_MS)
    expect([sent.length, clock.pending, validator.counters().trials]).toEqual([1, 0, 0])
  })
})
