import { FuzzRun, type FuzzTarget } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { MAX_OUTCOMES } from '../../src/fuzz/fuzz.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** `feed` decides; one seed of 24 octets, in which the third and fourth are nearly the magic CAFE. */
function target(feed: (input: Uint8Array) => string, changes: Partial<FuzzTarget> = {}): FuzzTarget {
  const seed = new Uint8Array(24).fill(0x11)
  seed.set([0xca, 0xff], 2)
  return { name: 'planted', maxOctets: 64, seeds: () => [seed], feed, ...changes }
}

/** What the run fed, and what came of it. */
function trace(one: FuzzTarget, seed: number, count: number, corpus?: readonly Uint8Array[]): string[] {
  const inputs: string[] = []
  const run = new FuzzRun(one, { seed, onInput: (input) => inputs.push(hex(input)), ...(corpus && { corpus }) })
  run.step(count)
  return [...inputs, JSON.stringify([...run.outcomes]), JSON.stringify(run.discoveries)]
}

const byLength = target((input) => `length-${input.length}`)

test('7/fuzz: the same seed gives the same inputs and outcomes, another seed others', () => {
  expect(trace(byLength, 5, 500)).toEqual(trace(byLength, 5, 500))
  expect(trace(byLength, 5, 500)).not.toEqual(trace(byLength, 6, 500))
  const corpus = [Uint8Array.of(1, 2, 3)]
  expect(trace(byLength, 5, 500, corpus)).toEqual(trace(byLength, 5, 500, corpus))
  expect(trace(byLength, 5, 500, corpus)).not.toEqual(trace(byLength, 5, 500))
})

test('7/fuzz: in slices or at once, a run is the same', () => {
  const run = new FuzzRun(byLength, { seed: 9 })
  for (let slice = 0; slice < 50; slice += 1) run.step(10)
  const whole = new FuzzRun(byLength, { seed: 9 })
  whole.step(500)
  expect(run.inputs).toBe(500)
  expect([...run.outcomes]).toEqual([...whole.outcomes])
})

test('7/fuzz: seeds and saved inputs come first, as they are, cut to the limit', () => {
  const long = new Uint8Array(100).fill(3)
  const [first, second, third] = trace(byLength, 1, 3, [Uint8Array.of(9), long])
  expect([first, second, third]).toEqual([hex(byLength.seeds()[0]!), '09', hex(long.subarray(0, 64))])
})

test('7/fuzz: an error behind a magic of two octets that a seed nearly has is found, and shrunk to these', () => {
  const planted = target((input) => {
    if (input[2] === 0xca && input[3] === 0xfe) throw new RangeError('planted')
    return 'ok'
  })
  const run = new FuzzRun(planted, { seed: 1 })
  const failure = run.step(20_000)
  expect(failure).toMatchObject({ target: 'planted', seed: 1, number: run.inputs, error: { message: 'planted' } })
  expect(hex(failure!.input.subarray(2, 4))).toBe('cafe')
  expect(hex(failure!.minimal)).toBe('0000cafe')
  const inputs = run.inputs
  expect(run.step(100)).toBe(failure)
  expect(run.inputs).toBe(inputs)
})

test('7/fuzz: outcomes lead the way: of a magic of four octets each right one is a step, and without them it is not found', () => {
  const magic = [0x10, 0x13, 0x15, 0x19] // each a bit away from the seed, which has 11
  const depth = (input: Uint8Array): number => {
    const at = magic.findIndex((octet, index) => input[index] !== octet)
    return at === -1 ? magic.length : at
  }
  const found = (feed: (input: Uint8Array) => string): boolean =>
    new FuzzRun(target(feed, { seeds: () => [new Uint8Array(24).fill(0x11)] }), { seed: 4 }).step(60_000) !== null
  const guarded = (input: Uint8Array): number => {
    const reached = depth(input)
    if (reached === magic.length) throw new Error('planted')
    return reached
  }
  expect(found((input) => `depth-${guarded(input)}`)).toBe(true)
  expect(found((input) => `blind-${Math.min(guarded(input), 0)}`)).toBe(false)
})

test('7/fuzz: of inputs with one outcome the shortest is kept, and none whose outcome seeds or saved inputs have', () => {
  const run = new FuzzRun(
    target((input) => (input.length > 3 ? 'long' : input.length === 1 ? 'one' : 'short')),
    { seed: 2, corpus: [Uint8Array.of(1)] },
  )
  run.step(5_000)
  expect(run.discoveries.map(({ outcome, input }) => [outcome, input.length])).toEqual([['short', 0]])
  expect([...run.outcomes.keys()].sort()).toEqual(['long', 'one', 'short'])
  expect([...run.outcomes.values()].reduce((sum, times) => sum + times, 0)).toBe(5_000)
})

test('8/limits: what a run keeps is bounded by its outcomes, and too many of these are a fault of the target', () => {
  const bounded = new FuzzRun(
    target((input) => `first-${input[0] ?? 'none'}`),
    { seed: 3 },
  )
  expect(bounded.step(20_000)).toBeNull()
  expect(bounded.discoveries.length).toBe(256) // 257 outcomes, one of them the seed's
  const shortest = bounded.discoveries.reduce((sum, { input }) => sum + input.length, 0)
  expect(bounded.foundOctets).toBeGreaterThanOrEqual(shortest)
  expect(bounded.foundOctets).toBeLessThanOrEqual(2 * 256 * 64)
  let calls = 0
  const unbounded = new FuzzRun(
    target(() => `call-${calls++}`),
    { seed: 3 },
  )
  expect(unbounded.step(MAX_OUTCOMES)).toBeNull()
  expect(unbounded.step(1)?.error.message).toMatch(`more than ${MAX_OUTCOMES} outcomes`)
})

test('7/fuzz: a target without seeds, or with one beyond its own limit, is refused', () => {
  expect(
    () =>
      new FuzzRun(
        target(() => 'ok', { seeds: () => [] }),
        { seed: 1 },
      ),
  ).toThrow(RangeError)
  expect(
    () =>
      new FuzzRun(
        target(() => 'ok', { maxOctets: 23 }),
        { seed: 1 },
      ),
  ).toThrow(RangeError)
})
