/** Core meets a peer that was written from PROTOCOL.md alone: over UDP, both ways, and with every entry of its tables spoilt. */
import { type Core, createCore, createIdentity, type Explanation, type ReceivedMessage } from '@postern/core'
import { inittransport_udp } from '@postern/transport-udp'
import { expect, onTestFinished, test, vi } from 'vitest'
import { findPython, type Run, runPeer } from './python.js'

/** What peer.py means by these is said at its top. */
const ECHO_PLEASE = 0x8001
const CLOSE_PLEASE = 0x8002
/** Of a spoilt peer, for each answer; answers take a few ms. */
const PATIENCE_S = '1'
/** As many as tables.py has entries. */
const LEAST_SPOILT = 99
/** What a listener checks, derives or sends by itself; `--each` spoils all for a caller. Without a good PONG an ECHO will do. */
const SPOILT_LISTENERS = [
  'CONTEXT.helo',
  'HEADER.size',
  'HELO.linkKey',
  'PING.padding',
  'NOISE.prologue',
  'LABEL.hint',
  'LABEL.mac1',
  'LABEL.protocol',
  'LABEL.path',
  'FIRST.payload',
  'SECOND.senderIndex',
  'SECOND.receiverIndex',
  'FRAME.counter',
  'FRAGMENT.at',
  'REPORT.counter',
  'REPORT.received',
  'REPORT.ageMs',
  'TYPE.SECOND',
  'TYPE.CLOSE',
  'TYPE.PADDING',
]
const AT_A_TIME = 4
const MANY_SPOILT_MS = 60_000

const python = findPython()
const isCi = [process.env.CI, process.env.POSTERN_CI].some((value) => value !== undefined && value !== '')
if (python === null)
  console.warn(
    '\n*** NOT TESTED: the second implementation. There is no Python 3.9 with the package `cryptography` here;' +
      '\n*** `node scripts/install-python.mjs` installs it on Debian.\n',
  )

if (isCi)
  test('PROTOCOL: where everything is tested there is a python3 with cryptography', () => {
    expect(python).not.toBeNull()
  })

const interop = test.runIf(python !== null)

interop('PROTOCOL 1-11: a peer written from PROTOCOL.md dials core, validates it and talks to it', async () => {
  const { core, received, explained } = await world()
  const peer = run([core.card(), core.nodeId])
  expect(await peer.exited, peer.lines.join('\n')).toBe(0)
  const lines = peer.lines.filter((line) => !line.startsWith('CHALLENGE: '))
  expect(lines.map((line) => line.replace(/ \{.*\}$| at 127.*:\d+$/, ''))).toEqual([
    `card: ${core.nodeId}`,
    'PONG: in the clear, the address is valid',
    'handshake: complete, with a PONG inside',
    'echo: early one',
    'echo: later two',
    'echo: later three',
    'echo: 4006 octets',
    'echo: 3006 octets',
    'ECHO: of our CHALLENGE',
    'ECHO: of our CHALLENGE in a frame of 1434 octets',
    'REPORT:',
    'PONG: inside the link',
    'PING: of the address that we told, answered',
    'CLOSE: done',
    'ok',
  ])
  expect(received.map(({ early, body }) => [early, body.byteLength])).toEqual([
    [true, 3],
    [false, 3],
    [false, 5],
    [false, 3000], // begun after the next, and over before it
    [false, 4000],
    [false, 0],
  ])
  expect(received.every(({ proven, path }) => proven && path.transport === 'udp')).toBe(true)
  // Each source is asked who is there, and then whether large frames arrive.
  for (const socket of [0, 1])
    for (const octets of ['50', '1434'])
      expect(peer.lines).toContain(`CHALLENGE: of ${octets} octets at socket ${socket}, echoed`)
  expectMeasured(explained.at(-1))
  expect(explained.at(-1)?.addresses).toHaveLength(1) // the other one was withdrawn
  expect(dropped(core)).toEqual({})
})

interop('PROTOCOL 10/cookie: under load core asks the peer for a cookie, and takes it', async () => {
  const { core } = await world()
  const peer = run(['--under-load', core.card(), core.nodeId])
  expect(await peer.exited, peer.lines.join('\n')).toBe(0)
  expect(peer.lines).toContain('cookie: opened; the same first message again, with mac2')
})

interop('PROTOCOL 1-11: core dials a peer written from PROTOCOL.md, validates it and talks to it', async () => {
  const { core, received, explained } = await world()
  const peer = run(['--listen'])
  expect(await talk(core, peer), peer.lines.join('\n')).toBe(0)
  // Whether core still asks who is there when it has a PONG is its own affair.
  expect(peer.lines.slice(1).filter((line) => !line.startsWith('CHALLENGE: '))).toEqual([
    `handshake: answered ${core.nodeId}`,
    'handshake: confirmed',
    'echo: early one',
    'echo: later two',
    'echo: 4006 octets',
    'CLOSE: done',
    'ok',
  ])
  expect(received.map(({ body }) => text(body.subarray(0, 9)))).toEqual([
    'early one',
    'later two',
    'later \u0007\u0007\u0007',
  ])
  expect(received.every(({ proven, early }) => proven && !early)).toBe(true)
  expect(peer.lines).toContain('CHALLENGE: of 1434 octets at socket 0, echoed')
  expectMeasured(explained.at(-1))
  expect(dropped(core)).toEqual({})
})

interop('PROTOCOL 10/cookie: core shows the cookie that the peer asks for', async () => {
  const { core } = await world()
  const peer = run(['--listen', '--under-load'])
  expect(await talk(core, peer), peer.lines.join('\n')).toBe(0)
  expect(peer.lines[1]).toBe('cookie: asked for')
})

interop('PROTOCOL: a caller with any one entry of its tables changed fails', { timeout: MANY_SPOILT_MS }, async () => {
  const { core } = await world()
  const spoilt = run(['--each', '--patience', PATIENCE_S, core.card(), core.nodeId])
  const code = await spoilt.exited
  expect(spoilt.lines.filter((line) => !line.startsWith('caught '))).toEqual([])
  expect(spoilt.lines.length).toBeGreaterThanOrEqual(LEAST_SPOILT)
  expect(code).toBe(0)
  // The core that all of them met is as good as before, at the same patience.
  const peer = run(['--patience', PATIENCE_S, core.card(), core.nodeId])
  expect(await peer.exited, peer.lines.join('\n')).toBe(0)
})

interop('PROTOCOL: a listener with one entry of its tables changed fails', { timeout: MANY_SPOILT_MS }, async () => {
  const { core } = await world()
  const left = [...SPOILT_LISTENERS]
  const survived: string[] = []
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const host = `127.3.${left.length}.1` // core sends only so much to one host that does not answer
      const peer = run(['--listen', '--change', name, '--patience', PATIENCE_S, '--host', host])
      if ((await talk(core, peer).catch(() => null)) === 0) survived.push(name)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  expect(survived).toEqual([])
  const peer = run(['--listen', '--patience', PATIENCE_S])
  expect(await talk(core, peer), peer.lines.join('\n')).toBe(0)
})

function run(args: readonly string[]): Run {
  return runPeer(python!, args)
}

interface World {
  readonly core: Core
  readonly received: readonly ReceivedMessage[]
  /** By core, of the paths to the peer, at each of these. */
  readonly explained: readonly Explanation[]
}

/** Two addresses, and so two HELOs in the card. What the peer asks for is done, what it sends is kept. */
async function world(): Promise<World> {
  const udp = { init: inittransport_udp, listen: ['127.0.0.1', '127.0.0.2'], allow: ['127.0.0.0/8'] }
  const core = await createCore({ identity: createIdentity(), transports: { udp } })
  onTestFinished(() => core.close())
  const received: ReceivedMessage[] = []
  const explained: Explanation[] = []
  const keep = (message: ReceivedMessage): void => {
    received.push(message)
    explained.push(core.explain(message.peer))
  }
  core.on(ECHO_PLEASE, (message) => {
    keep(message)
    // What came over our own initiative is the echo already.
    if (!isEcho(message)) core.link(message.peer).send(ECHO_PLEASE, withPrefix(message))
  })
  core.on(CLOSE_PLEASE, (message) => {
    keep(message)
    void core.link(message.peer).close()
  })
  return { core, received, explained }
}

/** The REPORTs and ECHOs of the peer say of the path in use what is true on one machine. */
function expectMeasured(explanation: Explanation | undefined): void {
  const used = explanation?.paths.find(({ isUsed }) => isUsed)
  expect(used).toMatchObject({ isConfirmed: true, health: 'healthy', mtuOctets: 1434, lostMessages: 0 })
  expect(used?.lossShare ?? 0).toBe(0)
  expect(used?.delayMs).toBeLessThan(500)
}

function isEcho({ body }: ReceivedMessage): boolean {
  return /^(early|later) /.test(text(body))
}

function withPrefix({ early, body }: ReceivedMessage): Uint8Array {
  return Buffer.concat([Buffer.from(early ? 'early ' : 'later '), body])
}

/** Core dials the listening `peer`; three messages there and back, then the peer closes the link. The peer's exit code. */
async function talk(core: Core, peer: Run): Promise<number | null> {
  const link = core.link(core.addCard(await peer.line('postern:card:')))
  const large = new Uint8Array(4_000).fill(7)
  link.send(ECHO_PLEASE, Buffer.from('one'))
  const up = link.ready()
  up.catch(() => {}) // when the peer has failed already
  await Promise.race([up, peer.exited])
  link.send(ECHO_PLEASE, Buffer.from('two'))
  await peer.line('echo: later two')
  link.send(ECHO_PLEASE, large)
  await peer.line('echo: 4006 octets')
  link.send(CLOSE_PLEASE, new Uint8Array(0))
  const code = await peer.exited
  await vi.waitFor(() => expect(link.state).toBe('closing'))
  return code
}

function text(body: Uint8Array): string {
  return new TextDecoder().decode(body)
}

/** What core did not understand, by reason. A slow machine makes the peer ask twice: that is a replay. */
function dropped(core: Core): Readonly<Record<string, number>> {
  const isDrop = (name: string): boolean => name.includes('dropped.') && !name.endsWith('.replayed')
  return Object.fromEntries(Object.entries(core.counters()).filter(([name, count]) => isDrop(name) && count > 0))
}
