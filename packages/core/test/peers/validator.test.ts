import { createIdentity } from '@postern/crypto'
import { PROTOCOL } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { addressKey } from '../../src/peers/address-key.js'
import { asked, bare, HOUR_MS, heloOf, inet, mail, NOW, pingIn, pongTo, settled, worldOf } from './samples.js'

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

describe('4/validation: who is asked, and how often', () => {
  test('a card by datagram: three PINGs alike, 1 s and 2 s apart, and then no more', () => {
    const { learn, sent, clock, drops, validator } = worldOf()
    expect(learn(HELO, 'card')).toBeNull()
    expect(learn(HELO, 'card')).toBeNull() // under way
    clock.advance(12_999)
    expect(sent.map(({ at, dialTimeoutMs }) => [at, dialTimeoutMs])).toEqual([
      [0, 10_000],
      [1_000, 10_000],
      [3_000, 10_000],
    ])
    expect(new Set(sent.map(({ message }) => message.join())).size).toBe(1)
    expect(clock.pending).toBe(0)
    expect([validator.validate(HELO, 'card'), drops.get('spent')]).toEqual(['spent', 1])
  })

  test('a card that is asked for again: after 10 s three more, then after twice as long, … up to a day', () => {
    const { learn, sent, clock } = worldOf()
    const begun: number[] = []
    const ask = (everyMs: number, forMs: number): void => {
      for (let ms = 0; ms < forMs; ms += everyMs) {
        const expiration = NOW + 100 * 24 * HOUR_MS
        if (learn(heloOf(OWNER, { expiration }), 'card') === null) begun.push(clock.monotonic())
        clock.advance(everyMs)
      }
    }
    ask(5_000, 180_000)
    expect(begun).toEqual([0, 15_000, 40_000, 85_000, 170_000])
    ask(HOUR_MS, 8 * 24 * HOUR_MS)
    expect(Math.floor((begun.at(-1)! - begun.at(-2)!) / HOUR_MS)).toBeLessThanOrEqual(25)
    expect(Math.floor((begun.at(-1)! - begun.at(-2)!) / HOUR_MS)).toBeGreaterThanOrEqual(24)
    expect(sent.length).toBe(3 * begun.length)
  })

  test('told by its owner: the same three, and never more before a confirmation; one dial, one mail', () => {
    const { learn, sent, clock } = worldOf()
    for (const helo of [HELO, TCP, MAIL]) {
      learn(helo, 'owner')
      clock.advance(3 * HOUR_MS)
      expect(learn(helo, 'owner')).toBe('spent')
    }
    expect(sent.map(({ helo }) => helo.protocol)).toEqual([1, 1, 1, 2, 3])
  })

  test('a rumour: one PING of at most 512 octets, a dial of 3 s, paid by its teller; never a first message', () => {
    const { learn, sent, clock, validator, drops } = worldOf()
    validator.credit(TELLER.nodeId, 1_023)
    expect([learn(HELO, RUMOUR), learn(TCP, RUMOUR)]).toEqual([null, 'no-credit'])
    clock.advance(HOUR_MS)
    expect([learn(HELO, RUMOUR), sent.length, sent[0]!.dialTimeoutMs]).toEqual(['spent', 1, 3_000])
    validator.credit(TELLER.nodeId, 1)
    expect([learn(TCP, RUMOUR), sent.length]).toEqual([null, 2])
    expect([validator.challengeFor(HELO), drops.get('rumour')]).toEqual([null, 1])
    expect(learn(HELO, 'owner')).toBeNull() // the proven word: two more
    clock.advance(HOUR_MS)
    expect(sent.length).toBe(4)
  })

  test('a rumour about a mailbox costs a whole mail; one whose PING would be larger than 512 octets is not asked', () => {
    const { learn, validator, sent } = worldOf()
    validator.credit(TELLER.nodeId, 4_095)
    expect(learn(MAIL, RUMOUR)).toBe('no-credit')
    validator.credit(TELLER.nodeId, 1)
    expect(learn(MAIL, RUMOUR)).toBeNull()
    validator.credit(TELLER.nodeId, 65_536)
    const ofSize = (octets: number) => heloOf(OWNER, { protocol: PROTOCOL.TCP, address: new Uint8Array(octets) })
    expect([learn(ofSize(293), RUMOUR), learn(ofSize(294), RUMOUR)]).toEqual([null, 'ping-too-large'])
    expect(sent.at(-1)!.message.byteLength).toBe(512)
    expect(learn(ofSize(294), 'owner')).toBeNull()
  })

  test('message 1: each transmission counts, with the same PING; null when there may be none', () => {
    const { book, validator, clock, drops, sent } = worldOf()
    book.add(HELO, 'card', NOW)
    const pings = [1, 2, 3, 4].map(() => validator.challengeFor(HELO))
    expect(pings[0]).toMatchObject({ target: OWNER.nodeId, address: HELO.senderAddress, protocol: 1 })
    expect([pings[1], pings[2], pings[3]]).toEqual([pings[0], pings[0], null])
    expect([drops.get('spent'), sent.length, clock.pending]).toEqual([1, 0, 0])
    clock.advance(HOUR_MS)
    expect(validator.challengeFor(HELO)?.challenge).not.toEqual(pings[0]?.challenge)
  })

  test('message 1 and PINGs share what an address may get; a valid one gets message 1 free of charge', () => {
    const { learn, validator, clock, sent } = worldOf({ limits: { host: { perSecond: 0.001, burst: 3 } } })
    learn(HELO, 'owner')
    expect(validator.challengeFor(HELO)).not.toBeNull()
    clock.advance(5_000)
    expect([sent.length, validator.challengeFor(HELO)]).toEqual([2, null])
    expect(validator.receivedPong(pongTo(OWNER, sent[0]!))).toBeNull()
    for (let i = 0; i < 20; i += 1) expect(validator.challengeFor(HELO)).not.toBeNull()
  })

  test('not asked: our own, one without an address, one the book has not or not any more, an expired one', () => {
    const { us, learn, validator, book, clock, drops } = worldOf()
    expect(learn(heloOf(us))).toBe('ours')
    expect(learn(bare(OWNER))).toBe('no-address')
    expect(validator.validate(HELO, 'card')).toBe('unknown-address')
    book.add(heloOf(OWNER, { sequence: 2, withdrawn: true }), 'owner', NOW)
    expect([validator.validate(HELO, 'card'), validator.challengeFor(HELO)]).toEqual(['unknown-address', null])
    book.add(TCP, 'owner', NOW)
    clock.advance(13 * HOUR_MS)
    expect(validator.validate(TCP, 'owner')).toBe('expired')
    expect(Object.fromEntries(drops)).toEqual({ ours: 1, 'no-address': 1, 'unknown-address': 3, expired: 1 })
  })

  test('expired, of a peer once linked: PINGed, believed to live, and not valid', () => {
    const { learn, validator, book, clock, sent, validated } = worldOf()
    learn(HELO, 'owner')
    clock.advance(13 * HOUR_MS)
    book.markLinked(OWNER.nodeId)
    const { length } = sent
    validator.forget(OWNER.nodeId, addressKey(HELO))
    expect([validator.validate(HELO, 'owner'), sent.length]).toEqual([null, length + 1])
    expect(validator.receivedPong(pongTo(OWNER, sent.at(-1)!))).toBeNull()
    expect([validated, book.find(OWNER.nodeId, addressKey(HELO))?.validatedUntil, clock.pending]).toEqual([[], 0, 0])
  })

  test('what could not be sent is counted, a rejection as well', async () => {
    let isRejecting = false
    const { learn, drops, validator } = worldOf({
      sendTo: () => (isRejecting ? Promise.reject(new Error('no')) : Promise.resolve(false)),
    })
    learn(TCP, 'owner')
    isRejecting = true
    learn(MAIL, 'owner')
    expect(validator.counters().sendsUnderWay).toBe(2)
    await settled()
    expect([drops.get('send-failed'), validator.counters().sendsUnderWay]).toEqual([2, 0])
  })

  test('sends under way are bounded; a card waits for its turn, a rumour does not', async () => {
    const open: ((sent: boolean) => void)[] = []
    const { learn, drops, clock, validator } = worldOf({
      sendTo: () => new Promise((resolve) => open.push(resolve)),
      destinationsOf: () => [],
    })
    for (let host = 0; host < 64; host += 1)
      learn(heloOf(createIdentity(), { protocol: PROTOCOL.TCP, address: inet(host) }))
    validator.credit(TELLER.nodeId, 10_000)
    expect([learn(TCP, RUMOUR), learn(heloOf(TELLER), 'card'), drops.get('busy')]).toEqual(['busy', null, 2])
    for (const finish of open) finish(true)
    await settled()
    clock.advance(10_000)
    expect(open.length).toBe(65)
  })
})

describe('4/validation: the end', () => {
  test('close: no timer, everything refused, what comes back is not counted', async () => {
    const { us, own, learn, validator, clock, sent, drops, book } = worldOf({ sendTo: () => Promise.resolve(false) })
    own.push(heloOf(us))
    learn(HELO, 'card')
    learn(TCP, 'card')
    validator.confirmed(TCP)
    expect(clock.pending).toBe(2)
    validator.close()
    expect([clock.pending, validator.counters()]).toEqual([0, { trials: 0, sendsUnderWay: 2, tellers: 0 }])
    expect([validator.validate(HELO, 'card'), validator.challengeFor(HELO)]).toEqual(['closed', null])
    expect(validator.received(pingIn(asked(us)), new Uint8Array(4), false)).toBe('closed')
    expect(validator.receivedPong(pongTo(OWNER, asked(OWNER)))).toBe('closed')
    validator.confirmed(HELO)
    validator.credit(TELLER.nodeId, 1)
    validator.close()
    await settled()
    expect([clock.pending, sent.length, validator.counters().tellers, drops.get('closed')]).toEqual([0, 0, 0, 2])
    expect(book.find(OWNER.nodeId, addressKey(HELO))?.validatedUntil).toBe(0)
    expect([validator.observedBy(0), drops.get('send-failed')]).toEqual([[], undefined])
  })
})
