import { describe, expect, test } from 'vitest'
import { ConfigError, ConfigSection } from '../src/index.js'

const RANGE = { min: 1, max: 10, fallback: 5 }
const section = (values: Record<string, unknown>): ConfigSection => new ConfigSection('udp', values)

describe('6/config values', () => {
  test('what was not set has its fallback', () => {
    const empty = new ConfigSection('udp')
    expect(empty.integer('count', RANGE)).toBe(5)
    expect(empty.strings('names', ['a'])).toEqual(['a'])
    expect(section({ count: undefined }).integer('count', RANGE)).toBe(5)
  })

  test('both ends of a range are in it', () => {
    expect([1, 10].map((count) => section({ count }).integer('count', RANGE))).toEqual([1, 10])
  })

  test.each([
    [0, '0'],
    [11, '11'],
    [1.5, '1.5'],
    ['5', '"5"'],
    [null, 'null'],
    [true, 'true'],
    [5n, '5'],
    [Number.NaN, 'NaN'],
    [[5], '[5]'],
    [Symbol('five'), 'Symbol(five)'],
  ])('%s is not a whole number from 1 to 10, and the sentence says so', (count, shown) => {
    const message = `[udp] count: expected a whole number from 1 to 10, got ${shown}`
    expect(() => section({ count }).integer('count', RANGE)).toThrow(
      new ConfigError('udp', 'count', message.slice('[udp] count: '.length)),
    )
    expect(() => section({ count }).integer('count', RANGE)).toThrow(message)
  })

  test('a text or a flag that was not set is null, or its fallback; another type is refused', () => {
    const set = section({ name: 'a', on: true, count: 1 })
    expect([set.text('name'), set.text('other'), set.flag('on', false), set.flag('off', false)]).toEqual([
      'a',
      null,
      true,
      false,
    ])
    expect(() => set.text('count')).toThrow('[udp] count: expected a string, got 1')
    expect(() => set.flag('count', true)).toThrow('[udp] count: expected true or false, got 1')
  })

  test('8/secrets: a value that may hold a password is refused without being shown', () => {
    const submit = section({ submit: 'smtp://me:hunter2@' })
    expect(() => section({ submit: ['smtp://me:hunter2@'] }).secretText('submit')).toThrow(
      '[udp] submit: expected a string',
    )
    expect(submit.secretText('submit')).toBe('smtp://me:hunter2@')
    expect(submit.secretText('inbox')).toBeNull()
    expect(() => submit.refuseSecret('submit', 'a URL')).toThrow(new ConfigError('udp', 'submit', 'expected a URL'))
  })

  test('a single string stands for a list of one, and lists are copied', () => {
    expect(section({ names: 'a' }).strings('names', [])).toEqual(['a'])
    const names = ['a', 'b']
    const read = section({ names }).strings('names', [])
    names.push('c')
    expect(read).toEqual(['a', 'b'])
  })

  test.each([
    [7, '7'],
    [['a', 7], '["a",7]'],
    [{ a: 'b' }, '{"a":"b"}'],
  ])('%j is no list of strings', (names, shown) => {
    expect(() => section({ names }).strings('names', [])).toThrow(
      `[udp] names: expected a list of strings, got ${shown}`,
    )
  })

  test('a long value is cut in the message', () => {
    const message = `[udp] names: expected a list of strings, got {"a":"${'x'.repeat(74)}…`
    expect(() => section({ names: { a: 'x'.repeat(1000) } }).strings('names', [])).toThrow(message)
  })

  test('what the object inherited is not a setting', () => {
    expect(section({}).strings('toString', ['fallback'])).toEqual(['fallback'])
  })
})

describe('6/config errors', () => {
  test('a key that nobody asked for is refused, and the known ones are named in order', () => {
    const read = section({ port: 1, prot: 2 })
    read.integer('port', RANGE)
    read.strings('listen', [])
    expect(() => read.refuseUnknown()).toThrow('[udp] prot: unknown key; known are listen, port')
  })

  test('when every key was asked for there is nothing to refuse', () => {
    const read = section({ port: 1 })
    read.integer('port', RANGE)
    expect(() => read.refuseUnknown()).not.toThrow()
  })

  test('an error carries section, key and code for programs', () => {
    expect.assertions(2)
    try {
      section({ port: 'x' }).refuse('port', 'something else')
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
      expect(error).toMatchObject({ code: 'ERR_CONFIG', section: 'udp', key: 'port', name: 'ConfigError' })
    }
  })
})
