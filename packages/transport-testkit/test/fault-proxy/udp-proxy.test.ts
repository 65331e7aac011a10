import { openUdpProxy, SeededRandom, type UdpFaults, VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { udpPeer, until } from './harness.js'

async function world(faults: UdpFaults = {}, { seed = 1, host = '127.0.0.1', maxClients = 64 } = {}) {
  const clock = new VirtualClock()
  const target = await udpPeer(host)
  const client = await udpPeer(host)
  const random = new SeededRandom(seed)
  const proxy = await openUdpProxy({ target: { host, port: target.port }, faults, clock, random, maxClients })
  onTestFinished(() => proxy.close())
  /** One by one, each once the proxy has the one before: loopback itself then loses nothing. */
  const send = async (...texts: string[]): Promise<void> => {
    for (const text of texts) {
      const before = proxy.counters().toTarget.arrived
      client.socket.send(Buffer.from(text, 'latin1'), proxy.address.port, host)
      await until(() => proxy.counters().toTarget.arrived > before)
    }
  }
  return { clock, target, client, proxy, send, count: () => proxy.counters().toTarget }
}

const letters = [...'abcdefghijklmnopqrstuvwxyz']

test.each(['127.0.0.1', '::1'])(
  'tests/udp-proxy: without faults all goes through %s, both ways, to whom it belongs',
  async (host) => {
    const { target, client, proxy, send, clock } = await world({}, { host })
    const other = await udpPeer(host)
    await send('one', '')
    other.socket.send('two', proxy.address.port, host)
    await until(() => target.heard.length === 3)
    expect(target.heard).toEqual(['one', '', 'two'])
    expect(new Set(target.from).size).toBe(2)
    for (const [at, text] of ['to one', 'to one again', 'to two'].entries())
      target.socket.send(text, target.from[at]!, host)
    await until(() => client.heard.length === 2 && other.heard.length === 1)
    expect([client.heard, other.heard]).toEqual([['to one', 'to one again'], ['to two']])
    expect(client.from).toEqual([proxy.address.port, proxy.address.port])
    expect(clock.pending).toBe(0)
  },
)

test('tests/udp-proxy: loss takes about its share, the same datagrams for the same seed, and one direction only', async () => {
  const run = async (seed: number) => {
    const { send, target, count, client, proxy } = await world({ toTarget: { lossChance: 0.5 } }, { seed })
    await send(...letters)
    expect(count().lost).toBeGreaterThan(5)
    expect(count().lost).toBeLessThan(21)
    await until(() => target.heard.length === 26 - count().lost)
    for (let sent = 0; sent < 10; sent += 1) target.socket.send('back', target.from[0]!, '127.0.0.1')
    await until(() => client.heard.length === 10)
    expect(proxy.counters().toClient).toMatchObject({ arrived: 10, forwarded: 10, lost: 0 })
    return target.heard.join('')
  }
  const first = await run(4)
  expect(await run(4)).toBe(first)
  expect(await run(5)).not.toBe(first)
})

test('tests/udp-proxy: delay holds each datagram as long as it says, and jitter longer, in order', async () => {
  const { send, target, count, clock, proxy } = await world({ toTarget: { delayMs: 50 } })
  await send('a')
  clock.advance(49)
  expect(count()).toMatchObject({ forwarded: 0, delayed: 1 })
  clock.advance(1)
  expect(count().forwarded).toBe(1)
  proxy.setFaults({ toTarget: { delayMs: 10, jitterMs: 100 } })
  await send(...letters)
  clock.advance(9)
  expect(count().forwarded).toBe(1)
  clock.advance(20)
  const early = count().forwarded
  clock.advance(81)
  expect(count().forwarded).toBe(27)
  expect(early).toBeLessThan(27)
  await until(() => target.heard.length === 27)
  expect(target.heard.join('')).toBe(`a${letters.join('')}`)
})

test('tests/udp-proxy: duplication delivers twice, what was off before', async () => {
  const { send, target, proxy, count } = await world()
  await send('a')
  proxy.setFaults({ toTarget: { duplicateChance: 1 } })
  await send('b')
  await until(() => target.heard.length === 3)
  expect(target.heard).toEqual(['a', 'b', 'b'])
  expect(count()).toMatchObject({ arrived: 2, forwarded: 3, duplicated: 1 })
})

test('tests/udp-proxy: reordering lets the next one pass, and keeps the last one a second at most', async () => {
  const { send, target, clock, count } = await world({ toTarget: { reorderChance: 1 } })
  await send('a', 'b', 'c', 'd', 'e')
  await until(() => target.heard.length === 4)
  expect(target.heard.join('')).toBe('badc')
  clock.advance(999)
  expect(count()).toMatchObject({ forwarded: 4, reordered: 2 })
  clock.advance(1)
  await until(() => target.heard.length === 5)
  expect(count().reordered).toBe(2)
  expect(clock.pending).toBe(0)
})

test('tests/udp-proxy: how long the last one is kept can be said', async () => {
  const { send, target, clock, count } = await world({ toTarget: { reorderChance: 1, reorderHoldMs: 30 } })
  await send('a')
  clock.advance(29)
  expect(count()).toMatchObject({ arrived: 1, forwarded: 0 })
  clock.advance(1)
  await until(() => target.heard.length === 1)
})

test('tests/udp-proxy: corruption flips one bit of the datagram, and none of an empty one', async () => {
  const { send, target, count } = await world({ toTarget: { corruptChance: 1 } })
  await send('\0\0\0\0', '\0\0\0\0', '')
  await until(() => target.heard.length === 3)
  const bits = (text: string) =>
    [...text].reduce((sum, c) => sum + c.charCodeAt(0).toString(2).replaceAll('0', '').length, 0)
  expect(target.heard.map(bits)).toEqual([1, 1, 0])
  expect(target.heard[0]).not.toBe(target.heard[1])
  expect(count().corrupted).toBe(2)
})

test('tests/udp-proxy: the rate lets so many octets through a second, and a full queue overflows', async () => {
  const { send, target, clock, count } = await world({ toTarget: { rateOctetsPerSecond: 1_000, queueOctets: 250 } })
  const text = 'x'.repeat(100)
  await send(text, text, text, text)
  expect(count()).toMatchObject({ forwarded: 0, delayed: 2, overflowed: 2 })
  clock.advance(99)
  expect(count().forwarded).toBe(0)
  clock.advance(1)
  expect(count().forwarded).toBe(1)
  clock.advance(100)
  await until(() => target.heard.length === 2)
  await send(text)
  clock.advance(100)
  expect(count()).toMatchObject({ forwarded: 3, overflowed: 2 })
})

test.each([
  { what: 'datagrams', most: 4_096, octets: 1 },
  { what: 'octets', most: 256, octets: 65_507 },
])(
  'tests/udp-proxy: whatever the faults, no more than so many $what wait, and there is room again',
  async ({ most, octets }) => {
    const { send, clock, count } = await world({ toTarget: { delayMs: 1_000 } })
    const text = 'x'.repeat(octets)
    for (let sent = 0; sent <= most; sent += 1) await send(text)
    expect(count()).toMatchObject({ arrived: most + 1, delayed: most, overflowed: 1, forwarded: 0 })
    clock.advance(1_000)
    expect(count().forwarded).toBe(most)
    await send(text)
    expect(count()).toMatchObject({ delayed: most + 1, overflowed: 1 })
  },
)

test('tests/udp-proxy: what the operating system refuses to send is forwarded, and counted as failed', async () => {
  const [clock, random] = [new VirtualClock(), new SeededRandom(1)]
  const broadcast = { host: '127.255.255.255', port: 9 } // no socket may send there unless it asks to
  const proxy = await openUdpProxy({ target: broadcast, clock, random })
  onTestFinished(() => proxy.close())
  const client = await udpPeer()
  for (let sent = 0; sent < 3; sent += 1) client.socket.send('x', proxy.address.port, proxy.address.host)
  await until(() => proxy.counters().toTarget.failed === 3)
  expect(proxy.counters().toTarget).toMatchObject({ arrived: 3, forwarded: 3, failed: 3, lost: 0 })
  expect(proxy.counters().toClient.failed).toBe(0)
})

test('tests/udp-proxy: one client more than there is room for is refused', async () => {
  const { send, proxy, target } = await world({}, { maxClients: 1 })
  await send('mine')
  const other = await udpPeer()
  other.socket.send('yours', proxy.address.port, '127.0.0.1')
  await until(() => proxy.counters().refused === 1)
  await send('mine too')
  await until(() => target.heard.length === 2)
  expect(target.heard).toEqual(['mine', 'mine too'])
  expect(proxy.counters().clients).toBe(1)
})

test('tests/udp-proxy: what a stranger sends to the socket of a client goes nowhere', async () => {
  const { send, proxy, target, client } = await world()
  await send('hello')
  await until(() => target.heard.length === 1)
  const stranger = await udpPeer()
  stranger.socket.send('boo', target.from[0]!, '127.0.0.1')
  await until(() => proxy.counters().strangers === 1)
  target.socket.send('hi', target.from[0]!, '127.0.0.1')
  await until(() => client.heard.length === 1)
  expect(client.heard).toEqual(['hi'])
})

test('tests/udp-proxy: close leaves no socket and no timer, whatever is under way', async () => {
  const { send, target, proxy, clock, count } = await world()
  await send('a')
  await until(() => target.heard.length === 1)
  proxy.setFaults({ toTarget: { delayMs: 50, reorderChance: 0.5 } })
  await send(...letters)
  expect(clock.pending).toBeGreaterThan(0)
  const ports = [proxy.address.port, target.from[0]!]
  await Promise.all([proxy.close(), proxy.close()])
  expect(clock.pending).toBe(0)
  clock.advance(10_000)
  expect(count().forwarded).toBe(1)
  // An open socket would keep its port.
  for (const port of ports) expect((await udpPeer('127.0.0.1', port)).port).toBe(port)
})

test('tests/udp-proxy: it stands at the host it is given, and speaks to the target from the other one', async () => {
  const target = await udpPeer('127.0.0.1')
  const client = await udpPeer('127.0.0.1')
  const [clock, random] = [new VirtualClock(), new SeededRandom(1)]
  const hosts = { host: '127.0.7.1', upstreamHost: '127.0.8.1' }
  const proxy = await openUdpProxy({ target: { host: '127.0.0.1', port: target.port }, clock, random, ...hosts })
  onTestFinished(() => proxy.close())
  const sources: string[] = []
  target.socket.on('message', (_, { address }) => sources.push(address))
  expect(proxy.address.host).toBe('127.0.7.1')
  client.socket.send('here', proxy.address.port, '127.0.7.1')
  await until(() => sources.length === 1)
  expect(sources).toEqual(['127.0.8.1'])
  target.socket.send('there', target.from[0]!, '127.0.8.1')
  await until(() => client.heard.length === 1)
  for (const wrong of [{ host: 'localhost' }, { host: '127.0.0.1:1' }, { upstreamHost: '::1' }])
    await expect(openUdpProxy({ target: { host: '127.0.0.1', port: 1 }, clock, random, ...wrong })).rejects.toThrow(
      RangeError,
    )
})

test('tests/udp-proxy: nonsense is a RangeError', async () => {
  const { proxy } = await world()
  for (const fault of [{ lossChance: 1.1 }, { delayMs: -1 }, { jitterMs: Number.NaN }, { rateOctetsPerSecond: 0 }])
    expect(() => proxy.setFaults({ toClient: fault })).toThrow(RangeError)
  const rest = { clock: new VirtualClock(), random: new SeededRandom(1) }
  for (const target of [
    { host: 'localhost', port: 1 },
    { host: '127.0.0.1', port: 0 },
  ])
    await expect(openUdpProxy({ target, ...rest })).rejects.toThrow(RangeError)
})
