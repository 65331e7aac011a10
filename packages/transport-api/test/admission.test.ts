import { expect, test } from 'vitest'
import { Admission } from '../src/index.js'

const source = (last: number): Uint8Array => Uint8Array.of(192, 0, 2, last)

test('5/accept: one source gets its share, all sources together the total, and places come back', () => {
  const admission = new Admission({ total: 3, perSource: 2 })
  const places = [admission.admit(source(1)), admission.admit(source(1))]
  expect(admission.admit(source(1))).toBeNull()
  const other = admission.admit(source(2))
  expect(other).not.toBeNull()
  expect(admission.admit(source(3))).toBeNull()
  expect(admission.total).toBe(3)
  places[0]!()
  expect(admission.admit(source(3))).not.toBeNull()
  expect(admission.admit(source(1))).toBeNull()
  other!()
  expect(admission.admit(source(1))).not.toBeNull()
})
