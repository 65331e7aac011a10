import { openTcpProxy, type TcpFaults, VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { dial, tcpTarget, until } from './harness.js'

async function world(faults: TcpFaults = {}, { host = '127.0.0.1', maxConnections = 64 } = {}) {
  const clock = new VirtualClock()
  const target = await tcpTarget(host)
  const proxy = await openTcpProxy({ target: { host, port: target.port }, faults, clock, maxConnections })
  onTestFinished(() => proxy.close())
  const meet = async () => {
    const before = target.accepted.length
    const client = dial(proxy.address)
    await until(() => target.accepted.length > before)
    return { client, server: target.accepted.at(-1)! }
  }
  return { clock, target, proxy, meet }
}

test.each(['127.0.0.1', '::1'])(
  'tests/tcp-proxy: without faults a stream goes through %s both ways and ends in order',
  async (host) => {
    const { meet, proxy, clock } = await world({}, { host })
    const { client, server } = await meet()
    client.stream.end('to target')
    await until(() => server.ended)
    expect([server.heard, client.ended]).toEqual(['to target', false])
    server.stream.end('to client')
    await until(() => client.closed && server.closed && proxy.counters().connections === 0)
    expect([client.heard, client.broken, server.broken]).toEqual(['to client', null, null])
    expect(proxy.counters()).toMatchObject({ toTarget: { passedOctets: 9 }, toClient: { passedOctets: 9 } })
    expect(clock.pending).toBe(0)
  },
)

test('tests/tcp-proxy: delay holds octets and the end as long as it says, in one direction', async () => {
  const { meet, proxy, clock } = await world({ toTarget: { delayMs: 50 } })
  const { client, server } = await meet()
  client.stream.write('late')
  await until(() => clock.pending === 1)
  server.stream.write('at once')
  await until(() => client.heard === 'at once')
  clock.advance(49)
  expect(proxy.counters().toTarget.passedOctets).toBe(0)
  clock.advance(1)
  await until(() => server.heard === 'late')
  client.stream.end()
  await until(() => clock.pending === 1)
  expect(server.ended).toBe(false)
  clock.advance(50)
  await until(() => server.ended)
})

test('tests/tcp-proxy: a stall lets nothing through, stops reading when its buffer is full, and gives all when it is over', async () => {
  const { meet, proxy } = await world({ toTarget: { isStalled: true } })
  const { client, server } = await meet()
  const text = 'x'.repeat(32 * 1_048_576)
  client.stream.write(text, 'latin1')
  server.stream.write('the other way')
  await until(() => client.heard === 'the other way')
  expect(proxy.counters().toTarget.passedOctets).toBe(0)
  // Far more than the two kernel buffers hold: had the proxy gone on reading, nothing would wait here.
  for (let turn = 0; turn < 1_000; turn += 1) await new Promise((turned) => setImmediate(turned))
  expect(client.stream.writableLength).toBe(text.length)
  expect(server.heard).toBe('')
  proxy.setFaults({})
  await until(() => server.heard.length === text.length)
  expect(proxy.counters().toTarget.passedOctets).toBe(text.length)
})

test('tests/tcp-proxy: a receiver that does not read holds up the sender', async () => {
  const { meet, proxy } = await world()
  const { client, server } = await meet()
  server.stream.pause()
  client.stream.write(Buffer.alloc(64 * 1_048_576))
  let passed = -1
  // Until a thousand turns change nothing.
  for (let same = 0; same < 1_000; same += 1) {
    await new Promise((turned) => setImmediate(turned))
    const now = proxy.counters().toTarget.passedOctets
    if (now !== passed) same = 0
    passed = now
  }
  expect(passed).toBeLessThan(48 * 1_048_576)
  server.stream.resume()
  await until(() => server.heard.length === 64 * 1_048_576)
})

test.each([0, 5])(
  'tests/tcp-proxy: a reset comes to both ends after %d octets, all of which have passed',
  async (octets) => {
    const { proxy, clock, meet } = await world()
    const { client, server } = await meet()
    proxy.setFaults({ toClient: { resetAfterOctets: octets } })
    server.stream.write('0123456789')
    await until(() => (client.closed || client.ended) && server.closed)
    // Node reports a reset that comes together with octets as their end; writing tells.
    if (!client.closed) client.stream.write('?')
    await until(() => client.closed)
    expect(client.broken).toMatch(/^(ECONNRESET|EPIPE)$/)
    expect(server.broken).toBe('ECONNRESET')
    expect(client.heard).toBe('01234'.slice(0, octets))
    expect(proxy.counters()).toMatchObject({ toClient: { passedOctets: octets, resets: 1 }, connections: 0 })
    expect(clock.pending).toBe(0)
  },
)

test('tests/tcp-proxy: one octet at a time arrives as single octets', async () => {
  const { meet, clock } = await world({ toTarget: { oneOctetEveryMs: 10 } })
  const { client, server } = await meet()
  client.stream.end('slow')
  await until(() => server.heard === 's' && clock.pending === 1)
  for (const heard of ['sl', 'slo', 'slow']) {
    clock.advance(9)
    expect(server.heard).toHaveLength(heard.length - 1)
    clock.advance(1)
    await until(() => server.heard === heard)
  }
  clock.advance(10)
  await until(() => server.ended)
  expect(server.chunks).toEqual(['s', 'l', 'o', 'w'])
})

test('tests/tcp-proxy: a half-close ends one direction after so many octets and leaves the other', async () => {
  const { meet, proxy } = await world({ toTarget: { halfCloseAfterOctets: 4 } })
  const { client, server } = await meet()
  client.stream.write('0123456789')
  await until(() => server.ended)
  expect(server.heard).toBe('0123')
  client.stream.write('more')
  server.stream.write('still here')
  await until(() => client.heard === 'still here' && proxy.counters().toTarget.discardedOctets === 10)
  expect(proxy.counters().toTarget).toMatchObject({ passedOctets: 4, halfCloses: 1 })
  expect([client.closed, client.ended]).toEqual([false, false])
})

test('tests/tcp-proxy: who connects is refused until admitted again at the same address; what is open stays', async () => {
  const { meet, proxy } = await world()
  const { client, server } = await meet()
  const { address } = proxy
  proxy.refuse()
  proxy.refuse()
  const refused = dial(address)
  await until(() => refused.closed)
  expect(refused.broken).toBe('ECONNREFUSED')
  client.stream.write('open')
  await until(() => server.heard === 'open')
  await proxy.admit()
  expect(proxy.address).toEqual(address)
  await meet()
  expect(proxy.counters().connections).toBe(2)
})

test('tests/tcp-proxy: a reset of one end is one of the other, and so is a target where nobody listens', async () => {
  const { meet, clock } = await world()
  const { client, server } = await meet()
  client.stream.resetAndDestroy()
  await until(() => server.closed)
  expect(server.broken).toBe('ECONNRESET')
  const gone = await openTcpProxy({ target: { host: '127.0.0.1', port: 1 }, clock })
  onTestFinished(() => gone.close())
  const lonely = dial(gone.address)
  await until(() => lonely.closed)
  expect(lonely.broken).toBe('ECONNRESET')
})

test('tests/tcp-proxy: one connection more than there is room for is reset', async () => {
  const { meet, proxy } = await world({}, { maxConnections: 1 })
  await meet()
  const surplus = dial(proxy.address)
  await until(() => surplus.closed)
  expect(proxy.counters()).toMatchObject({ surplus: 1, connections: 1 })
})

test('tests/tcp-proxy: close leaves no socket and no timer, whatever is under way', async () => {
  const { meet, proxy, clock } = await world({ toTarget: { delayMs: 50 } })
  const { client, server } = await meet()
  client.stream.write('never arrives')
  await until(() => clock.pending === 1)
  await Promise.all([proxy.close(), proxy.close()])
  expect(clock.pending).toBe(0)
  expect(proxy.counters().connections).toBe(0)
  await until(() => (client.ended || client.closed) && (server.ended || server.closed))
  await proxy.admit()
  const late = dial(proxy.address)
  await until(() => late.closed)
  expect([late.broken, server.heard]).toEqual(['ECONNREFUSED', ''])
})

test('tests/tcp-proxy: it stands at the host it is given, and speaks to the target from the other one', async () => {
  const target = await tcpTarget()
  const hosts = { host: '127.0.7.1', upstreamHost: '127.0.8.1' }
  const clock = new VirtualClock()
  const proxy = await openTcpProxy({ target: { host: '127.0.0.1', port: target.port }, clock, ...hosts })
  onTestFinished(() => proxy.close())
  expect(proxy.address.host).toBe('127.0.7.1')
  dial(proxy.address)
  await until(() => target.accepted.length === 1)
  expect(target.accepted[0]!.stream.remoteAddress).toBe('127.0.8.1')
  for (const wrong of [{ host: 'localhost' }, { upstreamHost: '::1' }])
    await expect(openTcpProxy({ target: { host: '127.0.0.1', port: 1 }, clock, ...wrong })).rejects.toThrow(RangeError)
})

test('tests/tcp-proxy: nonsense is a RangeError', async () => {
  const { proxy } = await world()
  for (const fault of [{ delayMs: -1 }, { oneOctetEveryMs: Number.NaN }, { resetAfterOctets: -1 }])
    expect(() => proxy.setFaults({ toClient: fault })).toThrow(RangeError)
  const target = { host: 'localhost', port: 1 }
  await expect(openTcpProxy({ target, clock: new VirtualClock() })).rejects.toThrow(RangeError)
})
