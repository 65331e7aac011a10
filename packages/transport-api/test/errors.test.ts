import { expect, test } from 'vitest'
import { TRANSPORT_ERROR_CODES, TransportError } from '../src/index.js'

test('6/errors: an error has its code, its message and its cause', () => {
  const cause = new Error('below')
  const error = new TransportError('ERR_CONNECT_FAILED', 'nobody there', { cause })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'TransportError', code: 'ERR_CONNECT_FAILED', message: 'nobody there', cause })
})

test('6/errors: codes are unique and sorted', () => {
  expect([...new Set(TRANSPORT_ERROR_CODES)].sort()).toEqual(TRANSPORT_ERROR_CODES)
})
