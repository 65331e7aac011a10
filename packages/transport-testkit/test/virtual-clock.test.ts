import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Timer } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

describe('tests/clock', () => {
  test('timers fire in the order of their due times, and equal ones as they were set', () => {
    const clock = new VirtualClock(1000)
    const fired: string[] = []
    clock.setTimer(() => fired.push(`late at ${clock.now()}`), 30)
    clock.setTimer(() => fired.push(`first at ${clock.now()}`), 10)
    clock.setTimer(() => fired.push(`second at ${clock.now()}`), 10)
    clock.advance(29)
    expect(fired).toEqual(['first at 1010', 'second at 1010'])
    clock.advance(1)
    expect(fired).toEqual(['first at 1010', 'second at 1010', 'late at 1030'])
    expect(clock.monotonic()).toBe(30)
    expect(clock.pending).toBe(0)
  })

  test('a timer that is reset to the same time goes to the end of the line', () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    const first = clock.setTimer(() => fired.push('first'), 10)
    clock.setTimer(() => fired.push('second'), 10)
    first.reset(10)
    clock.advance(10)
    expect(fired).toEqual(['second', 'first'])
  })

  test('now is whole milliseconds since the epoch, monotonic is all of them since the beginning', () => {
    const clock = new VirtualClock(1000)
    clock.advance(0.75)
    clock.advance(0.75)
    expect([clock.now(), clock.monotonic()]).toEqual([1001, 1.5])
  })

  test('a negative delay is none: time never goes back', () => {
    const clock = new VirtualClock(1000)
    const at: number[] = []
    clock.setTimer(() => at.push(clock.monotonic()), -5)
    clock.advance(0)
    expect(at).toEqual([0])
  })

  test('advanceToNext goes to the next due time and fires all that are due then, and no further than allowed', () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.setTimer(() => fired.push('a'), 10)
    clock.setTimer(() => fired.push('b'), 10)
    clock.setTimer(() => fired.push('c'), 11)
    clock.advanceToNext(5)
    expect([clock.monotonic(), fired]).toEqual([5, []])
    clock.advanceToNext(100)
    expect([clock.monotonic(), fired]).toEqual([10, ['a', 'b']])
    clock.advanceToNext(100)
    expect([clock.monotonic(), fired]).toEqual([11, ['a', 'b', 'c']])
    clock.advanceToNext(100) // nothing is due any more
    expect(clock.monotonic()).toBe(111)
  })

  test('advanceToNext passes over a timer that was disposed of', () => {
    const clock = new VirtualClock()
    clock.setTimer(() => {}, 1)[Symbol.dispose]()
    clock.setTimer(() => {}, 7)
    clock.advanceToNext(100)
    expect(clock.monotonic()).toBe(7)
  })

  test('a timer that starts itself anew fires once for each of its delays, and never again once it is disposed of', () => {
    const clock = new VirtualClock()
    let fired = 0
    const timer = clock.setTimer(() => {
      fired += 1
      timer.reset(10)
    }, 10)
    clock.advance(35)
    expect(fired).toBe(3)
    timer[Symbol.dispose]()
    timer.reset(1)
    clock.advance(100)
    expect([fired, clock.pending]).toEqual([3, 0])
  })

  test('a timer that disposes of itself, or of one that is due with it, while it fires', () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    const own = clock.setTimer(() => {
      fired.push('own')
      own[Symbol.dispose]()
      other[Symbol.dispose]()
    }, 5)
    const other = clock.setTimer(() => fired.push('other'), 5)
    clock.advance(100)
    expect([fired, clock.pending]).toEqual([['own'], 0])
  })

  test('a timer set while another fires has its turn in the same advance, if it is due by then', () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.setTimer(() => {
      clock.setTimer(() => fired.push(`at ${clock.monotonic()}`), 0)
      clock.setTimer(() => fired.push(`at ${clock.monotonic()}`), 5)
      clock.setTimer(() => fired.push('too late'), 6)
    }, 5)
    clock.advance(10)
    expect([fired, clock.pending]).toEqual([['at 5', 'at 10'], 1])
  })

  test('what a timer throws is passed on, and the others are not lost', () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.setTimer(() => {
      throw new Error('boom')
    }, 1)
    clock.setTimer(() => fired.push('other'), 1)
    expect(() => clock.advance(5)).toThrow('boom')
    expect([clock.monotonic(), clock.pending]).toEqual([1, 1])
    clock.advance(5)
    expect(fired).toEqual(['other'])
  })

  test('a timer that sets itself again and again without delay is an error, not the end of all tests', () => {
    const clock = new VirtualClock()
    const timer: Timer = clock.setTimer(() => timer.reset(0), 3)
    expect(() => clock.advance(10)).toThrow('1000000 timers fired at one time')
    expect(clock.monotonic()).toBe(3)
  })

  test('pending counts what has neither fired nor been disposed of, however often it was reset', () => {
    const clock = new VirtualClock()
    const timers = Array.from({ length: 5 }, (_, at) => clock.setTimer(() => {}, at))
    for (const timer of timers) for (let times = 0; times < 10; times += 1) timer.reset(20)
    expect(clock.pending).toBe(5)
    timers[0]![Symbol.dispose]()
    timers[0]![Symbol.dispose]()
    expect(clock.pending).toBe(4)
    clock.advance(20)
    expect(clock.pending).toBe(0)
  })

  test('a million resets leave nothing behind: each timer fires once', () => {
    const clock = new VirtualClock()
    let fired = 0
    const timers = Array.from({ length: 10 }, () => clock.setTimer(() => (fired += 1), 1_000_000))
    const before = heapOctets()
    for (let times = 0; times < 1_000_000; times += 1) timers[times % 10]!.reset(1_000_000)
    expect(heapOctets() - before).toBeLessThan(1024 * 1024) // a million entries would be some fifty times as much
    expect(clock.pending).toBe(10)
    clock.advance(1_000_000)
    expect([fired, clock.pending]).toEqual([10, 0])
  })

  test('whatever is set, reset, disposed of and waited for, it fires as a plain list would say', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const [clock, list] = [tried(new VirtualClock()), tried(new NaiveClock())]
        for (const one of steps) {
          clock.take(one)
          list.take(one)
          expect(clock.state()).toEqual(list.state())
        }
      }),
    )
  })
})

/** After a full collection. */
function heapOctets(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

type Step =
  | { readonly do: 'set'; readonly delayMs: number; readonly isNested: boolean }
  | { readonly do: 'reset'; readonly which: number; readonly delayMs: number }
  | { readonly do: 'dispose'; readonly which: number }
  | { readonly do: 'advance'; readonly ms: number; readonly isToNext: boolean }

const small = fc.integer({ min: 0, max: 12 }) // so that many are due at one time
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('set' as const), delayMs: small, isNested: fc.boolean() }),
  fc.record({ do: fc.constant('reset' as const), which: fc.nat(30), delayMs: small }),
  fc.record({ do: fc.constant('dispose' as const), which: fc.nat(30) }),
  fc.record({ do: fc.constant('advance' as const), ms: small, isToNext: fc.boolean() }),
)

type ClockUnderTest = Pick<VirtualClock, 'monotonic' | 'setTimer' | 'pending' | 'advance' | 'advanceToNext'>

function tried(clock: ClockUnderTest): { take(step: Step): void; state(): unknown } {
  const timers: Timer[] = []
  const fired: string[] = []
  const set = (delayMs: number, isNested: boolean): void => {
    const number = timers.length
    timers.push(
      clock.setTimer(() => {
        fired.push(`${number} at ${clock.monotonic()}`)
        if (!isNested) return
        set(delayMs, false)
        timers[(number * 7) % timers.length]!.reset(delayMs + 1)
      }, delayMs),
    )
  }
  const take = (one: Step): void => {
    if (one.do === 'advance') clock[one.isToNext ? 'advanceToNext' : 'advance'](one.ms)
    else if (one.do === 'reset') timers[one.which % timers.length]?.reset(one.delayMs)
    else if (one.do === 'dispose') timers[one.which % timers.length]?.[Symbol.dispose]()
    else set(one.delayMs, one.isNested)
  }
  return { take, state: () => ({ fired: [...fired], at: clock.monotonic(), pending: clock.pending }) }
}

/** The same promises, kept by looking through a list for every step. */
class NaiveClock implements ClockUnderTest {
  #elapsed = 0
  #order = 0
  #waiting: { readonly due: number; readonly order: number; readonly fire: () => void }[] = []

  monotonic(): number {
    return this.#elapsed
  }

  get pending(): number {
    return this.#waiting.length
  }

  setTimer(fire: () => void, delayMs: number): Timer {
    let isDisposed = false
    let entry = this.#set(fire, delayMs)
    const cancel = (): void => {
      this.#waiting = this.#waiting.filter((one) => one !== entry)
    }
    return {
      reset: (delay) => {
        if (isDisposed) return
        cancel()
        entry = this.#set(fire, delay)
      },
      [Symbol.dispose]: () => {
        isDisposed = true
        cancel()
      },
    }
  }

  advance(ms: number): void {
    const end = this.#elapsed + ms
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      const now = next
      this.#elapsed = now.due
      this.#waiting = this.#waiting.filter((one) => one !== now)
      now.fire()
    }
    this.#elapsed = end
  }

  advanceToNext(maxMs: number): void {
    const next = this.#next()
    this.advance(next === undefined ? maxMs : Math.min(maxMs, next.due - this.#elapsed))
  }

  #set(fire: () => void, delayMs: number): { due: number; order: number; fire: () => void } {
    this.#order += 1
    const entry = { due: this.#elapsed + delayMs, order: this.#order, fire }
    this.#waiting.push(entry)
    return entry
  }

  #next(): { readonly due: number; readonly fire: () => void } | undefined {
    return this.#waiting.toSorted((a, b) => a.due - b.due || a.order - b.order)[0]
  }
}
