import { createSocket, Socket } from 'node:dgram'
import { once } from 'node:events'
import { PROTOCOL } from '@postern/helo'
import { DROP_REPORT_MS, decodeInetAddress, errorCode } from '@postern/transport-api'
import { testMessage, VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { boundSockets, EMPTY_DATAGRAM, start } from './harness.js'

/** The operating system refuses to send there. */
const BROADCAST = {
  protocol: PROTOCOL.UDP,
  mtu: 1_000,
  senderAddressSize: 6,
  senderAddress: Uint8Array.of(127, 255, 255, 255, 9, 9),
}

/** What the operating system had to say at once was said. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('5/udp: IPv6 works, and its sessions state the smaller mtu', async () => {
  const [a, b] = [await start({ listen: ['127.0.0.1', '::1'] }), await start({ listen: ['::1'] })]
  const session = await a.transport.connect(b.helo())
  expect([a.transport.mtu, session.mtu, b.transport.mtu]).toEqual([1_434, 1_414, 1_414])
  a.transport.send(session, testMessage(1_414))
  await b.core.until(() => b.core.received.length === 1)
  expect(b.core.received[0]!.msg).toEqual(testMessage(1_414).msg)
})

test('2/mtu: a session sends no more than either side takes', async () => {
  const [a, b] = [await start(), await start({ datagramOctets: 600 })]
  const [there, back] = [await a.transport.connect(b.helo()), await b.transport.connect(a.helo())]
  expect([b.transport.mtu, there.mtu, back.mtu]).toEqual([562, 562, 562])
})

test('8/garbage: datagrams that are none are counted by reason, and the next good one arrives', async () => {
  const [a, b] = [await start(), await start()]
  const { host, port } = decodeInetAddress(b.helo().senderAddress)!
  const raw = createSocket('udp4')
  onTestFinished(() => void raw.close())
  const good = Buffer.concat([Buffer.of(1, 0), Buffer.alloc(36)])
  const send = (bytes: Buffer): void => raw.send(bytes, port, host)
  send(Buffer.alloc(0))
  send(good.subarray(0, 37))
  send(Buffer.concat([Buffer.of(9), good.subarray(1)]))
  send(Buffer.concat([Buffer.of(1, 0x80), good.subarray(2)]))
  send(Buffer.concat([good, Buffer.alloc(9_000)]))
  a.transport.send(await a.transport.connect(b.helo()), testMessage(5))
  await b.core.until(() => b.core.received.length === 1 && b.core.dropped('oversize') === 1)
  expect(b.transport.counters()).toMatchObject({
    received: 1,
    'dropped.in.truncated': 2,
    'dropped.in.unknown-version': 1,
    'dropped.in.reserved-flags': 1,
    'dropped.in.oversize': 1,
  })
  expect(b.core.dropped('truncated')).toBe(2)
})

test('8/port-zero: a datagram whose answer could go nowhere opens no session', async () => {
  const sockets = boundSockets()
  const a = await start()
  a.core.onReceive = ({ tsession }) => void a.transport.send(tsession!, testMessage(1))
  sockets[0]!.emit('message', EMPTY_DATAGRAM, { address: '127.0.0.1', port: 0, family: 'IPv4', size: 38 })
  expect(a.core.received).toHaveLength(0)
  expect(a.transport.counters()).toMatchObject({ received: 0, sessions: 0, 'dropped.in.port-zero': 1 })
})

test('5/udp: of several addresses of one family the one that was addressed answers', async () => {
  const node = await start({ listen: ['127.0.0.1', '127.0.0.2'] })
  node.core.onReceive = ({ tsession }) => void node.transport.send(tsession!, testMessage(0))
  const ours = node.transport.createHELO()!.map(({ senderAddress }) => decodeInetAddress(senderAddress)!)
  const raw = createSocket('udp4')
  onTestFinished(() => void raw.close())
  for (const { host, port } of [...ours, ...ours]) {
    raw.send(EMPTY_DATAGRAM, port, host)
    const [, from] = (await once(raw, 'message')) as [Buffer, { address: string; port: number }]
    expect(from).toMatchObject({ address: host, port })
  }
  const sessions = node.core.received.map(({ tsession }) => tsession)
  expect(new Set(sessions).size).toBe(2)
  expect(sessions.slice(2)).toEqual(sessions.slice(0, 2))
})

test('2/deny: datagrams from a denied network are dropped and counted', async () => {
  const [a, b] = [await start(), await start({ deny: ['127.0.0.1'], advertise: ['127.0.0.1'], listen: ['127.0.0.1'] })]
  const session = await a.transport.connect(b.helo())
  a.transport.send(session, testMessage(1))
  await b.core.until(() => b.core.dropped('denied-network') === 1)
  expect(b.core.received).toHaveLength(0)
})

test('2/send: a port where nobody listens costs nothing and throws nothing', async () => {
  const [a, b] = [await start(), await start()]
  const helo = b.helo()
  await b.transport.stopTransportServer()
  const session = await a.transport.connect(helo)
  for (let count = 0; count < 50; count += 1) expect(a.transport.send(session, testMessage(10))).toBe(true)
  a.transport.send(await a.transport.connect(a.helo()), testMessage(1))
  await a.core.until(() => a.core.received.length === 1)
  expect(a.transport.counters()).toMatchObject({ accepted: 51, sent: 51, received: 1 })
})

test('5/udp: a datagram that the operating system refuses is counted, and core hears which address failed', async () => {
  const a = await start()
  const session = await a.transport.connect(a.core.helo(BROADCAST))
  expect(a.transport.send(session, testMessage(1))).toBe(true)
  await a.core.until(() => a.core.events.some(({ kind }) => kind === 'address-failed'))
  expect(a.core.events).toContainEqual({
    kind: 'address-failed',
    senderAddress: BROADCAST.senderAddress,
    lasts: 'now',
    reason: 'EACCES',
  })
  expect(a.transport.counters()).toMatchObject({ accepted: 1, sent: 0, 'dropped.out.send-failed': 1 })
})

test('5/udp: a train to an address that fails is one event for each gathering time, and every datagram is counted', async () => {
  const clock = new VirtualClock()
  const a = await start({}, { clock })
  const session = await a.transport.connect(a.core.helo(BROADCAST))
  const failTimes = async (count: number): Promise<number> => {
    for (let at = 0; at < count; at += 1) expect(a.transport.send(session, testMessage(1))).toBe(true)
    await settled()
    return a.core.events.filter(({ kind }) => kind === 'address-failed').length
  }
  expect(await failTimes(20)).toBe(1)
  expect(await failTimes(1)).toBe(1)
  clock.advance(DROP_REPORT_MS)
  expect(await failTimes(20)).toBe(2)
  expect(a.transport.counters()).toMatchObject({ 'dropped.out.send-failed': 41 })
})

test('5/udp: above the send-queue limit messages are dropped, not queued', async () => {
  const [a, b] = [await start(), await start()]
  const session = await a.transport.connect(b.helo())
  const probe = createSocket('udp4')
  const prototype = Object.getPrototypeOf(probe) as { getSendQueueCount: () => number }
  const real = prototype.getSendQueueCount
  onTestFinished(() => {
    prototype.getSendQueueCount = real
    probe.close()
  })
  prototype.getSendQueueCount = () => 64 // what a blocked interface looks like; loopback never blocks
  expect(a.transport.send(session, testMessage(1))).toBe(true)
  expect(a.transport.send(session, testMessage(2))).toBe(false)
  prototype.getSendQueueCount = () => 63
  expect(a.transport.send(session, testMessage(3))).toBe(true)
  expect(a.transport.counters()).toMatchObject({ accepted: 2, 'refused.send-queue-full': 1 })
  expect(a.core.events).toHaveLength(0) // told later, never from inside send
  await a.core.until(() => a.core.dropped('send-queue-full') === 1)
})

test('2.2/stop: while it stops, send says false and throws nothing', async () => {
  const [a, b] = [await start({ listen: ['127.0.0.1', '127.0.0.2'] }), await start()]
  const session = await a.transport.connect(b.helo())
  const stopping = a.transport.stopTransportServer()
  const answers: boolean[] = []
  for (let at = 0; at < 10; at += 1) {
    await Promise.resolve() // stop has come one step further
    answers.push(a.transport.send(session, testMessage(1)))
  }
  await stopping
  answers.push(a.transport.send(session, testMessage(1)))
  expect(answers, 'once false, false for ever').toEqual(answers.toSorted((a, b) => Number(b) - Number(a)))
  expect(answers).toContain(false)
  expect(a.transport.counters()['refused.session-ended']).toBe(answers.filter((answer) => !answer).length)
})

test('2.2/stop: afterwards losses are counted, and neither told nor timed', async () => {
  const clock = new VirtualClock()
  const [a, b] = [await start({}, { clock }), await start()]
  const session = await a.transport.connect(b.helo())
  const late: ((error: Error | null, octets: number) => void)[] = []
  const spy = vi.spyOn(Socket.prototype, 'send').mockImplementation((...args: unknown[]) => {
    late.push(args[3] as (typeof late)[number])
  })
  onTestFinished(() => spy.mockRestore())
  a.transport.send(session, testMessage(1))
  await a.transport.stopTransportServer()
  const told = a.core.events.length
  late[0]!(Object.assign(new Error('canceled'), { code: 'ECANCELED', address: '127.0.0.1', port: 9 }), 0)
  a.transport.send(session, testMessage(1))
  expect(clock.pending).toBe(0)
  await a.transport.stopTransportServer()
  expect(a.core.events).toHaveLength(told)
  expect(a.transport.counters()).toMatchObject({ 'dropped.out.send-failed': 1, 'refused.session-ended': 1 })
  await a.transport.startTransportServer()
  await a.transport.disconnect(session)
  a.transport.send(session, testMessage(1))
  clock.advance(DROP_REPORT_MS)
  expect(a.core.dropped('session-ended'), 'started anew it tells again').toBe(1)
})

test('2.2/connect: it says what is wrong before anything is sent', async () => {
  const a = await start()
  const draft = { protocol: a.transport.protocolNumber, mtu: 1_000 }
  const connect = (...address: number[]): Promise<unknown> => {
    const [senderAddress, senderAddressSize] = [Uint8Array.from(address), address.length]
    const helo = a.core.helo({ ...draft, senderAddressSize, senderAddress })
    return a.transport.connect(helo).then(() => 'connected', errorCode)
  }
  expect(await connect(127, 0, 0, 1)).toBe('ERR_ADDRESS_MALFORMED')
  expect(await connect(127, 0, 0, 1, 0, 0)).toBe('ERR_ADDRESS_FORBIDDEN')
  expect(await connect(224, 0, 0, 1, 1, 1)).toBe('ERR_ADDRESS_FORBIDDEN')
  expect(await connect(...Array.from({ length: 15 }, () => 0), 1, 1, 1)).toBe('ERR_ADDRESS_UNAVAILABLE')
  expect(await connect(198, 51, 100, 1, 1, 1), 'a loopback socket reaches loopback alone').toBe(
    'ERR_ADDRESS_UNAVAILABLE',
  )
  expect(a.transport.counters().sessions).toBe(0)
})
