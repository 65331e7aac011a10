/** DESIGN section 8, rows 1 and 4: what a stranger can make us send, to whom, and at whose expense. */
import { createIdentity, type Identity, nodeIdFromBytes } from '@postern/crypto'
import { PROTOCOL, protocolNumber } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { MAX_CREDIT_OCTETS, MAX_TELLERS, VALIDATION_BUDGETS } from '../../src/peers/limits.js'
import { HOUR_MS, heloOf, inet, mail, pongTo, type Sent, settled, worldOf } from './samples.js'

const [TELLER, FRIEND] = [createIdentity(), createIdentity()] as const
const RUMOUR = { teller: TELLER.nodeId }
const { host, network, global } = VALIDATION_BUDGETS
const octetsOf = (sent: readonly Sent[]): number => sent.reduce((sum, { message }) => sum + message.byteLength, 0)

/** Signing is not what is tested here, and a key pair takes its time. */
function strangers(count: number): Pick<Identity, 'nodeId' | 'publicKey'>[] {
  return Array.from({ length: count }, () => createIdentity())
}

describe('8/HELO naming a victim', () => {
  const crowd = strangers(625)
  /** 10 000 of them, 16 from each of 625 identities, all in 192.0.2.0/24. */
  const victims = crowd.flatMap((who, nth) =>
    Array.from({ length: 16 }, (_, at) => heloOf(who, { address: inet(nth % 256, 16 * Math.floor(nth / 256) + at) })),
  )

  test('10 000 rumours of 10 000 HELOs for one /24: at most half of its budget, and no octet that the teller did not pay', async () => {
    const { learn, sent, validator, clock, drops } = worldOf()
    let told = 0
    const from = clock.monotonic()
    for (const [at, helo] of victims.entries()) {
      validator.credit(TELLER.nodeId, 200) // the HELO itself
      told += 200
      learn(helo, RUMOUR)
      if (at % 40 === 39) await settled()
      if (at % 100 === 99) clock.advance(1_000)
    }
    const seconds = (clock.monotonic() - from) / 1_000
    const budget = network.burst / 2 + seconds * network.perSecond
    expect(sent.length).toBeGreaterThan(network.burst / 2)
    expect(sent.length).toBeLessThanOrEqual(budget)
    expect(octetsOf(sent)).toBeLessThanOrEqual(512 * budget)
    expect(octetsOf(sent)).toBeLessThanOrEqual(told)
    for (const { message } of sent) expect(message.byteLength).toBeLessThanOrEqual(512)
    expect(sent.length + [...drops.values()].reduce((sum, count) => sum + count, 0)).toBe(victims.length)
    expect(validator.counters().trials).toBeLessThanOrEqual(sent.length)
    expect(learn(heloOf(FRIEND, { address: inet(200) }), 'card')).toBeNull()
    expect(sent.at(-1)!.helo.senderIdentity).toBe(FRIEND.nodeId) // the other half is there for a friend
  })

  test('without credit: nothing at all; 10 000 tellers are worth what they sent', () => {
    const { learn, sent, validator } = worldOf()
    for (const helo of victims) expect(learn(helo, { teller: helo.senderIdentity })).toBe('no-credit')
    for (const { nodeId } of crowd) validator.credit(nodeId, 511)
    for (const helo of victims) expect(learn(helo, { teller: helo.senderIdentity })).toBe('no-credit')
    expect(sent.length).toBe(0)
  })

  test('one host: half of its budget to the PING, one more is refused, then one for each 10 s', () => {
    const { learn, sent, validator, clock, drops } = worldOf()
    validator.credit(TELLER.nodeId, MAX_CREDIT_OCTETS)
    const rumours = crowd.map((who, at) => heloOf(who, { address: inet(7, at) }))
    for (const helo of rumours.slice(0, host.burst / 2)) expect(learn(helo, RUMOUR)).toBeNull()
    expect(learn(rumours[99]!, RUMOUR)).toBe('destination-budget')
    clock.advance(1_000 / host.perSecond)
    expect([learn(rumours[100]!, RUMOUR), learn(rumours[101]!, RUMOUR)]).toEqual([null, 'destination-budget'])
    expect([sent.length, drops.get('destination-budget')]).toEqual([host.burst / 2 + 1, 2])
  })

  test('owners and cards: the whole budget of a host and not one more; what is refused comes later by itself', () => {
    const { learn, sent, clock, drops } = worldOf()
    const owned = crowd.slice(0, 20).map((who, at) => heloOf(who, { protocol: PROTOCOL.TCP, address: inet(7, at) }))
    for (const helo of owned) expect(learn(helo, 'owner')).toBeNull()
    expect([sent.length, drops.get('destination-budget')]).toEqual([host.burst, 20 - host.burst])
    clock.advance(10_000)
    expect(sent.length).toBe(host.burst + 1)
    clock.advance(HOUR_MS)
    expect(sent.length).toBe(20)
    expect(clock.pending).toBe(0)
  })

  test('the whole Internet: half of the global budget, then the rest for owners', async () => {
    const { learn, sent, validator } = worldOf()
    const tellers = strangers(2)
    for (const { nodeId } of tellers) validator.credit(nodeId, MAX_CREDIT_OCTETS)
    let at = 0
    const next = () => heloOf(crowd[at]!, { address: inet(1, 1, at++) })
    for (let i = 0; i < global.burst / 2; i += 1) expect(learn(next(), { teller: tellers[i % 2]!.nodeId })).toBeNull()
    await settled()
    expect(learn(next(), { teller: tellers[0]!.nodeId })).toBe('global-budget')
    for (let i = 0; i < global.burst / 2; i += 1) learn(next(), 'owner')
    expect(sent.length).toBe(global.burst)
    learn(next(), 'owner')
    expect(sent.length).toBe(global.burst)
  })

  test('a mailbox: one mail a day, whoever names it; a domain: 10 by rumours, 20 in all, in any 24 hours', () => {
    const { learn, sent, validator, clock, drops } = worldOf()
    let at = 0
    const next = (mailbox: string) => heloOf(crowd[at++]!, { protocol: PROTOCOL.SMTP, address: mail(mailbox) })
    const pay = () => validator.credit(TELLER.nodeId, 4_096)
    pay()
    expect(learn(next('victim@example.org'), RUMOUR)).toBeNull()
    pay()
    expect(learn(next('victim@example.org'), RUMOUR)).toBe('daily-budget')
    for (let i = 1; i < 10; i += 1) {
      expect(learn(next(`a${i}@example.org`), RUMOUR)).toBeNull()
      pay()
    }
    expect(learn(next('b@example.org'), RUMOUR)).toBe('daily-budget')
    for (let i = 0; i < 10; i += 1) expect(learn(next(`c${i}@example.org`), 'card')).toBeNull()
    expect(sent.length).toBe(20)
    expect(learn(next('d@example.org'), 'card')).toBeNull() // waits
    expect([sent.length, drops.get('daily-budget')]).toEqual([20, 3])
    clock.advance(24 * HOUR_MS - 1)
    expect(sent.length).toBe(20)
    clock.advance(24 * HOUR_MS)
    expect(sent.length).toBe(21)
  })

  test('an answer to an address that nobody proved is paid from the same budgets', () => {
    const { book, validator, clock, validated } = worldOf()
    const helo = heloOf(FRIEND, { protocol: PROTOCOL.SMTP, address: mail('friend@example.org') })
    expect(validator.payForAnswer(helo)).toBe('unknown-address')
    book.add(helo, 'owner', clock.now())
    expect([validator.payForAnswer(helo), validator.payForAnswer(helo)]).toEqual([null, 'daily-budget'])
    validator.confirmed(helo)
    expect([validator.payForAnswer(helo), validated.length]).toEqual([null, 1])
  })
})

describe('8/tables', () => {
  test('challenges make room, rumours first, and are counted; a rumour takes no room of a card', () => {
    const { learn, sent, validator, drops, clock } = worldOf({ maxTrials: 3 })
    validator.credit(TELLER.nodeId, MAX_CREDIT_OCTETS)
    const [a, b, c, d, e] = strangers(5).map((who, at) => heloOf(who, { address: inet(at), protocol: PROTOCOL.TCP }))
    learn(a!, 'card')
    learn(b!, RUMOUR)
    learn(c!, RUMOUR)
    learn(d!, RUMOUR) // b goes
    expect([drops.get('challenge-evicted'), validator.counters().trials]).toEqual([1, 3])
    learn(e!, 'owner')
    learn(b!, 'owner')
    expect([drops.get('challenge-evicted'), sent.length]).toEqual([3, 6])
    expect(learn(c!, RUMOUR)).toBe('busy')
    clock.advance(HOUR_MS)
    learn(c!, 'card') // a goes, whose challenge has expired
    expect([drops.get('challenge-evicted'), validator.counters().trials]).toEqual([3, 3])
  })

  test('tellers are bounded, the one that was silent for longest goes, and credit has an end', () => {
    const { learn, validator, drops } = worldOf()
    validator.credit(TELLER.nodeId, 10 * MAX_CREDIT_OCTETS)
    const many = Array.from({ length: MAX_TELLERS }, (_, at) =>
      nodeIdFromBytes(new Uint8Array(32).fill(at & 0xff, 0, 8).fill(at >> 8, 8)),
    )
    for (const nodeId of many.slice(1)) validator.credit(nodeId, 1)
    expect(drops.get('credit-evicted')).toBeUndefined()
    validator.credit(many[0]!, 512)
    expect([drops.get('credit-evicted'), validator.counters().tellers]).toEqual([1, MAX_TELLERS])
    expect(learn(heloOf(FRIEND), RUMOUR)).toBe('no-credit')
    expect(learn(heloOf(FRIEND), { teller: many[0]! })).toBeNull()
  })

  test('who sees us where: bounded by peer and by protocol', () => {
    const { learn, sent, validator } = worldOf({ destinationsOf: ({ senderIdentity }) => [senderIdentity] })
    const source = new Uint8Array(4)
    const people = Array.from({ length: 40 }, () => createIdentity())
    for (const peer of people) {
      learn(heloOf(peer))
      expect(validator.receivedPong(pongTo(peer, sent.at(-1)!, source))).toBeNull()
    }
    expect(validator.observedBy(2)).toEqual([{ protocol: 1, source, peers: 32 }])
    expect(validator.observedBy(33)).toEqual([])
    for (let protocol = 2; protocol < 20; protocol += 1) {
      learn(heloOf(people[protocol]!, { protocol: protocolNumber(protocol) }))
      expect(validator.receivedPong(pongTo(people[protocol]!, sent.at(-1)!, source))).toBeNull()
    }
    expect(validator.observedBy(1).length).toBe(16)
  })
})
