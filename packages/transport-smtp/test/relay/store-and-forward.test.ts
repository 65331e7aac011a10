import { silentLog, systemClock, systemRandom } from '@postern/transport-api'
import { expect, onTestFinished, test } from 'vitest'
import { createMemorySpool } from '../../src/relay/memory-spool.js'
import { RelayCounters } from '../../src/relay/relay-counters.js'
import { MEMORY_LIMITS } from '../../src/relay/relay-options.js'
import type { Spool } from '../../src/relay/spool.js'
import { StoreAndForward } from '../../src/relay/store-and-forward.js'
import type { SendOutcome } from '../../src/sending/mail-sender.js'

const MAIL = Buffer.from('hi\r\n')
const target = { key: 'k', protocol: 'smtp', host: 'h', port: 1 } as const

interface Bench {
  readonly forward: StoreAndForward
  readonly counters: RelayCounters
  opened: number
  closed: number
  sent: number
}

function bench(spool: Spool, outcome: SendOutcome): Bench {
  const counters = new RelayCounters()
  const forward = new StoreAndForward({
    spool,
    counters,
    findRoute: (mailbox) => (mailbox.startsWith('none') ? null : target),
    limits: MEMORY_LIMITS,
    connections: 1,
    expiryMs: 60_000,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    createSender: () => {
      self.opened += 1
      return {
        send: async () => {
          self.sent += 1
          return outcome
        },
        close: async () => {
          self.closed += 1
        },
      }
    },
  })
  const self = { forward, counters, opened: 0, closed: 0, sent: 0 }
  onTestFinished(() => forward.close({ drain: false, limitMs: 0 }))
  return self
}

test('5/relay: after the end every mail has one fate: received = delivered + givenUp + lost + queued', async () => {
  const { forward, counters } = bench(createMemorySpool(), { at: 'later', reason: 'down' })
  await forward.accept(MAIL, { from: '', to: ['a@x', 'b@x', 'none@x'] })
  const close = (): Promise<void> => forward.close({ drain: true, limitMs: 50 })
  await Promise.all([close(), close()])
  await close()
  const { received, delivered, givenUp, lost } = counters.snapshot()
  expect({ received, delivered, givenUp, lost, queued: forward.size }).toEqual({
    received: 3,
    delivered: 0,
    givenUp: 1,
    lost: 2,
    queued: 0,
  })
})

/** Stores when it is let. */
function slowSpool(): { readonly spool: Spool; readonly let: () => void } {
  let go = (): void => {}
  const gone = new Promise<void>((resolve) => {
    go = resolve
  })
  const spool = createMemorySpool()
  return { spool: { ...spool, store: (mail, raw) => gone.then(() => spool.store(mail, raw)) }, let: () => go() }
}

test.each([
  { drain: true, fate: { received: 1, delivered: 1, lost: 0 }, queued: 0 },
  { drain: false, fate: { received: 1, delivered: 0, lost: 0 }, queued: 1 },
])('5/relay: an end waits for a mail that is being stored, drain $drain', async ({ drain, fate, queued }) => {
  const { spool, let: go } = slowSpool()
  const one = bench(spool, { at: 'accepted' })
  const reply = one.forward.accept(MAIL, { from: '', to: ['a@x'] })
  const closed = one.forward.close({ drain, limitMs: 2_000 })
  setImmediate(go)
  await closed
  expect((await reply).code).toBe(250)
  expect(one.counters.snapshot()).toMatchObject(fate)
  expect(one.forward.size).toBe(queued)
  expect(one.opened).toBe(one.closed)
})

test.each([true, false])(
  '5/relay: nothing is sent for a mail that was stored after the end, drain %s',
  async (drain) => {
    const { spool, let: go } = slowSpool()
    const one = bench(spool, { at: 'accepted' })
    const reply = one.forward.accept(MAIL, { from: '', to: ['a@x'] })
    await one.forward.close({ drain, limitMs: 10 })
    go()
    const { code } = await reply
    const { received, lost } = one.counters.snapshot()
    expect({ code, opened: one.opened, lost, sent: one.sent }).toEqual({
      code: drain ? 452 : 250,
      opened: 0,
      lost: 0,
      sent: 0,
    })
    expect(received).toBe(one.forward.size)
  },
)
