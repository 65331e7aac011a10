import { SeededRandom } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { Draft } from '../../src/fuzz/draft.js'
import { Mutator } from '../../src/fuzz/mutate.js'

const PARENT = Uint8Array.from({ length: 40 }, (_, at) => at + 0x20)
const OTHER = new Uint8Array(30).fill(0xee)
const TOKEN = Buffer.from('TOKEN')

function inputs(maxOctets: number, count: number, tokens: readonly Uint8Array[] = [TOKEN]): Buffer[] {
  const mutator = new Mutator({ random: new SeededRandom(1), maxOctets, tokens })
  return Array.from({ length: count }, () => Buffer.from(mutator.next(PARENT, OTHER)))
}

test('7/fuzz: no input is longer than the limit, and some reach it', () => {
  for (const most of [1, 7, 64, 4_096]) {
    const lengths = inputs(most, 20_000).map(({ length }) => length)
    expect(Math.max(...lengths)).toBe(most)
    expect(Math.min(...lengths)).toBe(0)
  }
})

test('7/fuzz: parents are left alone', () => {
  const [parent, other] = [PARENT.slice(), OTHER.slice()]
  inputs(256, 5_000)
  expect([PARENT, OTHER]).toEqual([parent, other])
})

test.each<[string, (input: Buffer) => boolean]>([
  ['one bit flipped', (input) => input.length === 40 && differing(input) === 1 && isPowerOfTwo(xorAt(input))],
  ['a strict prefix', (input) => input.length < 40 && input.equals(PARENT.subarray(0, input.length))],
  ['a slice cut out', (input) => input.length < 40 && input[0] === PARENT[0] && input.at(-1) === PARENT[39]],
  [
    'a slice twice',
    (input) => input.length > 40 && input.lastIndexOf(PARENT.subarray(4, 8)) > input.indexOf(PARENT.subarray(4, 8)),
  ],
  ['a splice with the other parent', (input) => input.length < 70 && input[0] === 0x20 && input.at(-1) === 0xee],
  ['a token put in', (input) => input.length === 45 && input.includes(TOKEN)],
  ['a token written over', (input) => input.length === 40 && input.includes(TOKEN)],
  ['an octet of ff', (input) => input.length === 40 && differing(input) === 1 && input.includes(0xff)],
  ['a u32 of ffffffff', (input) => input.length === 40 && input.includes(Buffer.alloc(4, 0xff))],
  ['a run of one octet', (input) => input.length > 56 && input.includes(Buffer.alloc(16, input[20]))],
  ['nothing of the parent', (input) => input.length > 8 && input.every((octet) => !(octet >= 0x24 && octet < 0x28))],
])('7/fuzz: among the inputs is %s', (_name, isSuch) => {
  expect(inputs(256, 30_000).some(isSuch)).toBe(true)
})

test('7/fuzz: without tokens, and for parents without an octet, there are inputs, too', () => {
  const mutator = new Mutator({ random: new SeededRandom(2), maxOctets: 16, tokens: [] })
  const none = new Uint8Array(0)
  const made = Array.from({ length: 2_000 }, () => Buffer.from(mutator.next(none, none)).toString('hex'))
  expect(new Set(made).size).toBeGreaterThan(100)
})

test('7/fuzz: a draft inserts, removes and cuts, and what does not fit falls off its end', () => {
  const draft = new Draft(6)
  draft.load(Uint8Array.of(1, 2, 3, 4))
  draft.insert(1, Uint8Array.of(8, 9))
  expect([...draft.octets]).toEqual([1, 8, 9, 2, 3, 4])
  draft.insert(2, Uint8Array.of(7, 7, 7))
  expect([...draft.octets]).toEqual([1, 8, 7, 7, 7, 9])
  draft.insert(5, Uint8Array.of(5, 6))
  expect([...draft.octets]).toEqual([1, 8, 7, 7, 7, 5])
  draft.remove(1, 2)
  expect([...draft.octets]).toEqual([1, 7, 7, 5])
  draft.remove(3, 10)
  expect([...draft.octets]).toEqual([1, 7, 7])
  expect(draft.left).toBe(3)
  draft.truncate(1)
  draft.truncate(5)
  expect([...draft.octets]).toEqual([1])
})

function differing(input: Buffer): number {
  return input.reduce((count, octet, at) => count + Number(octet !== PARENT[at]), 0)
}

function xorAt(input: Buffer): number {
  return input.reduce((bits, octet, at) => bits | (octet ^ PARENT[at]!), 0)
}

function isPowerOfTwo(n: number): boolean {
  return n > 0 && (n & (n - 1)) === 0
}
