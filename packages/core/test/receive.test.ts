import { crc32, encodeMessage, MESSAGE_TYPE } from '@postern/helo'
import { DROP_REPORT_MS, type MessagePack } from '@postern/transport-api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createIdentity, type ReceivedMessage } from '../src/index.js'
import { type Fake, fakeTransport } from './fake-transport.js'
import { worldOf } from './world.js'

const CHAT = 0x8001
const PEER = createIdentity().nodeId
const HELLO = new TextEncoder().encode('hello')

function packOf(msg: Uint8Array, changes: Record<string, unknown> = {}): MessagePack {
  return { tsession: null, sender: PEER, msg, size: msg.byteLength, isEncrypted: false, crc: crc32(msg), ...changes }
}

async function receiving({ acceptUnproven = true } = {}) {
  const fake: Fake = fakeTransport()
  const world = await worldOf({ fake: { init: fake.init } })
  const messages: ReceivedMessage[] = []
  world.core.on(CHAT, (message) => messages.push(message), { acceptUnproven })
  const receive = (pack: unknown): void => fake.core.receive(pack as MessagePack)
  return { ...world, messages, receive }
}

describe('2.1/receive', () => {
  test('a message in the clear reaches the handler of its type, marked unproven, with sender and path', async () => {
    const { core, messages, receive } = await receiving()
    receive(packOf(encodeMessage(CHAT, HELLO)))
    expect(messages).toEqual([
      { peer: PEER, type: CHAT, body: HELLO, path: { transport: 'fake' }, early: false, proven: false },
    ])
    expect(core.counters()).toMatchObject({ received: 1, receivedOctets: 9 })
  })

  test('a message in the clear is dropped unless the registration asks for such', async () => {
    const { core, messages, receive } = await receiving({ acceptUnproven: false })
    receive(packOf(encodeMessage(CHAT, HELLO)))
    expect(messages).toEqual([])
    expect(core.counters()).toMatchObject({ received: 0, 'dropped.in.unproven': 1 })
  })

  test('an empty body and one of 65535 octets are messages', async () => {
    const { messages, receive } = await receiving()
    for (const size of [0, 65_535]) receive(packOf(encodeMessage(CHAT, new Uint8Array(size))))
    expect(messages.map(({ body }) => body.byteLength)).toEqual([0, 65_535])
  })

  const whole = encodeMessage(CHAT, HELLO)
  test.each<[string, unknown, string]>([
    ['a size that is not the octets of msg', packOf(whole, { size: 8 }), 'bad-size'],
    ['a size that is no number', packOf(whole, { size: '9' }), 'malformed-pack'],
    ['encrypted, without a link', packOf(whole, { isEncrypted: true, crc: 0 }), 'truncated'],
    [
      'encrypted, of a link that is not there',
      packOf(new Uint8Array(60), { isEncrypted: true, crc: 0 }),
      'unknown-index',
    ],
    ['encrypted, neither yes nor no', packOf(whole, { isEncrypted: 1 }), 'malformed-pack'],
    ['a check sum that does not match', packOf(whole, { crc: crc32(whole) ^ 1 }), 'bad-crc'],
    ['a check sum that is no number', packOf(whole, { crc: null }), 'malformed-pack'],
    ['a sender that is no node id', packOf(whole, { sender: 'me' }), 'bad-sender'],
    ['a sender in another spelling of its id', packOf(whole, { sender: PEER.toLowerCase() }), 'bad-sender'],
    ['no sender', packOf(whole, { sender: null }), 'malformed-pack'],
    ['no bytes at all', packOf(new Uint8Array(0)), 'truncated'],
    ['less than its header says', packOf(whole.slice(0, -1)), 'truncated'],
    ['more than its header says', packOf(new Uint8Array([...whole, 0])), 'trailing'],
    ['of a type that nobody has', packOf(encodeMessage(CHAT + 1, HELLO)), 'no-handler'],
    ['a HELO', packOf(encodeMessage(MESSAGE_TYPE.HELO, HELLO)), 'no-handler'],
    ['a PING', packOf(encodeMessage(MESSAGE_TYPE.PING, HELLO)), 'unknown-version'],
    ['a PONG', packOf(encodeMessage(MESSAGE_TYPE.PONG, HELLO)), 'unknown-version'],
    ['of type 0', packOf(new Uint8Array(4)), 'no-handler'],
    ['null', null, 'malformed-pack'],
    ['undefined', undefined, 'malformed-pack'],
    ['a string', 'pack', 'malformed-pack'],
    ['an empty object', {}, 'malformed-pack'],
    ['an array instead of bytes', packOf(whole, { msg: [...whole] }), 'malformed-pack'],
    ['a proxy that throws', throwing(), 'malformed-pack'],
  ])('%s is dropped by reason', async (_, pack, reason) => {
    const { core, clock, events, messages, receive } = await receiving()
    receive(pack)
    expect(messages).toEqual([])
    expect(core.counters()).toMatchObject({ received: 0, [`dropped.in.${reason}`]: 1 })
    clock.advance(DROP_REPORT_MS)
    expect(events).toEqual([{ kind: 'dropped', transport: 'fake', direction: 'in', reason, count: 1 }])
  })

  test('whatever a transport passes, nothing throws, and every pack is either handed on or counted', async () => {
    const { core, messages, receive } = await receiving()
    let passed = 0
    const broken = fc.record(
      {
        msg: fc.oneof(fc.uint8Array(), fc.constant(whole), fc.anything()),
        size: fc.oneof(fc.nat(40), fc.constant(whole.length), fc.anything()),
        isEncrypted: fc.oneof(fc.boolean(), fc.anything()),
        crc: fc.oneof(fc.constant(crc32(whole)), fc.anything()),
        sender: fc.oneof(fc.constant(PEER), fc.anything()),
        tsession: fc.anything(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(broken, fc.anything()), (pack) => {
        receive(pack)
        passed += 1
        const counted = core.counters()
        const dropped = Object.entries(counted).filter(([name]) => name.startsWith('dropped.in.'))
        expect(counted.received! + dropped.reduce((sum, [, count]) => sum + count, 0)).toBe(passed)
        expect(counted.received).toBe(messages.length)
      }),
      { numRuns: 500 },
    )
  })

  test('counters are the sums over all transports', async () => {
    const [a, b] = [fakeTransport({ number: 1 }), fakeTransport({ number: 2 })]
    const { core } = await worldOf({ a: { init: a.init }, b: { init: b.init } })
    for (const { core: api } of [a, b, b]) api.receive(packOf(whole))
    expect(core.counters()).toMatchObject({ 'dropped.in.no-handler': 3 })
  })

  test('receive and event may be taken off the object, and the object cannot be changed', async () => {
    const fake = fakeTransport()
    const { core } = await worldOf({ fake: { init: fake.init } })
    const { receive, event } = fake.core
    receive(packOf(whole))
    event({ kind: 'advertisement-changed' })
    expect(core.counters()).toMatchObject({ 'dropped.in.no-handler': 1 })
    expect(Object.isFrozen(fake.core)).toBe(true)
  })

  test('a transport is told the version of the contract and who we are', async () => {
    const fake = fakeTransport()
    const { core } = await worldOf({ fake: { init: fake.init } })
    expect(fake.core).toMatchObject({ version: 1, myIdentity: core.nodeId })
  })

  test('a disabled transport is not listened to any more', async () => {
    const fake = fakeTransport({ start: () => Promise.reject(new Error('no')) })
    const { core, clock, events } = await worldOf({ fake: { init: fake.init } })
    core.on(CHAT, () => {}, { acceptUnproven: true })
    fake.core.receive(packOf(whole))
    fake.core.event({ kind: 'advertisement-changed' })
    expect(core.counters()).toMatchObject({ received: 0, 'dropped.in.transport-disabled': 1 })
    clock.advance(DROP_REPORT_MS)
    expect(events.map(({ kind }) => kind)).toEqual(['transport-disabled', 'dropped'])
  })
})

function throwing(): object {
  return new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
    },
  )
}
