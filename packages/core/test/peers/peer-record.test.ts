import { createIdentity, importIdentity, nodeIdToBytes } from '@postern/crypto'
import { heloCodec, PROTOCOL } from '@postern/helo'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey } from '../../src/peers/address-key.js'
import type { KeptAddress, Teller } from '../../src/peers/known-address.js'
import { decodePeerRecord, encodePeerRecord, type PeerRecordContent } from '../../src/peers/peer-record.js'
import { bare, type HeloChanges, heloOf, inet, mail, NOW } from './samples.js'

const OWNER = importIdentity(new Uint8Array(32).fill(1))
const TELLER = importIdentity(new Uint8Array(32).fill(2))
const RUMOUR: Teller = { teller: TELLER.nodeId }

function kept(changes: HeloChanges = {}, more: Partial<KeptAddress> = {}): KeptAddress {
  const helo = heloOf(OWNER, changes)
  return { key: addressKey(helo), helo, from: 'card', validatedUntil: 0, keptUntil: helo.expiration, ...more }
}

const CONTENT: PeerRecordContent = {
  isLinked: true,
  writtenMs: NOW,
  oneWayPerMinute: 1.5,
  addresses: [kept({}, { validatedUntil: NOW + 1 }), kept({ address: inet(8) }, { from: RUMOUR, keptUntil: NOW + 2 })],
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** version, linked | writtenMs | oneWayPerMinute | count || card, validatedUntil, keptUntil, HELO || third party, …, HELO */
const GOLDEN = [
  ['01', '01', '000001a3185c5000', '3ff8000000000000', '02'],
  ['00', '000001a3185c5001', '000001a31aef7e00', hex(heloCodec.encode(CONTENT.addresses[0]!.helo))],
  ['02', hex(nodeIdToBytes(TELLER.nodeId)), '0000000000000000', '000001a3185c5002'],
  [hex(heloCodec.encode(CONTENT.addresses[1]!.helo))],
]

const read = (bytes: Uint8Array) => decodePeerRecord(OWNER.nodeId, bytes)

describe('4/peer record', () => {
  test('the octets are these, both ways', () => {
    const bytes = encodePeerRecord(CONTENT)
    expect(hex(bytes)).toBe(GOLDEN.flat().join(''))
    expect(read(bytes)).toEqual(CONTENT)
  })

  test('no strict prefix is a record, and nothing may follow', () => {
    const bytes = encodePeerRecord(CONTENT)
    for (let octets = 0; octets < bytes.byteLength; octets += 1) expect(read(bytes.subarray(0, octets))).toBeNull()
    expect(read(Buffer.concat([bytes, Uint8Array.of(0)]))).toBeNull()
  })

  test('16 addresses and 16 withdrawals are the most, one the least', () => {
    const addresses = (count: number, withdrawn: boolean, network: number) =>
      Array.from({ length: count }, (_, at) => kept({ address: inet(at, 1, network), withdrawn }))
    const record = (live: number, gone: number): Uint8Array => {
      const all = [...addresses(live, false, 1), ...addresses(gone, true, 2)]
      return encodePeerRecord({ ...CONTENT, addresses: all })
    }
    expect(read(record(16, 16))?.addresses.length).toBe(32)
    expect([read(record(17, 15)), read(record(15, 17))]).toEqual([null, null])
    expect(() => record(17, 16)).toThrow(RangeError)
    expect(() => record(0, 0)).toThrow(RangeError)
    const none = encodePeerRecord({ ...CONTENT, addresses: [kept()] }).slice(0, 19)
    none[18] = 0
    expect(read(none)).toBeNull()
  })

  test.each<[string, Partial<PeerRecordContent>]>([
    ['the same address twice', { addresses: [kept(), kept({ sequence: 2 })] }],
    ['a withdrawal that is valid', { addresses: [kept({ withdrawn: true }, { validatedUntil: 1 })] }],
    ['more than 600 messages a minute', { oneWayPerMinute: 600.5 }],
    ['fewer than none', { oneWayPerMinute: -1 }],
    ['a rate that is no number', { oneWayPerMinute: Number.NaN }],
  ])('%s is no record of a book', (_, changes) => {
    expect(read(encodePeerRecord({ ...CONTENT, ...changes }))).toBeNull()
  })

  test.each<[string, number, number]>([
    ['a later version', 0, 2],
    ['an unknown flag', 1, 2],
    ['a time beyond what is exact', 2, 0xff],
    ['an unknown kind of teller', 19, 3],
    ['a validity beyond what is exact', 20, 0xff],
    ['a HELO of another version', 36, 9],
  ])('%s is none', (_, at, octet) => {
    const bytes = encodePeerRecord(CONTENT)
    bytes[at] = octet
    expect(read(bytes)).toBeNull()
  })

  test('it is of the peer whose HELOs are in it, and of no other', () => {
    expect(decodePeerRecord(TELLER.nodeId, encodePeerRecord(CONTENT))).toBeNull()
    const strange = heloOf(createIdentity())
    const mixed = [kept(), { ...kept(), helo: strange, key: addressKey(strange) }]
    expect(read(encodePeerRecord({ ...CONTENT, addresses: mixed }))).toBeNull()
  })

  test('whatever a book has is read as it was', () => {
    const time = fc.maxSafeNat()
    const address = fc.record({
      host: fc.nat({ max: 255 }),
      sequence: time,
      expiration: time,
      withdrawn: fc.boolean(),
      from: fc.constantFrom<Teller>('card', 'owner', RUMOUR),
      validatedUntil: time,
      keptUntil: time,
    })
    const content = fc.record({
      isLinked: fc.boolean(),
      writtenMs: time,
      oneWayPerMinute: fc.double({ min: 0, max: 600, noNaN: true }).map((rate) => rate + 0),
      list: fc.uniqueArray(address, { minLength: 1, maxLength: 16, selector: ({ host }) => host }),
    })
    const others = [bare(OWNER), heloOf(OWNER, { protocol: PROTOCOL.SMTP, address: mail('a@b.example') })]
    fc.assert(
      fc.property(content, ({ list, ...rest }) => {
        const addresses = list.map(({ host, withdrawn, validatedUntil, keptUntil, from, ...changes }) =>
          kept(
            { address: inet(host), withdrawn, ...changes },
            { from, keptUntil, validatedUntil: withdrawn ? 0 : validatedUntil },
          ),
        )
        const more = others.map((helo) => ({ ...kept(), key: addressKey(helo), helo }))
        const whole = { ...rest, addresses: [...addresses.slice(0, 14), ...more] }
        expect(read(encodePeerRecord(whole))).toEqual(whole)
      }),
    )
  })
})
