import { describe, expect, test } from 'vitest'
import { checkContract } from '../src/index.js'

const nothing = (): null => null

/** A shape that keeps the contract; behaviour is not asked for here. */
function shape() {
  return {
    protocolNumber: 40_000,
    mtu: 1200,
    cost: 100,
    counters: nothing,
    verifyHelo: nothing,
    createHELO: nothing,
    connect: nothing,
    send: nothing,
    associate: nothing,
    disconnect: nothing,
    startTransportServer: nothing,
    stopTransportServer: nothing,
    traits: {
      directions: { in: true, out: true },
      reliable: false,
      ordered: false,
      sourceProven: false,
      maxLatencyMs: 1000,
      idleMs: 30_000,
    },
  }
}

const FUNCTIONS = [
  'counters',
  'verifyHelo',
  'createHELO',
  'connect',
  'send',
  'associate',
  'disconnect',
  'startTransportServer',
  'stopTransportServer',
]
const NUMBERS = ['protocolNumber', 'mtu', 'cost', 'traits.maxLatencyMs', 'traits.idleMs']
const FLAGS = [
  'traits.directions.in',
  'traits.directions.out',
  'traits.reliable',
  'traits.ordered',
  'traits.sourceProven',
]
const MEMBERS = [...NUMBERS, ...FUNCTIONS, ...FLAGS]

/** The shape with one member, named by its path, replaced or left out. */
function shapeWith(member: string, ...values: unknown[]) {
  const whole = shape()
  const path = member.split('.')
  const last = path.pop()!
  const holder = path.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, {
    ...whole,
    traits: whole.traits,
  })
  if (values.length === 0) delete holder[last]
  else holder[last] = values[0]
  return path.length === 0 ? holder : whole
}

describe('2.2/contract', () => {
  test('a transport with every member keeps it, and so does a class with getters', () => {
    expect(checkContract(shape())).toBeNull()
    class Getters {
      get mtu() {
        return 1200
      }
    }
    const { mtu: _, ...others } = shape()
    expect(checkContract(Object.assign(new Getters(), others))).toBeNull()
  })

  test.each(MEMBERS)('%s missing is named', (member) => {
    expect(checkContract(shapeWith(member))).toMatchObject({ member, found: 'nothing' })
  })

  test.each(MEMBERS)('%s of a wrong kind is named, with what was found', (member) => {
    expect(checkContract(shapeWith(member, 'text'))).toMatchObject({ member, found: 'a string' })
    expect(checkContract(shapeWith(member, {}))).toMatchObject({ member, found: 'an object' })
    expect(checkContract(shapeWith(member, []))).toMatchObject({ member, found: 'an array' })
    expect(checkContract(shapeWith(member, null))).toMatchObject({ member, found: 'null' })
  })

  test.each([
    ['protocolNumber', 'a whole number from 1 to 65535', [0, 65_536, 1.5, -1], [1, 65_535]],
    ['mtu', 'a whole number of octets from 1 to 1048576', [0, 1_048_577, Number.NaN], [1, 1_048_576]],
    ['cost', 'a whole number from 0 to 4294967295', [-1, 2 ** 32, Number.POSITIVE_INFINITY], [0, 2 ** 32 - 1]],
    [
      'traits.maxLatencyMs',
      'a whole number of milliseconds from 1 to 4294967295',
      [0, -1, 0.5, 2 ** 32],
      [1, 2 ** 32 - 1],
    ],
    ['traits.idleMs', 'a whole number of milliseconds, at least 1', [0, -1, 0.5], [1]],
  ])('%s is %s', (member, expected, outside, inside) => {
    for (const value of outside) {
      expect(checkContract(shapeWith(member, value))).toEqual({ member, expected, found: String(value) })
    }
    for (const value of inside) expect(checkContract(shapeWith(member, value))).toBeNull()
  })

  test('traits missing altogether are named by the first of them', () => {
    expect(checkContract(shapeWith('traits'))).toEqual({
      member: 'traits.directions.in',
      expected: 'true or false',
      found: 'nothing',
    })
  })

  test.each([
    [null, 'null'],
    [undefined, 'nothing'],
    ['udp', 'a string'],
    [nothing, 'a function'],
  ])('%s is no transport', (candidate, found) => {
    expect(checkContract(candidate)).toEqual({ member: 'the transport itself', expected: 'an object', found })
  })

  test('a member that throws when it is looked at offers nothing, and the check does not throw', () => {
    const hostile = Object.defineProperty(shape(), 'mtu', {
      get: () => {
        throw new Error('no')
      },
    })
    expect(checkContract(hostile)).toMatchObject({ member: 'mtu', found: 'nothing' })
  })
})
