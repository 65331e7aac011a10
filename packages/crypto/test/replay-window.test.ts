import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_REPLAY_WINDOW_COUNTERS, MAX_REPLAY_WINDOW_COUNTERS, ReplayWindow } from '../src/index.js'
import { hex, toHex } from './hex.js'

/** Says the same as a window, by remembering everything. */
class Model {
  readonly #accepted = new Set<number>()
  readonly #size: number
  #highest = -1

  constructor(size: number) {
    this.#size = size
  }

  isNew(counter: number): boolean {
    return counter > this.#highest - this.#size && !this.#accepted.has(counter)
  }

  accept(counter: number): void {
    if (!this.isNew(counter)) return
    this.#accepted.add(counter)
    this.#highest = Math.max(this.#highest, counter)
  }
}

const sizes = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(256, 2_048))
/** Near each other, so that they meet; now and then far ahead. */
const steps = fc.array(
  fc.oneof(fc.integer({ min: -90, max: 90 }), fc.constantFrom(2 ** 20, 2 ** 31, 2 ** 32 + 1, 2 ** 52)),
  { maxLength: 120 },
)

describe('11/replay-window', () => {
  test('says what a set of all counters would say, for any order of arrival, kept and read again or not', () => {
    fc.assert(
      fc.property(sizes, steps, fc.boolean(), (size, moves, isKept) => {
        let window = new ReplayWindow(size)
        const model = new Model(size)
        let at = 0
        for (const move of moves) {
          at = Math.min(Math.max(at + move, 0), Number.MAX_SAFE_INTEGER)
          for (const counter of [at, at - 1, at - size, at - size + 1, at + 1]) {
            if (counter >= 0 && counter <= Number.MAX_SAFE_INTEGER)
              expect(window.isNew(counter)).toBe(model.isNew(counter))
          }
          window.accept(at)
          model.accept(at)
          if (isKept) window = ReplayWindow.fromBytes(window.toBytes())!
        }
      }),
    )
  })

  test('2 048 counters by default, the highest included', () => {
    const window = new ReplayWindow()
    expect(window.size).toBe(DEFAULT_REPLAY_WINDOW_COUNTERS)
    expect(DEFAULT_REPLAY_WINDOW_COUNTERS).toBe(2_048)
    window.accept(10_000)
    expect(window.isNew(10_000 - 2_047)).toBe(true)
    expect(window.isNew(10_000 - 2_048)).toBe(false)
  })

  test('asking changes nothing', () => {
    const window = new ReplayWindow()
    const before = window.toBytes()
    for (const counter of [0, 5, 2 ** 52]) expect(window.isNew(counter)).toBe(true)
    expect(window.toBytes()).toEqual(before)
  })

  test('a jump of 2^52 costs no more than clearing the window', () => {
    const window = new ReplayWindow(64)
    for (let counter = 0; counter < 64; counter++) window.accept(counter)
    window.accept(2 ** 52)
    expect(window.isNew(2 ** 52)).toBe(false)
    expect(window.isNew(63)).toBe(false)
    for (let back = 1; back < 64; back++) expect(window.isNew(2 ** 52 - back)).toBe(true)
    window.accept(Number.MAX_SAFE_INTEGER)
    expect(window.isNew(Number.MAX_SAFE_INTEGER)).toBe(false)
    expect(window.isNew(Number.MAX_SAFE_INTEGER - 1)).toBe(true)
  })

  test('what is no counter is never new, and accepting it changes nothing', () => {
    const window = new ReplayWindow()
    const before = window.toBytes()
    for (const counter of [-1, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(window.isNew(counter)).toBe(false)
      window.accept(counter)
    }
    expect(window.toBytes()).toEqual(before)
  })

  test('accepting what is too old changes nothing', () => {
    const window = new ReplayWindow(8)
    window.accept(20)
    const before = window.toBytes()
    window.accept(12)
    expect(window.toBytes()).toEqual(before)
  })

  test('a size out of range is a RangeError', () => {
    for (const size of [0, -1, 1.5, Number.NaN, MAX_REPLAY_WINDOW_COUNTERS + 1])
      expect(() => new ReplayWindow(size)).toThrow(new RangeError(`a window of ${size}, not 1 to 1048576 counters`))
    expect(new ReplayWindow(MAX_REPLAY_WINDOW_COUNTERS).size).toBe(1_048_576)
  })
})

/*
 * 0000000c            size 12
 * 0000000000000011    17: the highest accepted counter is 16
 * 13 08               bits of counters 12, 13, 16 (12 and 13 modulo 12 are 0 and 1) and 11
 */
const KEPT = '0000000c 0000000000000011 13 08'

describe('11/kept-window', () => {
  test('golden vector', () => {
    const window = new ReplayWindow(12)
    for (const counter of [2, 11, 12, 13, 16]) window.accept(counter)
    expect(toHex(window.toBytes())).toBe(KEPT.replaceAll(' ', ''))
    const read = ReplayWindow.fromBytes(hex(KEPT))!
    expect(read.size).toBe(12)
    for (const [counter, isNew] of [
      [4, false],
      [5, true],
      [11, false],
      [14, true],
      [16, false],
      [17, true],
    ] as const)
      expect(read.isNew(counter), `${counter}`).toBe(isNew)
  })

  test('an unused window is kept, too', () => {
    const empty = new ReplayWindow(9)
    expect(toHex(empty.toBytes())).toBe(`00000009${'00'.repeat(10)}`)
    expect(ReplayWindow.fromBytes(empty.toBytes())?.isNew(0)).toBe(true)
  })

  test('every strict prefix, and one octet more, is null', () => {
    const bytes = hex(KEPT)
    for (let size = 0; size < bytes.byteLength; size++)
      expect(ReplayWindow.fromBytes(bytes.subarray(0, size))).toBeNull()
    expect(ReplayWindow.fromBytes(new Uint8Array([...bytes, 0]))).toBeNull()
  })

  test.each([
    ['size 0', '00000000 0000000000000000'],
    ['a size above the most', `00100001 0000000000000000 ${'00'.repeat(131_073)}`],
    ['a highest counter of 2^53', '00000008 0020000000000001 80'],
    ['the highest counter not set', '00000008 0000000000000001 00'],
    ['a bit of a counter that has not been', '00000008 0000000000000002 06'],
    ['a bit and no counter at all', '00000008 0000000000000000 01'],
    ['a bit beyond the size', '0000000c 0000000000000011 13 18'],
  ])('%s is null', (_, bytes) => {
    expect(ReplayWindow.fromBytes(hex(bytes))).toBeNull()
  })

  test('the highest counter there can be is read', () => {
    const window = ReplayWindow.fromBytes(hex('00000008 0020000000000000 80'))!
    expect(window.isNew(Number.MAX_SAFE_INTEGER)).toBe(false)
    expect(window.isNew(Number.MAX_SAFE_INTEGER - 1)).toBe(true)
  })

  test('whatever is read is what would be written', () => {
    const nearly = fc.tuple(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 0, max: 40 }),
      fc.uint8Array({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(nearly, ([size, next, bits]) => {
        const bytes = new Uint8Array([0, 0, 0, size, 0, 0, 0, 0, 0, 0, 0, next, ...bits])
        const window = ReplayWindow.fromBytes(bytes)
        if (window !== null) expect(window.toBytes()).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  test('the bytes are not shared either way, and may lie anywhere', () => {
    const room = new Uint8Array([9, ...hex(KEPT)])
    const window = ReplayWindow.fromBytes(room.subarray(1))!
    room.fill(0)
    window.toBytes().fill(0)
    expect(toHex(window.toBytes())).toBe(KEPT.replaceAll(' ', ''))
  })
})
