import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  LINK_FRAME_HEADER_OCTETS,
  LINK_FRAME_OVERHEAD_OCTETS,
  type LinkFrame,
  type LinkFrameHeader,
  linkFrameCodec,
  writeLinkFrameHeader,
} from '../src/index.js'
import { testBodyCodec } from './body-codec-tests.js'
import { hex, toHex } from './hex.js'
import { patch } from './samples.js'

/** Pins PROTOCOL.md section 11: the least there is, the tag of an empty batch. */
const GOLDEN = hex(`
  f1 f2 f3 f4                                       receiverIndex
  81 02                                             pathId
  00 1a 9b 8c 7d 6e 5f 40                           counter: 7 489 377 096 589 120
  e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2 e2   sealed
`)
const FRAME: LinkFrame = {
  receiverIndex: 0xf1f2f3f4,
  pathId: 0x8102,
  counter: 7_489_377_096_589_120,
  sealed: GOLDEN.slice(14),
}

const headers: fc.Arbitrary<LinkFrameHeader> = fc.record({
  receiverIndex: fc.nat({ max: 0xffff_ffff }),
  pathId: fc.nat({ max: 0xffff }),
  counter: fc.maxSafeNat(),
})

describe('11/link frame', () => {
  testBodyCodec({
    codec: linkFrameCodec,
    golden: { value: FRAME, bytes: GOLDEN },
    values: fc
      .tuple(headers, fc.uint8Array({ minLength: 16, maxLength: 1_400 }))
      .map(([header, sealed]) => ({ ...header, sealed })),
  })

  test('30 octets are the least, header and tag; one more is sealed', () => {
    expect([LINK_FRAME_HEADER_OCTETS, LINK_FRAME_OVERHEAD_OCTETS, GOLDEN.byteLength]).toEqual([14, 30, 30])
    const longer = { ...FRAME, sealed: Uint8Array.of(...FRAME.sealed, 7) }
    const decoded = { ok: true, value: longer, bytesRead: 31 }
    expect(linkFrameCodec.decode(linkFrameCodec.encode(longer))).toEqual(decoded)
  })

  test('a counter of 2^53 - 1 is the largest', () => {
    const last = patch(GOLDEN, 6, '001fffffffffffff')
    expect(linkFrameCodec.decode(last)).toMatchObject({ ok: true, value: { counter: Number.MAX_SAFE_INTEGER } })
    for (const counter of ['0020000000000000', 'ffffffffffffffff'])
      expect(linkFrameCodec.decode(patch(GOLDEN, 6, counter))).toEqual({ ok: false, fault: 'bad-number', offset: 6 })
  })

  test('15 octets are no seal', () => {
    expect(() => linkFrameCodec.encode({ ...FRAME, sealed: new Uint8Array(15) })).toThrow(
      new RangeError('sealed of 15 octets, not at least 16'),
    )
  })
})

describe('11/link frame header in place', () => {
  test('is the one of the codec, and touches nothing behind it', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const target = new Uint8Array(20).fill(0xee)
        writeLinkFrameHeader(target, header)
        const whole = linkFrameCodec.encode({ ...header, sealed: new Uint8Array(16) })
        expect(toHex(target)).toBe(`${toHex(whole.subarray(0, 14))}eeeeeeeeeeee`)
      }),
      {
        examples: [
          [{ receiverIndex: 0, pathId: 0, counter: 0 }],
          [{ receiverIndex: 2 ** 32 - 1, pathId: 65_535, counter: Number.MAX_SAFE_INTEGER }],
        ],
      },
    )
  })

  test('is the one of the decoder, whatever the numbers', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const target = new Uint8Array(30)
        writeLinkFrameHeader(target, header)
        expect(linkFrameCodec.decode(target)).toMatchObject({ ok: true, value: header })
      }),
    )
  })

  test('fits into 14 octets, and not into 13', () => {
    const target = new Uint8Array(14)
    writeLinkFrameHeader(target, FRAME)
    expect(toHex(target)).toBe(toHex(GOLDEN.subarray(0, 14)))
    expect(() => writeLinkFrameHeader(new Uint8Array(13), FRAME)).toThrow(
      new RangeError('a header of 14 octets does not fit into 13'),
    )
  })

  test.each([
    ...[-1, 2 ** 32, 0.5, Number.NaN].map((n) => ({ receiverIndex: n, message: `receiverIndex ${n} is no u32` })),
    ...[-1, 65_536, 0.5, Number.NaN].map((n) => ({ pathId: n, message: `pathId ${n} is no u16` })),
    ...[-1, 2 ** 53, 0.5, Number.NaN].map((n) => ({
      counter: n,
      message: `counter ${n} is no integer from 0 to 2^53 - 1`,
    })),
  ])('throws a RangeError and writes nothing: $message', ({ message, ...change }) => {
    const target = new Uint8Array(14)
    expect(() => writeLinkFrameHeader(target, { ...FRAME, ...change })).toThrow(new RangeError(message))
    expect(target).toEqual(new Uint8Array(14))
  })
})
