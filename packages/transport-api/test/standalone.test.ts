import { createIdentity, createLinkKey } from '@postern/crypto'
import { crc32, decodeCard, heloFromText, heloToText, PROTOCOL, signHelo, withdrawHelo } from '@postern/helo'
import { VirtualClock } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import {
  DROP_REPORT_MS,
  type InitTransport,
  type LogFields,
  openTransport,
  type StandaloneMessage,
  type StandaloneOptions,
  silentLog,
  type TransportEvent,
  type TSession,
} from '../src/index.js'
import { FakeNetwork } from './fake-transport.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (body: Uint8Array): string => new TextDecoder().decode(body)
const HOUR_MS = 3_600_000

function world() {
  const network = new FakeNetwork()
  const clock = new VirtualClock()
  const open = (addresses: readonly number[], options: StandaloneOptions = {}) =>
    openTransport('fake', network.init, { clock, config: { addresses: addresses.map(String) }, ...options })
  return { network, clock, open }
}

/** Microtasks that are queued now, and those they queue. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('2/standalone', () => {
  test('two programs that know one text exchange messages, both ways', async () => {
    const { open } = world()
    const received: string[] = []
    const echo = ({ from, body, reply }: StandaloneMessage): void => {
      received.push(`${from} ${text(body)}`)
      reply(bytes('and to you'))
    }
    const answers: string[] = []
    await using a = await open([1], { onMessage: echo })
    await using b = await open([], { onMessage: ({ from, body }) => answers.push(`${from} ${text(body)}`) })
    await using session = await b.connect(a.helo()!)
    expect(session.peer).toBe(a.nodeId)
    expect(session.send(bytes('hello'))).toBe(true)
    expect(received, 'never from inside send').toEqual([])
    await settled()
    expect(received).toEqual([`${b.nodeId} hello`])
    expect(answers).toEqual([`${a.nodeId} and to you`])
  })

  test('one address is a HELO, several are a card, none is null; each is signed and valid for 12 hours', async () => {
    const { clock, open } = world()
    const one = await open([1])
    const helo = heloFromText(one.helo()!)
    expect(helo).toMatchObject({
      ok: true,
      value: { senderIdentity: one.nodeId, maxLatencyMs: 1000, expiration: clock.now() + 12 * HOUR_MS },
    })
    const two = decodeCard((await open([2, 3])).helo()!)
    expect(two.ok && two.value.helos.map(({ senderAddress }) => [...senderAddress])).toEqual([[2], [3]])
    expect((await open([])).helo()).toBeNull()
  })

  test('every text has a higher sequence, even when the clock stands still', async () => {
    const { open } = world()
    const node = await open([1])
    const sequences = [node.helo()!, node.helo()!].map((helo) => {
      const decoded = heloFromText(helo)
      return decoded.ok ? decoded.value.sequence : null
    })
    expect(sequences[1]).toBe(sequences[0]! + 1)
  })

  test('the identity that is given is kept', async () => {
    const identity = createIdentity()
    const node = await world().open([1], { identity })
    expect(node.nodeId).toBe(identity.nodeId)
  })

  test('the addresses of a card are tried in turn', async () => {
    const { open } = world()
    const gone = await open([1, 2])
    const card = gone.helo()!
    await gone.close()
    await open([2])
    const session = await (await open([])).connect(card)
    expect(session.send(bytes('to the second'))).toBe(true)
  })

  test('a reply that cannot be sent is false: the session is over', async () => {
    const { open } = world()
    const held: StandaloneMessage[] = []
    const a = await open([1], { onMessage: (message) => held.push(message) })
    const b = await open([])
    const session = await b.connect(a.helo()!)
    session.send(bytes('hello'))
    await settled()
    await session.close()
    expect(held[0]!.reply(bytes('too late'))).toBe(false)
  })

  test('a body above the mtu is the bug of the caller', async () => {
    const { open } = world()
    const a = await open([1])
    const session = await (await open([])).connect(a.helo()!)
    expect(session.mtu).toBe(1000)
    expect(session.send(new Uint8Array(1000))).toBe(true)
    expect(() => session.send(new Uint8Array(1001))).toThrow(expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }))
  })
})

describe('2/standalone refusals', () => {
  test.each([
    ['hello', 'not a postern:helo: or postern:card: text: not-a-helo'],
    ['postern:helo:AQ', 'not a postern:helo: or postern:card: text: truncated'],
    ['postern:card:AAAA', 'not a postern:helo: or postern:card: text: unknown-version'],
    ['postern:card:*', 'not a postern:helo: or postern:card: text: bad-base64'],
  ])('%s is refused: %s', async (garbage, message) => {
    const node = await world().open([])
    await expect(node.connect(garbage)).rejects.toMatchObject({ code: 'ERR_HELO_REFUSED', message })
  })

  test('the address of another kind of transport is not dialled', async () => {
    const { open } = world()
    const draft = { protocol: PROTOCOL.UDP, mtu: 1000, senderAddressSize: 1, senderAddress: Uint8Array.of(1) }
    const terms = { maxLatencyMs: 1000, gossip: true, withdrawn: false, sequence: 1, expiration: HOUR_MS }
    const elsewhere = heloToText(signHelo(createIdentity(), createLinkKey().publicKey, draft, terms))
    await expect((await open([])).connect(elsewhere)).rejects.toMatchObject({
      code: 'ERR_HELO_REFUSED',
      message: "no usable address: protocol 1 is another transport's",
    })
  })

  test('an expired HELO is not dialled', async () => {
    const { clock, open } = world()
    const helo = (await open([1])).helo()!
    const dialler = await open([])
    clock.advance(12 * HOUR_MS)
    await expect(dialler.connect(helo), 'clocks may differ by 10 minutes').resolves.toBeDefined()
    clock.advance(HOUR_MS)
    await expect(dialler.connect(helo)).rejects.toMatchObject({ message: 'no usable address: expired' })
  })

  test('a withdrawn HELO is not dialled', async () => {
    const { open } = world()
    const identity = createIdentity()
    const decoded = heloFromText((await open([1], { identity })).helo()!)
    if (!decoded.ok) throw new Error(decoded.fault)
    const withdrawn = heloToText(withdrawHelo(identity, decoded.value, decoded.value.sequence + 1))
    await expect((await open([])).connect(withdrawn)).rejects.toMatchObject({ message: 'no usable address: withdrawn' })
  })

  test('a HELO that somebody changed is not dialled', async () => {
    const { open } = world()
    const decoded = heloFromText((await open([1])).helo()!)
    if (!decoded.ok) throw new Error(decoded.fault)
    const forged = heloToText({ ...decoded.value, senderAddress: Uint8Array.of(9) })
    await expect((await open([])).connect(forged)).rejects.toMatchObject({
      message: 'no usable address: bad-signature',
    })
  })

  test('an address that the transport does not allow is not dialled', async () => {
    const { open } = world()
    const helo = (await open([255])).helo()!
    const message = 'no usable address: the address is malformed or not allowed here (see `allow` and `deny`)'
    await expect((await open([])).connect(helo)).rejects.toMatchObject({ code: 'ERR_HELO_REFUSED', message })
  })

  test('it rejects as the transport does when nobody is there, and does not try on after an abort', async () => {
    const { network, open } = world()
    const gone = await open([1, 2])
    const helo = gone.helo()!
    await gone.close()
    const dialler = await open([])
    await expect(dialler.connect(helo)).rejects.toMatchObject({ code: 'ERR_CONNECT_REFUSED', message: 'nobody at 2' })
    await expect(dialler.connect(helo, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(network.transports[1]!.dialled).toEqual([1, 2, 1])
  })

  test('a transport that returns null, or cannot start, rejects with what to change', async () => {
    const refused = openTransport('fake', () => null)
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: 'transport fake cannot run with these settings',
    })
    const { open } = world()
    await open([1])
    await expect(open([1])).rejects.toMatchObject({ code: 'ERR_LISTEN_IN_USE' })
    await expect(open([2], { config: { adresses: ['2'] } })).rejects.toThrow(
      '[fake] adresses: unknown key; known are addresses',
    )
  })
})

describe('8/standalone', () => {
  async function victim(options: StandaloneOptions = {}) {
    const { network, clock, open } = world()
    const events: TransportEvent[] = []
    const bodies: string[] = []
    const node = await open([1], {
      onMessage: ({ body }) => {
        bodies.push(text(body))
        if (bodies.length === 2) throw new Error('a mistake in the program')
      },
      onEvent: (event) => {
        events.push(event)
        throw new Error('another mistake')
      },
      ...options,
    })
    const sender = createIdentity().nodeId
    const receive = (msg: Uint8Array, isEncrypted = false, crc = crc32(msg)): void =>
      network.transports[0]!.core.receive({ tsession: null, sender, msg, size: msg.length, isEncrypted, crc })
    return { clock, node, events, bodies, receive }
  }

  test('encrypted and damaged messages are dropped, counted and told', async () => {
    const { clock, events, bodies, receive } = await victim()
    receive(bytes('secret'), true, 0)
    receive(bytes('damaged'), false, 7)
    receive(bytes('fine'))
    clock.advance(DROP_REPORT_MS)
    expect(bodies).toEqual(['fine'])
    expect(events).toEqual([
      { kind: 'dropped', direction: 'in', reason: 'encrypted', count: 1 },
      { kind: 'dropped', direction: 'in', reason: 'bad-crc', count: 1 },
    ])
  })

  test('a handler that throws never reaches the transport, and the message counts as dropped', async () => {
    const { clock, events, bodies, receive } = await victim()
    for (const word of ['one', 'two', 'three']) receive(bytes(word))
    clock.advance(DROP_REPORT_MS)
    expect(bodies).toEqual(['one', 'two', 'three'])
    expect(events).toEqual([{ kind: 'dropped', direction: 'in', reason: 'handler-threw', count: 1 }])
  })

  test('async handlers that reject do not end the process; they are logged and counted apart, for the message was handed on', async () => {
    const logged: string[] = []
    const error = (event: string, fields?: LogFields): void => {
      logged.push(`${event} ${fields?.handler} ${fields?.error}`)
    }
    const rejects = async (): Promise<void> => Promise.reject(new Error('a mistake'))
    const { clock, node, receive } = await victim({
      onMessage: rejects,
      onEvent: rejects,
      log: { ...silentLog, error },
    })
    receive(bytes('one'))
    receive(bytes('damaged'), false, 7)
    clock.advance(DROP_REPORT_MS)
    await settled() // an unhandled rejection would fail the run
    expect(logged).toEqual([
      'standalone.handler-rejected onMessage Error: a mistake',
      'standalone.handler-rejected onEvent Error: a mistake',
    ])
    expect(node.counters()).toMatchObject({ 'handlers.rejected': 2, 'dropped.in.bad-crc': 1 })
    expect(node.counters()).not.toHaveProperty('dropped.in.handler-threw')
  })

  test('a transport that hands on a message while it is being made gets no answer: it was not started', async () => {
    const { network } = world()
    const refused: unknown[] = []
    const onMessage = ({ reply }: StandaloneMessage): void => {
      try {
        reply(bytes('so soon'))
      } catch (error) {
        refused.push(error)
      }
    }
    const tooEarly: InitTransport = (core, env) => {
      const msg = bytes('early')
      const tsession: TSession = { ttype: PROTOCOL.UDP, source: Uint8Array.of(1) }
      const sender = createIdentity().nodeId
      core.receive({ tsession, sender, msg, size: msg.length, isEncrypted: false, crc: crc32(msg) })
      return network.init(core, env)
    }
    await openTransport('fake', tooEarly, { onMessage, clock: new VirtualClock() })
    expect(refused).toEqual([expect.objectContaining({ code: 'ERR_NOT_STARTED' })])
  })

  test('without a way back a reply is false', async () => {
    const { network, open } = world()
    const replies: boolean[] = []
    await open([1], { onMessage: ({ reply }) => replies.push(reply(bytes('x'))) })
    const msg = bytes('by mail')
    const sender = createIdentity().nodeId
    network.transports[0]!.core.receive({
      tsession: null,
      sender,
      msg,
      size: msg.length,
      isEncrypted: false,
      crc: crc32(msg),
    })
    expect(replies).toEqual([false])
  })
})

describe('2/close', () => {
  test('what a transport still hands on after close is counted, without an event or a timer', async () => {
    const { network, clock, open } = world()
    const events: TransportEvent[] = []
    const node = await open([1], { onEvent: (event) => events.push(event) })
    await node.close()
    const msg = bytes('late')
    const sender = createIdentity().nodeId
    network.transports[0]!.core.receive({ tsession: null, sender, msg, size: msg.length, isEncrypted: true, crc: 0 })
    expect(clock.pending).toBe(0)
    await node.close()
    expect(events).toEqual([])
    expect(node.counters()).toMatchObject({ 'dropped.in.encrypted': 1 })
  })

  test('close is idempotent, ends sessions and leaves no timer', async () => {
    const { clock, open } = world()
    const a = await open([1])
    const b = await open([])
    const session = await b.connect(a.helo()!)
    await a.close()
    await a.close()
    expect(session.send(bytes('anybody there'))).toBe(false)
    await session.close()
    await session.close()
    expect(session.send(bytes('closed'))).toBe(false)
    await b.close()
    expect(clock.pending).toBe(0)
  })
})
