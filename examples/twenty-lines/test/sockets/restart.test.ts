/** Both begin at once, and one of the two restarts. */
import { createMemoryStore } from '@postern/core'
import { describe, expect, test } from 'vitest'
import { CHAT, linked, SocketWorld, text, until } from './socket-world.js'

const LONGEST_MS = 15_000

for (const transport of ['udp', 'tcp'] as const) {
  test(`4/simultaneous: both begin at once over ${transport}, and each side hears the other`, async (t) => {
    const world = new SocketWorld(t.onTestFinished)
    const [a, b] = [await world.node({ [transport]: 'both' }), await world.node({ [transport]: 'both' })]
    world.introduce(a, b)
    world.introduce(b, a)
    a.link(b).send(CHAT, text('from a'))
    b.link(a).send(CHAT, text('from b'))
    await linked(a, b)
    await until(() => a.heard.length === 1 && b.heard.length === 1)
    expect([a.heard, b.heard]).toEqual([[`from b (${transport}, early)`], [`from a (${transport}, early)`]])
    a.link(b).send(CHAT, text('again a'))
    b.link(a).send(CHAT, text('again b'))
    await until(() => a.heard.length === 2 && b.heard.length === 2)
    expect([a.heard[1], b.heard[1]]).toEqual([`again b (${transport})`, `again a (${transport})`])
  })
}

describe.concurrent('4/restart: one side restarts, and the link comes back by itself', () => {
  for (const who of ['initiator', 'responder'] as const) {
    for (const keeps of [true, false]) {
      test(`the ${who}, ${keeps ? 'with' : 'without'} its state`, async (t) => {
        const world = new SocketWorld(t.onTestFinished)
        const [a, b] = [
          await world.node({ udp: 'both', gated: true, store: createMemoryStore() }),
          await world.node({ udp: 'both', gated: true, store: createMemoryStore() }),
        ]
        world.introduce(a, b)
        world.introduce(b, a)
        await a.link(b).ready({ signal: AbortSignal.timeout(LONGEST_MS) })
        await linked(a, b)
        const [restarted, other] = who === 'initiator' ? [a, b] : [b, a]
        const again = await world.restart(restarted, keeps ? world.storeOf(restarted) : createMemoryStore())
        world.introduce(again, other)
        const begunMs = performance.now()
        // The other one knows nothing of it yet, and goes on.
        await until(
          () => {
            if (again.heard.length === 0) other.link(again).send(CHAT, text('are you there?'))
            return again.heard.length > 0
          },
          LONGEST_MS,
          () => [again.core.counters(), other.core.counters()],
        )
        const backMs = performance.now() - begunMs
        again.link(other).send(CHAT, text('I am back'))
        await until(() => other.heard.some((line) => line.startsWith('I am back')), LONGEST_MS)
        expect(again.heard[0]).toBe('are you there? (udp)')
        await t.annotate(`heard again after ${backMs.toFixed(0)} ms`)
      })
    }
  }
})
