import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { encodeInetAddress } from '@postern/transport-api'
import { RecordingCore, type RecordingNode, testMessage, VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { encodeWelcome } from '../src/welcome.js'
import { encodeFrame, eventually, LOOPBACK, rawConnection, start } from './harness.js'

const stranger = new RecordingCore()
const welcome = encodeWelcome(stranger.myIdentity)

/** Resolves when the node has closed the connection. */
const closed = (socket: Socket): Promise<void> =>
  socket.closed ? Promise.resolve() : eventually(socket.resume(), 'close')

/** Lets the node read what was written: it answers a valid welcome with its own. */
const heard = (socket: Socket): Promise<void> => eventually(socket, 'data')

/** Lets the event loop turn until `holds`; bounded by the test's time-out. */
async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

const count = (node: RecordingNode, name: string): number => node.transport.counters()[name] ?? 0

async function stillServes(node: RecordingNode): Promise<void> {
  const peer = await start()
  const before = node.core.received.length
  peer.transport.send(await peer.transport.connect(node.helo()), testMessage(1))
  await node.core.until(() => node.core.received.length === before + 1)
}

test('8/garbage: a connection that says nothing is closed after 10 s', async () => {
  const clock = new VirtualClock()
  const node = await start({}, { clock })
  const socket = rawConnection(node)
  await stillServes(node)
  clock.advance(9_000)
  expect(socket.closed).toBe(false)
  clock.advance(2_000)
  await closed(socket)
  expect(node.transport.counters()).toMatchObject({ 'dropped.in.welcome-timeout': 1 })
})

test('8/slow: an octet a second is not fast enough for a welcome', async () => {
  const clock = new VirtualClock()
  const node = await start({}, { clock })
  const socket = rawConnection(node)
  await turnsUntil(() => count(node, 'connections') === 1)
  for (let at = 0; at < 12 && !socket.destroyed; at += 1) {
    socket.write(welcome.subarray(at, at + 1))
    clock.advance(1_000)
  }
  await closed(socket)
  expect(node.transport.counters()).toMatchObject({ 'dropped.in.welcome-timeout': 1, sessions: 0 })
})

test('8/slow: nor for a frame', async () => {
  const clock = new VirtualClock()
  const node = await start({ idleMs: 3_600_000 }, { clock })
  const socket = rawConnection(node)
  socket.write(welcome)
  await heard(socket)
  const frame = encodeFrame(testMessage(60))
  socket.write(Buffer.concat([frame, frame.subarray(0, 20)]))
  await node.core.until(() => count(node, 'received') === 1)
  for (let at = 20; at < 55 && !socket.destroyed; at += 1) {
    socket.write(frame.subarray(at, at + 1))
    clock.advance(1_000)
  }
  await closed(socket)
  expect(node.core.events).toContainEqual(expect.objectContaining({ kind: 'session-ended', reason: 'slow-writer' }))
  expect(node.transport.counters()).toMatchObject({ 'dropped.in.slow-writer': 1, received: 1 })
})

test('8/giant: a length of 4 GiB ends the connection before anything is kept for it', async () => {
  const node = await start()
  const socket = rawConnection(node)
  socket.write(Buffer.concat([welcome, Buffer.alloc(9, 0xff)]))
  await closed(socket)
  await node.core.until(() => node.core.dropped('oversize') === 1)
  expect(node.core.events).toContainEqual(expect.objectContaining({ kind: 'session-ended', reason: 'malformed' }))
  await stillServes(node)
})

test('8/garbage: what is not a welcome is closed at its first octet and told nothing', async () => {
  const node = await start()
  for (const text of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01', '\0']) {
    const socket = rawConnection(node)
    const told: Buffer[] = []
    socket.on('data', (chunk) => told.push(chunk)).write(text)
    await closed(socket)
    expect(told).toEqual([])
  }
  expect(node.transport.counters()).toMatchObject({ 'dropped.in.unknown-version': 3, sessions: 0 })
  await stillServes(node)
})

test('8/garbage: a reserved flag in a frame ends the connection', async () => {
  const node = await start()
  const socket = rawConnection(node)
  const frame = encodeFrame(testMessage(1))
  frame[4] = 0x80
  socket.write(Buffer.concat([welcome, encodeFrame(testMessage(3)), frame]))
  await closed(socket)
  expect(node.core.received).toHaveLength(1)
  expect(node.transport.counters()).toMatchObject({ 'dropped.in.reserved-flags': 1 })
})

test('8/slow: a peer that reads nothing is given up, memory stays bounded, and the sums hold', async () => {
  const clock = new VirtualClock()
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket.pause().on('error', () => {}))).listen(0, '127.0.0.1')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  const node = await start({ unwrittenLimitOctets: 262_144 }, { clock })
  const senderAddress = encodeInetAddress('127.0.0.1', (server.address() as AddressInfo).port)
  const helo = stranger.helo({
    protocol: node.transport.protocolNumber,
    mtu: 16_384,
    senderAddressSize: 6,
    senderAddress,
  })
  const session = await node.transport.connect(helo)
  await turnsUntil(() => sockets.length === 1)
  sockets[0]!.write(Buffer.concat([welcome, encodeFrame(testMessage(1))]))
  await node.core.until(() => node.core.received.length === 1)
  let refused = 0
  while (refused < 10) {
    if (node.transport.send(session, testMessage(16_384))) await new Promise((resolve) => setImmediate(resolve))
    else refused += 1
  }
  expect((count(node, 'accepted') - count(node, 'sent')) * 16_393).toBeLessThanOrEqual(262_144)
  clock.advance(29_000)
  expect(node.core.events.filter((e) => e.kind === 'session-ended')).toEqual([])
  clock.advance(3_000)
  expect(node.core.events).toContainEqual({ kind: 'session-ended', tsession: session, reason: 'slow-reader' })
  await turnsUntil(() => count(node, 'connections') === 0)
  const after = node.transport.counters()
  expect(after['dropped.out.session-ended']).toBeGreaterThan(0)
  expect(after.accepted).toBe(after.sent! + after['dropped.out.session-ended']!)
  expect(after['refused.slow-peer']).toBe(10)
})

test('8/flood: 10 000 connections from one source keep within the limit, and nothing leaks', {
  timeout: 60_000,
}, async () => {
  const node = await start({ maxInboundPerSource: 8 })
  let most = 0
  const refused = (): number => count(node, 'dropped.in.accept-limit')
  for (let round = 1; round <= 20; round += 1) {
    const sockets = Array.from({ length: 500 }, () => rawConnection(node))
    await turnsUntil(() => {
      most = Math.max(most, count(node, 'connections'))
      return refused() === round * 492
    })
    await Promise.all(sockets.map((socket) => closed(socket.destroy())))
    await turnsUntil(() => count(node, 'connections') === 0)
  }
  expect(most).toBe(8)
  expect(refused()).toBe(20 * 492)
  expect(node.transport.counters()).toMatchObject({ connections: 0, sessions: 0 })
  await stillServes(node)
})

test('2/deny: a connection from a denied network is dropped and counted', async () => {
  const node = await start({ deny: ['127.0.0.0/8'], advertise: [LOOPBACK.listen[0]!] })
  const socket = rawConnection(node)
  await closed(socket)
  expect(node.transport.counters()).toMatchObject({ 'dropped.in.denied-network': 1, connections: 0 })
})

test('8/lost: what came in and became no message is counted, whatever it was', async () => {
  const node = await start()
  rawConnection(node).end()
  rawConnection(node).end(Buffer.of(1, 2, 3))
  await node.core.until(() => node.core.dropped('no-welcome') === 2)
  const socket = rawConnection(node)
  socket.end(Buffer.concat([welcome, encodeFrame(testMessage(50)).subarray(0, 20)]))
  await node.core.until(() => node.core.dropped('truncated') === 1)
})

test('8/lost: frames behind the one at which the session was given up are counted', async () => {
  const node = await start()
  const socket = rawConnection(node)
  node.core.onReceive = ({ tsession }) => {
    node.transport.associate(tsession!)
    void node.transport.disconnect(tsession!)
  }
  const frames = Array.from({ length: 5 }, () => encodeFrame(testMessage(5)))
  socket.write(Buffer.concat([welcome, ...frames]))
  await closed(socket)
  await turnsUntil(() => count(node, 'connections') === 0)
  expect([count(node, 'received'), count(node, 'dropped.in.session-ended')]).toEqual([1, 4])
})

test('5/accept: idle strangers make room for a newcomer before anybody is refused', async () => {
  const node = await start({ maxInbound: 4, maxInboundPerSource: 4 })
  const peers = await Promise.all(Array.from({ length: 4 }, () => start()))
  for (const { transport } of peers) {
    const before = count(node, 'received')
    transport.send(await transport.connect(node.helo()), testMessage(1))
    await node.core.until(() => count(node, 'received') === before + 1)
  }
  expect(node.core.events).toContainEqual(expect.objectContaining({ kind: 'session-ended', reason: 'evicted' }))
  await turnsUntil(() => count(node, 'connections') === 3)
  await stillServes(node)
})

test('2.2/stop: afterwards a refusal is counted, and neither told nor timed', async () => {
  const clock = new VirtualClock()
  const [node, peer] = [await start({}, { clock }), await start()]
  const session = await node.transport.connect(peer.helo())
  await node.transport.stopTransportServer()
  const told = node.core.events.length
  expect(node.transport.send(session, testMessage(1))).toBe(false)
  expect(clock.pending).toBe(0)
  expect(node.core.events).toHaveLength(told)
  expect(count(node, 'refused.session-ended')).toBe(1)
})

test('2.2/connect: many dials at once leave no warning and no listener behind', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const [node, peer] = [await start(), await start()]
  await Promise.all(Array.from({ length: 30 }, () => node.transport.connect(peer.helo())))
  await turnsUntil(() => count(peer, 'sessions') === 30)
  process.off('warning', note)
  expect(warnings).toEqual([])
})
