import type { Helo } from '@postern/helo'
import { errorCode } from '@postern/transport-api'
import { testMessage } from '@postern/transport-testkit'
import { expect, test } from 'vitest'
import { start } from './harness.js'

test('5/tcp: IPv6 works, and a limit keys on the /64', async () => {
  const [a, b] = [await start({ listen: ['::1'] }), await start({ listen: ['::1'] })]
  const session = await a.transport.connect(b.helo())
  a.transport.send(session, testMessage(2))
  await b.core.until(() => b.core.received.length === 1)
  expect(b.core.received[0]!.tsession!.source).toEqual(new Uint8Array(8))
})

test('2/mtu: a dialled session sends no more than the other side advertises, an inbound one no more than all take', async () => {
  const [a, b] = [await start({ mtu: 1_048_576 }), await start({ mtu: 1_000 })]
  expect((await a.transport.connect(b.helo())).mtu).toBe(1_000)
  const session = await b.transport.connect(a.helo())
  expect(session.mtu).toBe(1_000)
  b.transport.send(session, testMessage(1_000))
  await a.core.until(() => a.core.received.length === 1)
  const inbound = a.core.received[0]!.tsession!
  expect(inbound.mtu).toBe(16_384)
  expect(() => a.transport.send(inbound, testMessage(16_385))).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
  )
  a.transport.send(inbound, testMessage(16_384))
  await b.core.until(() => b.core.received.length === 1)
})

test('5/tcp: a megabyte goes through in one message where both sides want it', async () => {
  const [a, b] = [await start({ mtu: 1_048_576 }), await start({ mtu: 1_048_576 })]
  const session = await a.transport.connect(b.helo())
  expect(a.transport.send(session, testMessage(1_048_576))).toBe(true)
  await b.core.until(() => b.core.received.length === 1)
  expect(Buffer.compare(b.core.received[0]!.msg, testMessage(1_048_576).msg)).toBe(0)
})

test('4/slow: when the peer is slow, messages are dropped as a value by our own limit, and the sums hold', async () => {
  const [a, b] = [await start({ unwrittenLimitOctets: 65_536 }), await start()]
  const session = await a.transport.connect(b.helo())
  const outcomes = Array.from({ length: 50 }, () => a.transport.send(session, testMessage(16_000)))
  // 4 x 16 009 octets fit 65 536; nothing leaves before this tick is over.
  expect(outcomes.filter(Boolean)).toHaveLength(4)
  await b.core.until(() => b.core.received.length === 4)
  await a.core.until(() => a.core.dropped('slow-peer') === 46)
  expect(a.transport.counters()).toMatchObject({ accepted: 4, sent: 4, 'refused.slow-peer': 46 })
  expect(a.transport.send(session, testMessage(1))).toBe(true)
})

test('2.2/disconnect: what was handed on before the last hold was given back still arrives', async () => {
  const [a, b] = [await start(), await start()]
  const session = await a.transport.connect(b.helo())
  for (let count = 0; count < 200; count += 1) a.transport.send(session, testMessage(1_000))
  await a.transport.disconnect(session)
  await b.core.until(() => b.core.events.length > 0)
  expect(b.core.received).toHaveLength(200)
  expect(new Set(b.core.received.map(({ tsession }) => tsession)).size, 'one connection, one session').toBe(1)
  expect(b.core.events).toMatchObject([{ kind: 'session-ended', reason: 'closed-by-peer' }])
  expect(a.transport.counters()).toMatchObject({ sent: 200, connections: 0, sessions: 0 })
  expect(a.core.events).toHaveLength(0)
})

test('2.2/connect: it says what is wrong', async () => {
  const [a, b] = [await start(), await start()]
  const outcome = (helo: Helo): Promise<unknown> => a.transport.connect(helo).then(() => 'connected', errorCode)
  const draft = { protocol: a.transport.protocolNumber, mtu: 1_000 }
  const to = (...senderAddress: number[]) =>
    a.core.helo({ ...draft, senderAddressSize: senderAddress.length, senderAddress: Uint8Array.from(senderAddress) })
  expect(await outcome(to(127, 0, 0, 1))).toBe('ERR_ADDRESS_MALFORMED')
  expect(await outcome(to(224, 0, 0, 1, 1, 1))).toBe('ERR_ADDRESS_FORBIDDEN')
  const helo = b.helo()
  await b.transport.stopTransportServer()
  expect(await outcome(helo)).toBe('ERR_CONNECT_REFUSED')
  expect(a.transport.counters()).toMatchObject({ sessions: 0, connections: 0 })
})
