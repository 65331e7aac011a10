import { once } from 'node:events'
import { createServer } from 'node:net'
import { decodeInetAddress, encodeInetAddress } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { codeOf, make, message, start } from './harness.js'

test('2.2/holds: the last disconnect closes the connection, and no hold can be given back twice', async () => {
  const [a, b] = [await start(), await start()]
  const session = await a.transport.connect(b.helo())
  expect(a.transport.associate(session)).toBe(true)
  await a.transport.disconnect(session)
  expect(a.transport.send(session, message(1))).toBe(true)
  await a.transport.disconnect(session)
  expect(a.transport.send(session, message(1))).toBe(false)
  expect(a.transport.associate(session)).toBe(false)
  expect(await a.transport.disconnect(session).catch(codeOf)).toBe('ERR_SESSION_NOT_HELD')
  expect(a.transport.counters()).toMatchObject({ sessions: 0, connections: 0, 'refused.session-ended': 1 })
})

test('2.2/stale: an inbound session nobody associated is timed out, one that is held is not', async () => {
  const clock = new VirtualClock()
  const [a, c, b] = [await start(), await start(), await start({ idleMs: 10_000 }, clock)]
  a.transport.send(await a.transport.connect(b.helo()), message(1))
  await b.core.until(() => b.core.received.length === 1)
  c.transport.send(await c.transport.connect(b.helo()), message(1))
  await b.core.until(() => b.core.received.length === 2)
  const [held, stale] = b.core.received.map(({ tsession }) => tsession!)
  expect(b.transport.associate(held!)).toBe(true)
  clock.advance(9_999)
  expect(b.core.events).toHaveLength(0)
  clock.advance(2_501)
  expect(b.core.events).toEqual([{ kind: 'session-ended', tsession: stale, reason: 'idle' }])
  await c.core.until(() => c.core.events.length === 1)
  clock.advance(3_600_000)
  expect(b.transport.send(held!, message(1))).toBe(true)
  await a.core.until(() => a.core.received.length === 1)
})

test('2.2/end: when the peer goes, core hears it once, send and associate say no, and the hold can be given back', async () => {
  const [a, b] = [await start(), await start()]
  const session = await a.transport.connect(b.helo())
  a.transport.send(session, message(1))
  await b.core.until(() => b.core.received.length === 1)
  await b.transport.stopTransportServer()
  await a.core.until(() => a.core.events.length > 0)
  expect(a.core.events).toEqual([{ kind: 'session-ended', tsession: session, reason: 'closed-by-peer' }])
  expect(a.transport.send(session, message(1))).toBe(false)
  expect(a.transport.associate(session)).toBe(false)
  await a.transport.disconnect(session)
  expect(await a.transport.disconnect(session).catch(codeOf)).toBe('ERR_SESSION_NOT_HELD')
})

test('2/wrong-peer: another node than the one in the HELO ends the session before a message of its is taken', async () => {
  const [a, b] = [await start(), await start()]
  const forged = a.core.helo(b.transport.createHELO()![0]!) // b's address, signed by a
  const session = await a.transport.connect(forged)
  await a.core.until(() => a.core.events.length > 0)
  expect(a.core.events).toEqual([{ kind: 'session-ended', tsession: session, reason: 'wrong-peer' }])
  await a.transport.disconnect(session)
})

test('2.2/abort: a dial can be given up at any time and leaves nothing behind', async () => {
  const [a, b] = [await start(), await start()]
  const abort = new AbortController()
  const dialling = a.transport.connect(b.helo(), { signal: abort.signal })
  abort.abort()
  expect(await dialling.catch(codeOf)).toBe('ERR_ABORTED')
  expect(a.transport.counters()).toMatchObject({ sessions: 0, connections: 0 })
  const stopped = a.transport.connect(b.helo()).catch(codeOf)
  await a.transport.stopTransportServer()
  expect(await stopped).toBe('ERR_ABORTED')
  await b.core.until(() => b.transport.counters().connections === 0)
})

test('2.2/connect: an address that does not answer is given up after 10 s', async () => {
  const clock = new VirtualClock()
  const [a, b] = [await start({}, clock), await start()]
  const dialling = a.transport.connect(b.helo()).catch(codeOf)
  clock.advance(10_000) // before the kernel had a chance to say anything
  expect(await dialling).toBe('ERR_CONNECT_TIMEOUT')
  expect(clock.pending).toBe(0)
})

test('2.2/start: starting and stopping are idempotent, and it starts again', async () => {
  const a = await make()
  expect(a.transport.createHELO()).toBeNull()
  await Promise.all([a.transport.startTransportServer(), a.transport.startTransportServer()])
  await Promise.all([a.transport.stopTransportServer(), a.transport.stopTransportServer()])
  await Promise.all([
    a.transport.startTransportServer(),
    a.transport.stopTransportServer(),
    a.transport.startTransportServer(),
  ])
  a.transport.send(await a.transport.connect(a.helo()), message(9))
  await a.core.until(() => a.core.received.length === 1)
})

test('2.2/stop: afterwards no connection, listener or timer remains', async () => {
  const clock = new VirtualClock()
  const [a, b] = [await start({}, clock), await start()]
  const helo = a.helo()
  a.transport.send(await a.transport.connect(b.helo()), message(1))
  b.transport.send(await b.transport.connect(helo), message(1))
  await a.core.until(() => a.core.received.length === 1)
  await a.transport.stopTransportServer()
  expect(a.transport.counters()).toMatchObject({ sessions: 0, connections: 0 })
  expect(clock.pending).toBe(0)
  const { port } = decodeInetAddress(helo.senderAddress)!
  const again = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void again.close())
  await once(again, 'listening')
})

test('2/port: a port in use names the port and what to change, and none of the addresses stays bound', async () => {
  const a = await start()
  const { port } = decodeInetAddress(a.helo().senderAddress)!
  const b = await make({ port, listen: ['::1', '127.0.0.1'] })
  const error = await b.transport.startTransportServer().catch((reason: unknown) => reason)
  expect((error as Error).message).toBe(
    `[tcp] cannot listen on 127.0.0.1:${port}: EADDRINUSE: another program has this port; set another \`port\`, or 0 for a free one`,
  )
  const v6 = createServer().listen(port, '::1')
  onTestFinished(() => void v6.close())
  await once(v6, 'listening')
})

test('5/listen-less: without a listener it cannot be advertised, and still dials', async () => {
  const [a, b] = [await start({ listen: [] }), await start()]
  expect(a.transport.createHELO()).toBeNull()
  b.core.onReceive = ({ tsession }) => void b.transport.send(tsession!, message(2))
  a.transport.send(await a.transport.connect(b.helo()), message(1))
  await a.core.until(() => a.core.received.length === 1)
})

test('2.2/createHELO: what one node advertises another accepts, and loopback only where it is allowed', async () => {
  const a = await start({ listen: ['127.0.0.1', '::1'] })
  const drafts = a.transport.createHELO()!
  expect(drafts.map(({ mtu, senderAddressSize }) => [mtu, senderAddressSize])).toEqual([
    [16_384, 6],
    [16_384, 18],
  ])
  const ports = drafts.map(({ senderAddress }) => decodeInetAddress(senderAddress)!.port)
  expect(ports[0]).toBe(ports[1])
  expect(drafts.every((draft) => a.transport.verifyHelo(a.core.helo(draft)))).toBe(true)
  const strict = await make({ allow: [] })
  expect(drafts.some((draft) => strict.transport.verifyHelo(strict.core.helo(draft)))).toBe(false)
  const senderAddress = encodeInetAddress('192.0.2.1', 1)
  const far = strict.core.helo({ protocol: a.transport.protocolNumber, mtu: 1, senderAddressSize: 6, senderAddress })
  expect(strict.transport.verifyHelo(far)).toBe(true)
})

test('2/traits: what tcp declares', async () => {
  const { transport } = await make()
  expect(transport.traits).toEqual({
    directions: { in: true, out: true },
    reliable: true,
    ordered: true,
    maxLatencyMs: 10_000,
    idleMs: 120_000,
    sourceProven: true,
  })
  expect([transport.protocolNumber, transport.mtu, transport.cost]).toEqual([2, 16_384, 200])
})
