import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  FRAGMENT_HEADER_OCTETS,
  type Fragment,
  type Fragmentable,
  fragmentCodec,
  fragmentsOf,
  MAX_APPLICATION_BODY_OCTETS,
  MESSAGE_TYPE,
} from '../src/index.js'
import { testBodyCodec } from './body-codec-tests.js'
import { hex } from './hex.js'
import { patch } from './samples.js'

/** Pins PROTOCOL.md section 9: the last 3 octets of a body of 1 000. */
const GOLDEN = hex(`
  01 02 03 04   messageId
  80 01         type: private
  03 e8         total: 1 000
  03 e5         at: 997
  61 62 63      part: "abc"
`)
const FRAGMENT: Fragment = { messageId: 0x01020304, type: 0x8001, total: 1_000, at: 997, part: hex('616263') }

const types = fc.integer({ min: 1, max: 0xffff }).filter((type) => type !== MESSAGE_TYPE.FRAGMENT)
const messageIds = fc.nat({ max: 0xffff_ffff })
const fragments: fc.Arbitrary<Fragment> = fc
  .tuple(messageIds, types, fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.nat(), fc.nat())
  .map(([messageId, type, part, a, b]) => {
    const total = part.byteLength + (a % (MAX_APPLICATION_BODY_OCTETS + 1 - part.byteLength))
    return { messageId, type, total, at: b % (total - part.byteLength + 1), part }
  })

describe('9/fragment', () => {
  testBodyCodec({
    codec: fragmentCodec,
    golden: { value: FRAGMENT, bytes: GOLDEN },
    values: fragments,
    isWhole: (octets) => octets > FRAGMENT_HEADER_OCTETS, // of a shorter part
  })

  test.each([
    ['type 0', 4, patch(GOLDEN, 4, '0000')],
    ['a fragment in a fragment', 4, patch(GOLDEN, 4, '0007')],
    ['a body of nothing', 6, patch(GOLDEN, 6, '0000')],
    ['one octet beyond the body', 8, patch(GOLDEN, 8, '03e6')],
    ['one octet beyond the body', 8, Uint8Array.of(...GOLDEN, 0)],
    ['all of it beyond the body', 8, patch(GOLDEN, 8, 'ffff')],
    ['the type first, whatever else is wrong', 4, patch(GOLDEN, 4, '0000 0000 ffff')],
    ['then the total', 6, patch(GOLDEN, 6, '0000 ffff')],
  ])('bad-number: %s, at %i', (_, offset, bytes) => {
    expect(fragmentCodec.decode(bytes)).toEqual({ ok: false, fault: 'bad-number', offset })
  })

  test('a total of 65 535 is the largest, in one part or with one octet at its end', () => {
    for (const [at, octets] of [
      [0, 65_535],
      [65_534, 1],
    ] as const) {
      const fragment = { ...FRAGMENT, total: 65_535, at, part: new Uint8Array(octets) }
      const bytes = fragmentCodec.encode(fragment)
      expect(fragmentCodec.decode(bytes)).toEqual({ ok: true, value: fragment, bytesRead: 10 + octets })
    }
  })

  test.each([
    ['this fragment would be refused: bad-number at 4', { type: 0 }],
    ['this fragment would be refused: bad-number at 4', { type: MESSAGE_TYPE.FRAGMENT }],
    ['65536 is no integer from 0 to 65535', { type: 65_536 }],
    ['this fragment would be refused: bad-number at 6', { total: 0 }],
    ['65536 is no integer from 0 to 65535', { total: 65_536 }],
    ['this fragment would be refused: bad-number at 8', { at: 998 }],
    ['-1 is no integer from 0 to 65535', { at: -1 }],
    ['part of 0 octets, not 1 to 65535', { part: new Uint8Array(0) }],
    ['part of 65536 octets, not 1 to 65535', { part: new Uint8Array(65_536) }],
    ['4294967296 is no integer from 0 to 4294967295', { messageId: 2 ** 32 }],
  ] as [string, Partial<Fragment>][])('encode throws a RangeError: %s, %o', (message, change) => {
    expect(() => fragmentCodec.encode({ ...FRAGMENT, ...change })).toThrow(new RangeError(message))
  })
})

describe('9/fragments of a message', () => {
  const MESSAGE: Fragmentable = { messageId: 7, type: 256, body: hex('00 01 02 03 04 05 06') }
  const cutBy = (octets: number): (readonly [at: number, part: string])[] =>
    [...fragmentsOf(MESSAGE, octets)].map(({ at, part }) => [at, [...part].join('')])

  test('the parts are in order, as large as they may be, and the last is what is left', () => {
    expect(cutBy(3)).toEqual([
      [0, '012'],
      [3, '345'],
      [6, '6'],
    ])
    expect(cutBy(4)).toEqual([
      [0, '0123'],
      [4, '456'],
    ])
    for (const whole of [7, 8, 65_535]) expect(cutBy(whole)).toEqual([[0, '0123456']])
    expect(cutBy(1)).toHaveLength(7)
  })

  test('put together again they are the message, and every one travels', () => {
    const bodies = fc.uint8Array({ minLength: 1, maxLength: 3_000 })
    fc.assert(
      fc.property(messageIds, types, bodies, fc.integer({ min: 1, max: 700 }), (messageId, type, body, octets) => {
        const room = new Uint8Array(body.byteLength)
        for (const fragment of fragmentsOf({ messageId, type, body }, octets)) {
          expect(fragment).toMatchObject({ messageId, type, total: body.byteLength })
          expect(fragmentCodec.decode(fragmentCodec.encode(fragment))).toMatchObject({ ok: true, value: fragment })
          room.set(fragment.part, fragment.at)
        }
        expect(room).toEqual(body)
      }),
    )
  })

  test('parts are views of the body', () => {
    for (const { part } of fragmentsOf(MESSAGE, 3)) expect(part.buffer).toBe(MESSAGE.body.buffer)
  })

  test('a body of 65 535 octets is the largest', () => {
    const largest = { ...MESSAGE, body: new Uint8Array(MAX_APPLICATION_BODY_OCTETS) }
    expect([...fragmentsOf(largest, 1_000)].map(({ part }) => part.byteLength)).toHaveLength(66)
  })

  test.each([
    ['body of 0 octets, not 1 to 65535', { body: new Uint8Array(0) }, 3],
    ['body of 65536 octets, not 1 to 65535', { body: new Uint8Array(65_536) }, 3],
    ['message type 0 is no integer from 1 to 65535', { type: 0 }, 3],
    ['a fragment is not fragmented again', { type: MESSAGE_TYPE.FRAGMENT }, 3],
    ['parts of 0 octets, not of at least 1', {}, 0],
    ['parts of 1.5 octets, not of at least 1', {}, 1.5],
    ['parts of NaN octets, not of at least 1', {}, Number.NaN],
  ] as [string, Partial<Fragmentable>, number][])(
    'what cannot be cut is a RangeError before the first: %s',
    (message, change, octets) => {
      expect(() => fragmentsOf({ ...MESSAGE, ...change }, octets)).toThrow(new RangeError(message))
    },
  )
})
