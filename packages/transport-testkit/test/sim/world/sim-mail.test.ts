import { MAX_LETTERS_IN_MAILBOX, SimWorld } from '@postern/transport-testkit'
import { describe, expect, test } from 'vitest'
import { SimNode } from './sim-node.js'

async function writers() {
  const world = new SimWorld({ seed: 1 })
  const [anna, bert, cleo] = [world.host('anna'), world.host('bert'), world.host('cleo')]
  const a = await SimNode.open(world, anna, 'letter')
  const b = await SimNode.open(world, bert, 'letter', { mailbox: 'bert@example.org' })
  const c = await SimNode.open(world, cleo, 'letter')
  return { world, anna, bert, cleo, a, b, c, session: await a.dial('bert@example.org') }
}

const MINUTE_MS = 60_000
const fates = (world: SimWorld, fate: string): number => world.trace.filter((line) => line.endsWith(` ${fate}`)).length

describe('tests/sim-mail', () => {
  test('tests/mail: a letter takes its delay, and no rule for other traffic concerns it', async () => {
    const { world, a, b, session } = await writers()
    world.mail.delayMs = 5_000
    world.shape({}, { isBlocked: true })
    a.send(session, 1)
    await world.pass(4_999)
    expect(b.heard).toEqual([])
    await world.pass(1)
    expect(b.heardFrom).toEqual(['nobody: 1'])
  })

  test('tests/mail: a rule for letters holds for them alone, over what the mail system does', async () => {
    const { world, a, b, session } = await writers()
    const slow = world.shape({ from: 'anna', by: 'letter' }, { delayMs: 1_000 })
    a.send(session, 1)
    await world.pass(1_000)
    expect(b.heard).toEqual(['1'])
    slow[Symbol.dispose]()
    world.shape({ by: 'letter' }, { isBlocked: true })
    a.send(session, 2)
    await world.pass(MINUTE_MS)
    expect([b.heard, fates(world, 'blocked')]).toEqual([['1'], 1])
  })

  test('tests/mail: jitter lets letters overtake one another, within it', async () => {
    const { world, a, b, session } = await writers()
    Object.assign(world.mail, { delayMs: 1_000, jitterMs: 1_000 })
    for (let number = 0; number < 50; number += 1) a.send(session, number)
    await world.pass(2_000)
    const sorted = b.heard.map(Number).toSorted((x, y) => x - y)
    expect(sorted).toEqual(Array.from({ length: 50 }, (_, number) => number))
    expect(b.heard.map(Number)).not.toEqual(sorted)
  })

  test('tests/mail: it loses about as many as it says', async () => {
    const { world, a, b, session } = await writers()
    world.mail.lossChance = 0.3
    for (let number = 0; number < 1_000; number += 1) a.send(session, 1)
    await world.pass(MINUTE_MS)
    expect(Math.abs(b.heard.length - 700)).toBeLessThan(100) // seven standard deviations
  })

  test('tests/mail: what a sender sends beyond its quota of a minute or a day is refused, and no other sender minds', async () => {
    const { world, a, b, c, session } = await writers()
    world.mail.quota = { messagesPerMinute: 3, messagesPerDay: 5 }
    for (let minute = 0; minute < 4; minute += 1) {
      for (let number = 0; number < 4; number += 1) a.send(session, minute)
      await world.pass(MINUTE_MS)
    }
    expect([b.heard, fates(world, 'refused')]).toEqual([['0', '0', '0', '1', '1'], 11])
    await c.sendTo('bert@example.org', 9)
    await world.pass(24 * 60 * MINUTE_MS)
    a.send(session, 7)
    await world.pass(MINUTE_MS)
    expect(b.heard.slice(-2)).toEqual(['9', '7'])
  })

  test('tests/mail: while it is down letters are kept, and come when it is up again', async () => {
    const { world, a, b, session } = await writers()
    world.mail.isDown = true
    a.send(session, 1)
    await world.pass(10 * MINUTE_MS)
    expect([b.heard, world.mail.isDown]).toEqual([[], true])
    world.mail.isDown = false
    expect(b.heard).toEqual(['1'])
  })

  test('tests/mail: a list sends it to each member, marked, under the name of who wrote it', async () => {
    const { world, a, b, c } = await writers()
    const list = world.mail.expand('list@lists', ['bert@example.org', 'cleo@mail', 'nobody@mail'])
    await a.sendTo('list@lists', 1)
    await world.pass(MINUTE_MS)
    expect([b.heard, c.heard]).toEqual([['1'], ['1']])
    expect(b.core.events).toEqual([{ kind: 'came-through-list', sender: a.core.myIdentity }])
    expect([b.told('came-through-list'), c.told('came-through-list')]).toEqual([1, 1])
    list[Symbol.dispose]()
    await a.sendTo('list@lists', 2)
    await world.pass(MINUTE_MS)
    expect([b.heard, fates(world, 'unreachable')]).toEqual([['1'], 2])
  })

  test('tests/mail: a letter waits for a reader who sleeps, has no network or is not started', async () => {
    const { world, bert, a, b, session } = await writers()
    bert.suspend()
    a.send(session, 1)
    await world.pass(MINUTE_MS)
    bert.disconnect()
    bert.resume()
    expect(b.heard).toEqual([])
    bert.connect()
    expect(b.heard).toEqual(['1'])
    await b.transport.stopTransportServer()
    a.send(session, 2)
    await world.pass(MINUTE_MS)
    await b.transport.startTransportServer()
    expect(b.heard).toEqual(['1']) // not while it starts
    await world.pass(1)
    expect(b.heard).toEqual(['1', '2'])
  })

  test('tests/mail: a writer without a network sends when it has one', async () => {
    const { world, anna, a, b, session } = await writers()
    anna.disconnect()
    a.send(session, 1)
    await world.pass(MINUTE_MS)
    expect(b.heard).toEqual([])
    anna.connect()
    await world.pass(MINUTE_MS)
    expect(b.heard).toEqual(['1'])
  })

  test('tests/mail: a mailbox that nobody reads is full one day', async () => {
    const { world, b, a, session } = await writers()
    await b.transport.stopTransportServer()
    for (let number = 0; number <= MAX_LETTERS_IN_MAILBOX; number += 1) a.send(session, 1)
    await world.pass(MINUTE_MS)
    expect(fates(world, 'mailbox-full')).toBe(1)
  })

  test('tests/mail: a mailbox has one owner', async () => {
    const world = new SimWorld({ seed: 1 })
    world.host('anna').init('letter', { mailbox: 'both@mail' })
    const init = (): unknown => world.host('bert').init('letter', { mailbox: 'both@mail' })
    expect(init).toThrow(new RangeError("mailbox both@mail is anna's"))
  })

  test('tests/mail: its destinations are the mailbox and its domain', async () => {
    const { a, b } = await writers()
    const helo = b.core.helo(b.transport.createHELO()![0]!)
    expect(a.transport.destinations?.(helo)).toEqual(['bert@example.org', 'example.org'])
  })
})
