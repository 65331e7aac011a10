import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeLoftPath, encodeLoftPath, isInside } from '../src/loft-path.js'

test('one loft has one spelling', () => {
  expect(decodeLoftPath(encodeLoftPath('/lofts/böb'))).toBe('/lofts/böb')
  for (const other of [
    'lofts/bob',
    './bob',
    '/lofts/./bob',
    '/lofts/../bob',
    '/lofts//bob',
    '/lofts/bob/',
    '/lofts/b\0b',
    '',
  ])
    expect(decodeLoftPath(encodeLoftPath(other)), other).toBeNull()
})

test('512 octets are a path, 513 are not', () => {
  expect(decodeLoftPath(encodeLoftPath(`/${'x'.repeat(511)}`))).not.toBeNull()
  expect(decodeLoftPath(encodeLoftPath(`/${'x'.repeat(512)}`))).toBeNull()
})

test('octets that are no UTF-8 are no path, and nothing throws', () => {
  expect(decodeLoftPath(Uint8Array.of(0x2f, 0xff))).toBeNull()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const path = decodeLoftPath(Uint8Array.of(0x2f, ...bytes))
      if (path !== null) expect(encodeLoftPath(path)).toEqual(Uint8Array.of(0x2f, ...bytes))
    }),
  )
})

test('inside a root is what is below it, not the root and not its neighbours', () => {
  for (const loft of ['/lofts/bob', '/lofts/a/b', '/lofts/..bob']) expect(isInside('/lofts', loft), loft).toBe(true)
  for (const loft of ['/lofts', '/', '/lofts-2/bob', '/bob']) expect(isInside('/lofts', loft), loft).toBe(false)
  expect(isInside('/', '/bob')).toBe(true)
})
