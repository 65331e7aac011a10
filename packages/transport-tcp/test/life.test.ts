import { once } from 'node:events'
import { createServer } from 'node:net'
import { decodeInetAddress, encodeInetAddress, errorCode } from '@postern/transport-api'
import { testMessage, VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { make, start } from './harness.js'

test('2.2/stale: it is the setting `idleMs` after which silence ends an inbound session, and its connection', async () => {
  const clock = new VirtualClock()
  const [a, b] = [await start(), await start({ idleMs: 10_000 }, { clock })]
  a.transport.send(await a.transport.connect(b.helo()), testMessage(1))
  await b.core.until(() => b.core.received.length === 1)
  clock.advance(9_999)
  expect(b.core.events).toHaveLength(0)
  clock.advance(2_501)
  expect(b.core.events).toMatchObject([{ kind: 'session-ended', reason: 'idle' }])
  await a.core.until(() => a.core.events.some(({ kind }) => kind === 'session-ended'))
})

test('2/wrong-peer: another node than the one in the HELO ends the session before a message of its is taken', async () => {
  const [a, b] = [await start(), await start()]
  const forged = a.core.helo(b.transport.createHELO()![0]!) // b's address, signed by a
  const session = await a.transport.connect(forged)
  await a.core.until(() => a.core.events.length > 0)
  expect(a.core.events).toEqual([{ kind: 'session-ended', tsession: session, reason: 'wrong-peer' }])
  await a.transport.disconnect(session) // the hold outlives the session, and is given back once
  expect(await a.transport.disconnect(session).catch(errorCode)).toBe('ERR_SESSION_NOT_HELD')
})

test('2.2/abort: a dial can be given up at any time and leaves nothing behind', async () => {
  const [a, b] = [await start(), await start()]
  const abort = new AbortController()
  const dialling = a.transport.connect(b.helo(), { signal: abort.signal })
  abort.abort()
  expect(await dialling.catch(errorCode)).toBe('ERR_ABORTED')
  expect(a.transport.counters()).toMatchObject({ sessions: 0, connections: 0 })
  const stopped = a.transport.connect(b.helo()).catch(errorCode)
  await a.transport.stopTransportServer()
  expect(await stopped).toBe('ERR_ABORTED')
  await b.core.until(() => b.transport.counters().connections === 0)
})

test('2.2/connect: an address that does not answer is given up after 10 s', async () => {
  const clock = new VirtualClock()
  const [a, b] = [await start({}, { clock }), await start()]
  const atRest = clock.pending
  const dialling = a.transport.connect(b.helo()).catch(errorCode)
  clock.advance(10_000) // before the kernel had a chance to say anything
  expect(await dialling).toBe('ERR_CONNECT_TIMEOUT')
  expect(clock.pending).toBe(atRest)
})

test('2.2/start: starts and stops that overlap run one after the other', async () => {
  const before = await start()
  const { port } = decodeInetAddress(before.helo().senderAddress)!
  await before.transport.stopTransportServer()
  const { transport, helo } = await make({ port }) // two starts at once would want it twice
  const [up, down] = [() => transport.startTransportServer(), () => transport.stopTransportServer()]
  await Promise.all([up(), up(), down(), up(), down(), down(), up()])
  await transport.connect(helo())
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

test('5/listen-less: who has no listener is answered over what it dialled', async () => {
  const [a, b] = [await start({ listen: [] }), await start()]
  b.core.onReceive = ({ tsession }) => void b.transport.send(tsession!, testMessage(2))
  a.transport.send(await a.transport.connect(b.helo()), testMessage(1))
  await a.core.until(() => a.core.received.length === 1)
})

test('2.2/createHELO: loopback is advertised and accepted only where it is allowed, under one port', async () => {
  const a = await start({ listen: ['127.0.0.1', '::1'] })
  const drafts = a.transport.createHELO()!
  expect(drafts.map(({ mtu, senderAddressSize }) => [mtu, senderAddressSize])).toEqual([
    [16_384, 6],
    [16_384, 18],
  ])
  const ports = drafts.map(({ senderAddress }) => decodeInetAddress(senderAddress)!.port)
  expect(ports[0]).toBe(ports[1])
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
