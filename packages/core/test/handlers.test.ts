import { crc32, encodeMessage } from '@postern/helo'
import { describe, expect, test } from 'vitest'
import { createIdentity, type MessageHandler } from '../src/index.js'
import { fakeTransport } from './fake-transport.js'
import { settled, worldOf } from './world.js'

const CHAT = 0x8001
const CLEAR = { acceptUnproven: true }

async function handling() {
  const fake = fakeTransport()
  const world = await worldOf({ fake: { init: fake.init } })
  const sender = createIdentity().nodeId
  const arrive = (type = CHAT): void => {
    const msg = encodeMessage(type, Uint8Array.of(1))
    fake.core.receive({ tsession: null, sender, msg, size: msg.length, isEncrypted: false, crc: crc32(msg) })
  }
  return { ...world, arrive }
}

describe('4/registrations', () => {
  test('a second handler for a type is refused, and the first one stays', async () => {
    const { core, arrive } = await handling()
    const seen: string[] = []
    core.on(CHAT, () => seen.push('first'), CLEAR)
    expect(() => core.on(CHAT, () => seen.push('second'), CLEAR)).toThrow(
      expect.objectContaining({
        name: 'CoreError',
        code: 'ERR_TYPE_TAKEN',
        message: 'message type 32769 has a handler; dispose of its registration first',
      }),
    )
    arrive()
    expect(seen).toEqual(['first'])
  })

  test('each type has its own handler', async () => {
    const { core, arrive } = await handling()
    const seen: number[] = []
    for (const type of [256, 0xffff]) core.on(type, (message) => seen.push(message.type), CLEAR)
    arrive(0xffff)
    arrive(256)
    expect(seen).toEqual([0xffff, 256])
  })

  test('after it was disposed of a registration gets nothing, and its type is free', async () => {
    const { core, arrive } = await handling()
    const seen: string[] = []
    const first = core.on(CHAT, () => seen.push('first'), CLEAR)
    first[Symbol.dispose]()
    arrive()
    expect(core.counters()).toMatchObject({ 'dropped.in.no-handler': 1 })
    core.on(CHAT, () => seen.push('second'), CLEAR)
    first[Symbol.dispose]()
    arrive()
    expect(seen, 'disposing of the first again does not touch the second').toEqual(['second'])
  })

  test.each([0, 1, 255, 65_536, 1.5, -1, Number.NaN])('type %d is not for applications', async (type) => {
    const { core } = await handling()
    expect(() => core.on(type, () => {})).toThrow(
      expect.objectContaining({
        code: 'ERR_TYPE_INVALID',
        message: `message type ${type} is not from 256 to 65535: the lower ones are the core's own`,
      }),
    )
  })
})

describe("4/a handler's mistakes", () => {
  test('a throw is caught, logged, counted as dropped, and the next message arrives', async () => {
    const { core, log, arrive } = await handling()
    let calls = 0
    const clumsy: MessageHandler = () => {
      calls += 1
      if (calls === 1) throw new Error('a mistake')
    }
    core.on(CHAT, clumsy, CLEAR)
    expect(arrive).not.toThrow()
    arrive()
    expect(calls).toBe(2)
    expect(core.counters()).toMatchObject({ received: 1, 'dropped.in.handler-threw': 1 })
    expect(log).toContainEqual(['error handler.threw', { type: CHAT, transport: 'fake', error: 'a mistake' }])
  })

  test('an async handler that rejects is logged and counted, and does not end the process', async () => {
    const { core, log, arrive } = await handling()
    const late = (() => Promise.reject(new Error('later'))) as MessageHandler
    core.on(CHAT, late, CLEAR)
    arrive()
    await settled()
    expect(core.counters()).toMatchObject({ received: 1, 'handlers.rejected': 1 })
    expect(log).toContainEqual(['error handler.rejected', { type: CHAT, transport: 'fake', error: 'later' }])
  })
})
