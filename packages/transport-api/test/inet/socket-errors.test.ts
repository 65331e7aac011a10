import { expect, test } from 'vitest'
import { errorCode, listenError } from '../../src/index.js'

const system = (code: string): Error => Object.assign(new Error(`bind ${code}`), { code })

test.each([
  ['EADDRINUSE', 'ERR_LISTEN_IN_USE', 'another program has this port; set another `port`, or 0 for a free one'],
  ['EACCES', 'ERR_LISTEN_FORBIDDEN', 'this port needs a privilege; set a `port` above 1023, or 0 for a free one'],
  ['EADDRNOTAVAIL', 'ERR_LISTEN_ADDRESS_UNAVAILABLE', 'this machine does not have this address; change `listen`'],
  [
    'EAFNOSUPPORT',
    'ERR_LISTEN_ADDRESS_UNAVAILABLE',
    'this machine does not have this address family; take it out of `listen`',
  ],
  ['EINVAL', 'ERR_LISTEN_ADDRESS_UNAVAILABLE', 'this machine cannot listen on such an address; change `listen`'],
  ['EWHATEVER', 'ERR_LISTEN_FAILED', 'see the cause'],
])('2/start: %s is told as %s, with section, endpoint and what to change', (systemCode, code, advice) => {
  const cause = system(systemCode)
  const error = listenError('udp', '0.0.0.0:53', cause)
  expect(error).toMatchObject({ code, cause, message: `[udp] cannot listen on 0.0.0.0:53: ${systemCode}: ${advice}` })
})

test('2/start: an error without a code is unknown, not a crash', () => {
  for (const error of [null, undefined, 'text', 7, {}, { code: 7 }, new Error('x')])
    expect(errorCode(error)).toBe('unknown')
  expect(errorCode(system('ECONNREFUSED'))).toBe('ECONNREFUSED')
})
