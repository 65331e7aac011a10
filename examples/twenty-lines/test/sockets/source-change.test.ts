/** A NAT gives the peer another port: data follows it only once it has answered a challenge from there (DESIGN section 4). */
import { expect, type TestContext, test } from 'vitest'
import { CHAT, linked, type SocketNode, SocketWorld, text, until } from './socket-world.js'

/** Larger than any challenge or report. */
const BODY_OCTETS = 700
/** A full datagram: a CHALLENGE that asks whether large frames get through. */
const PROBE_OCTETS = 1_472
const LARGE = text('x'.repeat(BODY_OCTETS))

/** By which doors of the gate data came to a. */
function doors({ gate }: SocketNode): readonly number[] {
  return gate
    .passed('toClient')
    .filter(({ datagram: { byteLength } }) => byteLength > BODY_OCTETS && byteLength < PROBE_OCTETS)
    .map(({ door }) => door)
}

/** a has moved, b has heard so and has asked; the answers do not get through. */
async function moved(t: TestContext): Promise<{ readonly a: SocketNode; readonly b: SocketNode }> {
  const world = new SocketWorld(t.onTestFinished)
  const [a, b] = [await world.node({ udp: 'out' }), await world.node({ udp: 'both', gated: true })]
  world.introduce(a, b)
  await a.link(b).ready({ signal: AbortSignal.timeout(10_000) })
  await linked(a, b)
  b.link(a).send(CHAT, LARGE)
  await until(() => a.heard.length === 1)
  expect(doors(b)).toEqual([0])
  await b.gate.moveSources()
  // Data comes through from the new source; nothing small does, no echo.
  b.gate.lets = ({ way, door, datagram }) => way === 'toClient' || door === 0 || datagram.byteLength > BODY_OCTETS
  a.link(b).send(CHAT, LARGE)
  await until(() => b.heard.length === 1)
  await until(() => b.gate.passed('toClient').some(({ door }) => door === 1), 3_000)
  return { a, b }
}

test('4/source: a new source of a peer is challenged, and gets no data before it answers', async (t) => {
  const { a, b } = await moved(t)
  b.link(a).send(CHAT, LARGE)
  await until(() => a.heard.length === 2)
  expect(doors(b)).toEqual([0, 0])
})

test('4/source: data moves to the new source once the challenge was echoed from there', async (t) => {
  const { a, b } = await moved(t)
  // The challenge is asked again when something comes from there, and now answered; the old source leads nowhere any more.
  b.gate.lets = ({ way, door }) => way === 'toTarget' || door === 1
  await until(() => {
    b.link(a).send(CHAT, LARGE)
    return doors(b).includes(1)
  }, 4_000)
})
