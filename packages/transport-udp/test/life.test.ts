import { Socket } from 'node:dgram'
import { decodeInetAddress, errorCode, type LogFields, silentLog, type TSession } from '@postern/transport-api'
import { testMessage, VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { boundSockets, EMPTY_DATAGRAM, make, start } from './harness.js'

test('2.2/connect: every connect makes a session of its own: no HELO narrows or ends the session of another', async () => {
  const [a, b, liar] = [await start(), await start(), await make()]
  const session = await a.transport.connect(b.helo())
  const tiny = await a.transport.connect(liar.core.helo({ ...b.helo(), mtu: 1 }))
  expect([session.mtu, tiny.mtu]).toEqual([1_434, 1])
  await a.transport.disconnect(tiny)
  expect(a.transport.send(session, testMessage(1_434))).toBe(true)
  await b.core.until(() => b.core.received.length === 1)
})

test('2.1/receive: what comes from one address is reported over one inbound session, whatever is dialled there', async () => {
  const [a, b, c] = [await start(), await start(), await start()]
  for (const { core, transport } of [b, c])
    core.onReceive = ({ tsession }) => void transport.send(tsession!, testMessage(2))
  const answerTo = async (session: TSession): Promise<TSession> => {
    const before = a.core.received.length
    a.transport.send(session, testMessage(1))
    await a.core.until(() => a.core.received.length > before)
    return a.core.received.at(-1)!.tsession!
  }
  const dialled = await a.transport.connect(b.helo())
  const inbound = await answerTo(dialled)
  expect(inbound).not.toBe(dialled)
  await a.transport.disconnect(dialled)
  await answerTo(await a.transport.connect(c.helo())) // now it is not the one that was heard last
  const again = await a.transport.connect(b.helo())
  expect(again).not.toBe(inbound)
  expect(await answerTo(again)).toBe(inbound)
  expect(a.transport.send(inbound, testMessage(3))).toBe(true)
  expect(await a.transport.disconnect(inbound).catch(errorCode), 'it lives by itself').toBe('ERR_SESSION_NOT_HELD')
})

test('2.2/stale: it is the setting `idleMs` after which silence ends an inbound session, and its timer is gone', async () => {
  const clock = new VirtualClock()
  const [a, b] = [await start(), await start({ idleMs: 10_000 }, { clock })]
  const atRest = clock.pending
  a.transport.send(await a.transport.connect(b.helo()), testMessage(1))
  await b.core.until(() => b.core.received.length === 1)
  clock.advance(9_999)
  expect(b.core.events).toHaveLength(0)
  clock.advance(2_501)
  expect(b.core.events).toMatchObject([{ kind: 'session-ended', reason: 'idle' }])
  expect(clock.pending).toBe(atRest)
})

test('8/flood: sources beyond the limit push out the oldest that were not heard again', async () => {
  const b = await start({ maxUnheldSessions: 4 })
  const peers = await Promise.all(Array.from({ length: 6 }, () => start()))
  const sessions = await Promise.all(peers.map(({ transport }) => transport.connect(b.helo())))
  const hear = async (at: number): Promise<void> => {
    const before = b.core.received.length
    peers[at]!.transport.send(sessions[at]!, testMessage(1))
    await b.core.until(() => b.core.received.length > before)
  }
  for (const at of [0, 0, 1, 2, 3, 4, 5]) await hear(at)
  expect(b.transport.counters().sessions).toBe(4)
  const evicted = b.core.events.flatMap((e) => (e.kind === 'session-ended' ? [[e.tsession, e.reason]] : []))
  expect(evicted).toEqual([1, 2].map((at) => [b.core.received[at + 1]!.tsession, 'evicted']))
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

test('2.2/start: what arrives before all sockets are bound opens no session, for its socket may be closed again', async () => {
  const sockets = boundSockets((opened) => {
    if (opened.length === 2)
      opened[0]!.emit('message', EMPTY_DATAGRAM, { address: '127.0.0.9', port: 9, family: 'IPv4', size: 38 })
  })
  const a = await start({ listen: ['127.0.0.1', '127.0.0.2'] })
  expect(sockets).toHaveLength(2)
  expect(a.transport.counters()).toMatchObject({ received: 0, sessions: 0, 'dropped.in.not-started': 1 })
})

test('2/port: a port in use names the port and what to change', async () => {
  const a = await start()
  const { port } = decodeInetAddress(a.helo().senderAddress)!
  const b = await make({ port })
  const error = await b.transport.startTransportServer().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
  expect((error as Error).message).toBe(
    `[udp] cannot listen on 127.0.0.1:${port}: EADDRINUSE: another program has this port; set another \`port\`, or 0 for a free one`,
  )
})

test('2/port: an address that this machine does not have names `listen`', async () => {
  const a = await make({ listen: ['192.0.2.1'] })
  expect(await a.transport.startTransportServer().catch(errorCode)).toBe('ERR_LISTEN_ADDRESS_UNAVAILABLE')
})

test('2.2/createHELO: loopback is advertised and accepted only where it is allowed', async () => {
  const a = await start({ listen: ['127.0.0.1', '::1'] })
  const drafts = a.transport.createHELO()!
  expect(drafts.map(({ mtu, senderAddressSize }) => [mtu, senderAddressSize])).toEqual([
    [1_434, 6],
    [1_414, 18],
  ])
  const strict = await make({ allow: [] })
  expect(drafts.some((draft) => strict.transport.verifyHelo(strict.core.helo(draft)))).toBe(false)
  await strict.transport.startTransportServer()
  expect(strict.transport.createHELO()).toBeNull()
})

test('2.2/createHELO: a node told to advertise nothing, or something else, does so', async () => {
  const none = await start({ advertise: 'none' })
  expect(none.transport.createHELO()).toBeNull()
  const mapped = await start({ advertise: ['192.0.2.7:4001', '192.0.2.8'] })
  const addresses = mapped.transport.createHELO()!.map(({ senderAddress }) => decodeInetAddress(senderAddress)!)
  expect(addresses[0]).toEqual({ family: 4, host: '192.0.2.7', port: 4_001 })
  expect(addresses[1]!.host).toBe('192.0.2.8')
  expect(addresses[1]!.port).toBeGreaterThan(0)
})

test('5/udp: buffers that the kernel keeps small are told, with what to raise', async () => {
  const spies = [vi.spyOn(Socket.prototype, 'getRecvBufferSize'), vi.spyOn(Socket.prototype, 'getSendBufferSize')]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  for (const spy of spies) spy.mockReturnValue(212_992)
  const told: unknown[] = []
  const warn = (event: string, fields?: LogFields): void => void told.push([event, fields])
  const a = await make({}, { log: { ...silentLog, warn } })
  await a.transport.startTransportServer()
  const sizes = { askedOctets: 4_194_304, gotOctets: 212_992 }
  expect(told).toEqual([
    ['udp.receive-buffer-capped', { ...sizes, advice: 'raise net.core.rmem_max' }],
    ['udp.send-buffer-capped', { ...sizes, advice: 'raise net.core.wmem_max' }],
  ])
})

test('6/config: a setting that cannot be is refused by name', async () => {
  await expect(make({ port: 65_536 })).rejects.toThrow('[udp] port: expected a whole number from 0 to 65535, got 65536')
  await expect(make({ prot: 1 })).rejects.toThrow(/^\[udp\] prot: unknown key; known are advertise, allow, cost/)
  await expect(make({ listen: [] })).rejects.toThrow(/^\[udp\] listen: expected at least one address/)
  await expect(make({ allow: ['localhost'] })).rejects.toThrow(/^\[udp\] allow: expected networks such as/)
})

test('2/traits: what udp declares', async () => {
  const { transport } = await make()
  expect(transport.traits).toEqual({
    directions: { in: true, out: true },
    reliable: false,
    ordered: false,
    maxLatencyMs: 3_000,
    idleMs: 30_000,
    sourceProven: false,
  })
  expect([transport.protocolNumber, transport.mtu, transport.cost]).toEqual([1, 1_434, 100])
})
