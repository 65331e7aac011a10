import { describe, expect, test } from 'vitest'
import { PROTOCOL, protocolNumber } from '../src/index.js'
import { registry } from './registry.js'

describe('numbers/protocols', () => {
  test('the table is the one of PROTOCOL-NUMBERS.md', () => {
    const written = registry('Transport protocols (u16)').filter(([number]) => /^\d+$/.test(number!))
    const here = Object.entries(PROTOCOL).map(([name, number]) => [String(number), name.toLowerCase()])
    expect(written.map(([number, name]) => [number, name!.split(':')[0]])).toEqual(here)
  })

  test('every u16 is a protocol number, nothing else is', () => {
    expect([protocolNumber(0), protocolNumber(65_535)]).toEqual([0, 65_535])
    for (const n of [-1, 65_536, 1.5, Number.NaN]) expect(() => protocolNumber(n)).toThrow(RangeError)
    expect(() => protocolNumber(65_536)).toThrow('protocol number 65536 is no integer from 0 to 65535')
  })
})
