import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_PATHS_IN_EPOCH, type PathReport, reportCodec } from '../src/index.js'
import { testBodyCodec } from './body-codec-tests.js'
import { hex } from './hex.js'
import { patch } from './samples.js'

/** Pins PROTOCOL.md section 11. */
const GOLDEN = hex(`
  00 01                     pathId
  00 00 00 00 00 00 03 e8   counter: 1 000
  80 02                     pathId
  00 1f ff ff ff ff ff ff   counter: 2^53 - 1
`)
const REPORT: readonly PathReport[] = [
  { pathId: 1, counter: 1_000 },
  { pathId: 0x8002, counter: Number.MAX_SAFE_INTEGER },
]

describe('11/report', () => {
  testBodyCodec({
    codec: reportCodec,
    golden: { value: REPORT, bytes: GOLDEN },
    values: fc.array(fc.record({ pathId: fc.nat({ max: 0xffff }), counter: fc.maxSafeNat() }), {
      minLength: 1,
      maxLength: MAX_PATHS_IN_EPOCH,
    }),
    isWhole: (octets) => octets === 10, // a report of one path less
  })

  const pathsOf = (count: number): PathReport[] =>
    Array.from({ length: count }, (_, pathId) => ({ pathId, counter: 0 }))

  test('16 paths are the most, one is the least', () => {
    const most = reportCodec.encode(pathsOf(16))
    expect(reportCodec.decode(most)).toEqual({ ok: true, value: pathsOf(16), bytesRead: 160 })
    for (const more of [1, 10])
      expect(reportCodec.decode(Uint8Array.of(...most, ...new Uint8Array(more)))).toEqual({
        ok: false,
        fault: 'trailing',
        offset: 160,
      })
    for (const count of [0, 17])
      expect(() => reportCodec.encode(pathsOf(count))).toThrow(
        new RangeError(`a report of ${count} paths, not 1 to 16`),
      )
  })

  test('a counter of 2^53 is a bad number', () => {
    for (const offset of [2, 12])
      expect(reportCodec.decode(patch(GOLDEN, offset, '0020000000000000'))).toEqual({
        ok: false,
        fault: 'bad-number',
        offset,
      })
  })

  test.each([
    { pathId: 65_536, counter: 0 },
    { pathId: -1, counter: 0 },
    { pathId: 0, counter: 2 ** 53 },
    { pathId: 0, counter: 0.5 },
  ])('encode throws a RangeError: %o', (path) => {
    expect(() => reportCodec.encode([path])).toThrow(RangeError)
  })
})
