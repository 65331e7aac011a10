/** The drop matrix on real sockets: whichever datagram of the first three, in either direction, is lost. */

import { systemClock } from '@postern/transport-api'
import { openUdpProxy, SeededRandom } from '@postern/transport-testkit'
import { describe, test } from 'vitest'
import { CHAT, type SocketNode, SocketWorld, text, until } from './socket-world.js'

/** Longer than the third repetition of a first message, and of a challenge. */
const LONGEST_MS = 12_000

/** Messages until one arrives: nothing is sent twice, so the very one may be what is lost. */
async function talk(a: SocketNode, b: SocketNode): Promise<void> {
  await until(() => {
    if (b.heard.length === 0) a.link(b).send(CHAT, text('there'))
    if (a.heard.length === 0) b.link(a).send(CHAT, text('back'))
    return a.heard.includes('back (udp)') && b.heard.includes('there (udp)')
  }, LONGEST_MS)
}

describe.concurrent('4/drop matrix: whichever datagram of a handshake over udp is lost, the link carries both ways', () => {
  for (const way of ['toTarget', 'toClient'] as const) {
    for (const lost of [1, 2, 3]) {
      test(`the ${lost}. ${way === 'toTarget' ? 'of the initiator' : 'of the responder'}`, async (t) => {
        const world = new SocketWorld(t.onTestFinished)
        const [a, b] = [await world.node({ udp: 'out' }), await world.node({ udp: 'both', gated: true })]
        b.gate.lets = (passage) => passage.way !== way || passage.nth !== lost
        world.introduce(a, b)
        const begunMs = performance.now()
        await a.link(b).ready({ signal: AbortSignal.timeout(LONGEST_MS) })
        const readyMs = performance.now() - begunMs
        await talk(a, b)
        const talkedMs = performance.now() - begunMs
        await t.annotate(`link after ${readyMs.toFixed(0)} ms, both heard each other after ${talkedMs.toFixed(0)} ms`)
      })
    }
  }
})

describe.concurrent('4/loss: with three of ten datagrams lost, some doubled and out of order, the link still comes up', () => {
  for (const seed of [1, 2, 3]) {
    test(`seed ${seed}`, async (t) => {
      const world = new SocketWorld(t.onTestFinished)
      const [a, b] = [await world.node({ udp: 'out' }), await world.node({ udp: 'both', gated: true })]
      const bad = { lossChance: 0.3, duplicateChance: 0.1, reorderChance: 0.1, reorderHoldMs: 50 }
      const proxy = await openUdpProxy({
        target: { host: '127.0.0.1', port: b.ports.udp! },
        faults: { toTarget: bad, toClient: bad },
        clock: systemClock,
        random: new SeededRandom(seed),
      })
      t.onTestFinished(() => proxy.close())
      b.gate.targetPort = proxy.address.port
      world.introduce(a, b)
      b.gate.targetPort = proxy.address.port // a card asks where the socket is
      await a.link(b).ready({ signal: AbortSignal.timeout(60_000) })
      await talk(a, b)
    }, 60_000)
  }
})
