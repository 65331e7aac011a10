/** The largest message there is, in fragments, over the transport with the smallest messages. */
import { expect, test } from 'vitest'
import { CHAT, linked, type SocketNode, SocketWorld, until } from './socket-world.js'

const LARGEST_OCTETS = 65_535
/** Of a message in a datagram that fits an Ethernet frame: it is tried before it is trusted. */
const FULL_OCTETS = 1_434

test('4/fragments: 65 535 octets cross udp in datagrams that fit an Ethernet frame, both ways at once', async (t) => {
  const world = new SocketWorld(t.onTestFinished)
  const [a, b] = [await world.node({ udp: 'out' }), await world.node({ udp: 'both', gated: true })]
  world.introduce(a, b)
  await a.link(b).ready({ signal: AbortSignal.timeout(10_000) })
  await linked(a, b)
  const fullOf = (of: SocketNode, peer: SocketNode): boolean =>
    of.core.explain(peer.core.nodeId).paths.some(({ isUsed, mtuOctets }) => isUsed && mtuOctets === FULL_OCTETS)
  await until(() => fullOf(a, b) && fullOf(b, a), 5_000)
  const bodies = [7, 11].map((step) => Uint8Array.from({ length: LARGEST_OCTETS }, (_, at) => (at * step) & 0xff))
  expect(a.link(b).send(CHAT, bodies[0]!)).toBe(true)
  expect(b.link(a).send(CHAT, bodies[1]!)).toBe(true)
  await until(
    () => a.received.length === 1 && b.received.length === 1,
    10_000,
    () => [a.core.counters(), b.core.counters()],
  )
  expect(Buffer.compare(b.received[0]!.body, bodies[0]!)).toBe(0)
  expect(Buffer.compare(a.received[0]!.body, bodies[1]!)).toBe(0)
  for (const way of ['toTarget', 'toClient'] as const) {
    const octets = b.gate.passed(way).map(({ datagram }) => datagram.byteLength)
    expect(Math.max(...octets)).toBe(1_472)
    expect(octets.filter((size) => size === 1_472).length).toBeGreaterThanOrEqual(46)
  }
})
