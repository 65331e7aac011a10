import { expect, test } from 'vitest'
import { endpointFor } from '../src/endpoint-choice.js'

const at = (host: string) => ({ family: host.includes(':') ? (6 as const) : (4 as const), host, port: 4001 })

test.each([
  ['198.51.100.1', ['::', '0.0.0.0'], '0.0.0.0'],
  ['198.51.100.1', ['127.0.0.1', '192.0.2.7'], '192.0.2.7'],
  ['198.51.100.1', ['192.0.2.7', '10.0.0.7'], '192.0.2.7'],
  ['198.51.100.1', ['127.0.0.1', '::'], undefined],
  ['127.0.0.9', ['192.0.2.7', '127.0.0.1'], '127.0.0.1'],
  ['127.0.0.9', ['::1', '0.0.0.0'], '0.0.0.0'],
  ['127.0.0.9', ['192.0.2.7'], '192.0.2.7'],
  ['127.0.0.9', ['::1'], undefined],
  ['2001:db8::1', ['::1', '2001:db8::7'], '2001:db8::7'],
  ['2001:db8::1', ['::1', '0.0.0.0'], undefined],
  ['::1', ['127.0.0.1', '2001:db8::7', '::1'], '::1'],
])('5/udp: %s is dialled from a socket that can reach it: of %j from %s', (target, bound, chosen) => {
  const endpoints = bound.map((host) => ({ address: at(host) }))
  expect(endpointFor(at(target), endpoints)?.address.host).toBe(chosen)
})
