import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_PATHS_IN_EPOCH, MAX_REPORT_AGE_MS, type PathReport, reportCodec } from '../src/index.js'
import { testBodyCodec } from './body-codec-tests.js'
import { hex } from './hex.js'
import { patch } from './samples.js'

/** Pins PROTOCOL.md section 11. */
const GOLDEN = hex(`
  00 01                     pathId
  00 00 00 00 00 00 03 e8   counter: 1 000
  00 00 00 00 00 00 03 e7   received: 999
  00 00 00 19               ageMs: 25
  80 02                     pathId
  00 1f ff ff ff ff ff ff   counter: 2^53 - 1
  00 1f ff ff ff ff ff ff   received: 2^53 - 1
  ff ff ff ff               ageMs: seven weeks or more
`)
const REPORT: readonly PathReport[] = [
  { pathId: 1, counter: 1_000, received: 999, ageMs: 25 },
  {
    pathId: 0x8002,
    counter: Number.MAX_SAFE_INTEGER,
    received: Number.MAX_SAFE_INTEGER,
    ageMs: MAX_REPORT_AGE_MS,
  },
]

describe('11/report', () => {
  testBodyCodec({
    codec: reportCodec,
    golden: { value: REPORT, bytes: GOLDEN },
    values: fc.array(
      fc.record({
        pathId: fc.nat({ max: 0xffff }),
        counter: fc.maxSafeNat(),
        received: fc.maxSafeNat(),
        ageMs: fc.nat({ max: MAX_REPORT_AGE_MS }),
      }),
      {
        minLength: 1,
        maxLength: MAX_PATHS_IN_EPOCH,
      },
    ),
    isWhole: (octets) => octets === 22, // a report of one path less
  })

  const pathsOf = (count: number): PathReport[] =>
    Array.from({ length: count }, (_, pathId) => ({ pathId, counter: 0, received: 1, ageMs: 0 }))

  test('16 paths are the most, one is the least', () => {
    const most = reportCodec.encode(pathsOf(16))
    expect(reportCodec.decode(most)).toEqual({ ok: true, value: pathsOf(16), bytesRead: 352 })
    for (const more of [1, 22])
      expect(reportCodec.decode(Uint8Array.of(...most, ...new Uint8Array(more)))).toEqual({
        ok: false,
        fault: 'trailing',
        offset: 352,
      })
    for (const count of [0, 17])
      expect(() => reportCodec.encode(pathsOf(count))).toThrow(
        new RangeError(`a report of ${count} paths, not 1 to 16`),
      )
  })

  test('a counter or a count of 2^53 is a bad number', () => {
    for (const offset of [2, 10, 24, 32])
      expect(reportCodec.decode(patch(GOLDEN, offset, '0020000000000000'))).toEqual({
        ok: false,
        fault: 'bad-number',
        offset,
      })
  })

  test.each([
    { pathId: 65_536, counter: 0, received: 0, ageMs: 0 },
    { pathId: -1, counter: 0, received: 0, ageMs: 0 },
    { pathId: 0, counter: 2 ** 53, received: 0, ageMs: 0 },
    { pathId: 0, counter: 0.5, received: 0, ageMs: 0 },
    { pathId: 0, counter: 0, received: 2 ** 53, ageMs: 0 },
    { pathId: 0, counter: 0, received: 0, ageMs: 2 ** 32 },
    { pathId: 0, counter: 0, received: 0, ageMs: 0.5 },
  ])('encode throws a RangeError: %o', (path) => {
    expect(() => reportCodec.encode([path])).toThrow(RangeError)
  })
})
