import { describe, expect, test } from 'vitest'
import {
  FIRST_APPLICATION_TYPE,
  FIRST_PRIVATE_TYPE,
  isClearMessageType,
  isPrivateMessageType,
  MESSAGE_TYPE,
} from '../src/index.js'
import { registry } from './registry.js'

describe('numbers/message-types', () => {
  const rows = registry('Message types (u16)')

  test('the table is the one of PROTOCOL-NUMBERS.md', () => {
    const written = rows.filter(([number, name]) => /^[1-9]\d*$/.test(number!) && name !== '')
    expect(written.map(([number, name]) => [number, name])).toEqual(
      Object.entries(MESSAGE_TYPE).map(([name, number]) => [String(number), name]),
    )
  })

  test('the ranges are the ones of PROTOCOL-NUMBERS.md', () => {
    const ranges = rows.filter(([number]) => number!.includes('–'))
    const starts = ranges.map(([range, name]) => [
      Number(range!.split('–')[0]!.replace(/\s/g, '')),
      name!.split(' ')[0],
    ])
    expect(starts).toContainEqual([FIRST_APPLICATION_TYPE, 'registered'])
    expect(starts).toContainEqual([FIRST_PRIVATE_TYPE, 'private'])
  })

  test('what may come in the clear is what PROTOCOL-NUMBERS.md does not want encrypted', () => {
    const written = rows.filter(([, name]) => Object.keys(MESSAGE_TYPE).includes(name!))
    const inTheClear = written.filter(([, , encrypted]) => encrypted !== 'yes').map(([number]) => Number(number))
    expect(inTheClear).toEqual(Object.values(MESSAGE_TYPE).filter(isClearMessageType))
    expect(inTheClear).toEqual([1, 2, 3, 4, 5, 6])
    expect([0, 12, FIRST_APPLICATION_TYPE, FIRST_PRIVATE_TYPE].some(isClearMessageType)).toBe(false)
  })

  test('private types are 32 768 to 65 535', () => {
    expect([32_767, 32_768, 65_535, 65_536, 40_000.5, Number.NaN].map(isPrivateMessageType)).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
