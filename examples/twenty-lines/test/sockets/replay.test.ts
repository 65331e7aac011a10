/** What an observer of the network captured is of no use to him: not again, not elsewhere, not over another transport. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { nodeIdToBytes } from '@postern/crypto'
import { expect, test } from 'vitest'
import { CHAT, linked, type SocketNode, SocketWorld, text, until } from './socket-world.js'

/** Of a datagram: version, flags, node id, crc. Then comes the message. */
const DATAGRAM_HEADER_OCTETS = 38
const TCP_HEADER_OCTETS = 9

interface Scene {
  readonly a: SocketNode
  readonly b: SocketNode
  /** As they went from a to b: the first message, and the frame with "once". */
  readonly captured: { readonly first: Buffer; readonly frame: Buffer }
  readonly dropped: (reason: string) => number
}

async function scene(onEnd: (work: () => Promise<void>) => void, tcp: boolean): Promise<Scene> {
  const world = new SocketWorld(onEnd)
  const a = await world.node({ udp: 'out' })
  const b = await world.node({ udp: 'both', gated: true, ...(tcp && { tcp: 'both' }) })
  world.introduce(a, b)
  await a.link(b).ready({ signal: AbortSignal.timeout(10_000) })
  await linked(a, b)
  const before = b.gate.passed('toTarget').length
  a.link(b).send(CHAT, text(`once${' '.repeat(300)}`))
  await until(() => b.heard.length === 1)
  const seen = b.gate.passed('toTarget').map(({ datagram }) => datagram)
  const frame = seen.slice(before).find(({ byteLength }) => byteLength > 300)!
  return {
    a,
    b,
    captured: { first: seen[0]!, frame },
    dropped: (reason) => b.core.counters()[`dropped.in.${reason}`] ?? 0,
  }
}

test('4/replay: a captured frame from a raw socket is dropped as replayed, and moves nothing', async (t) => {
  const { a, b, captured, dropped } = await scene(t.onTestFinished, false)
  const raw = createSocket('udp4')
  t.onTestFinished(() => void raw.close())
  const toRaw: Buffer[] = []
  raw.on('message', (datagram) => toRaw.push(datagram))
  raw.bind(0, '127.0.0.1')
  await once(raw, 'listening')
  for (let times = 0; times < 3; times += 1) raw.send(captured.frame, b.ports.udp!, '127.0.0.1')
  await until(() => dropped('replayed') === 3)
  expect(b.heard).toHaveLength(1)
  b.link(a).send(CHAT, text('to whom?'))
  await until(() => a.heard.length === 1)
  expect(toRaw).toEqual([])
})

test('4/replay: a captured first message from a raw socket is not answered there, and its early data is not heard twice', async (t) => {
  const world = new SocketWorld(t.onTestFinished)
  const [a, b] = [await world.node({ udp: 'out' }), await world.node({ udp: 'both', gated: true })]
  world.introduce(a, b)
  a.link(b).send(CHAT, text('early'))
  await linked(a, b)
  const first = b.gate.passed('toTarget')[0]!.datagram
  const raw = createSocket('udp4')
  t.onTestFinished(() => void raw.close())
  const toRaw: Buffer[] = []
  raw.on('message', (datagram) => toRaw.push(datagram))
  raw.bind(0, '127.0.0.1')
  await once(raw, 'listening')
  raw.send(first, b.ports.udp!, '127.0.0.1')
  await until(() => b.core.counters()['dropped.in.replayed'] === 1)
  b.link(a).send(CHAT, text('to whom?'))
  await until(() => a.heard.length === 1)
  expect([b.heard, toRaw]).toEqual([['early (udp, early)'], []])
})

test('4/paths: a frame captured on udp does not open over tcp, whoever brings it', async (t) => {
  const { a, b, captured, dropped } = await scene(t.onTestFinished, true)
  const msg = captured.frame.subarray(DATAGRAM_HEADER_OCTETS)
  const header = Buffer.alloc(TCP_HEADER_OCTETS)
  header.writeUInt32BE(msg.byteLength, 0)
  header[4] = 1 // encrypted
  const socket = connect(b.ports.tcp!, '127.0.0.1')
  t.onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(Buffer.concat([Uint8Array.of(1), nodeIdToBytes(a.core.nodeId), header, msg]))
  await until(() => dropped('forged') === 1)
  expect(b.heard).toHaveLength(1)
  expect(b.link(a).state).toBe('up')
})
