import { silentLog } from '@postern/transport-api'
import { VirtualClock } from '@postern/transport-testkit'
import { expect, onTestFinished, test } from 'vitest'
import { type MailFate, RouteQueue } from '../../src/relay/route-queue.js'
import type { SpooledMail } from '../../src/relay/spool.js'
import type { OutgoingMail, SendOutcome } from '../../src/sending/mail-sender.js'

const LATER: SendOutcome = { at: 'later', reason: 'down' }
const ACCEPTED: SendOutcome = { at: 'accepted' }
/** No jitter: the middle of the range. */
const random = { bytes: (count: number) => new Uint8Array(count).fill(0x7f) }

interface Bench {
  readonly clock: VirtualClock
  readonly queue: RouteQueue
  /** Recipient and time of each attempt, s. */
  readonly attempts: { readonly to: string; readonly at: number }[]
  readonly fates: { readonly to: string; readonly fate: MailFate }[]
  answer: (mail: OutgoingMail) => SendOutcome | Promise<SendOutcome>
  add(...recipients: string[]): void
  /** Lets what was begun go on, then time, by `seconds`. */
  pass(seconds: number): Promise<void>
}

function bench(connections = 4, expiryMs = 3_600_000): Bench {
  const clock = new VirtualClock()
  const start = clock.now()
  const self: Bench = {
    clock,
    attempts: [],
    fates: [],
    answer: () => LATER,
    queue: new RouteQueue({
      route: 'test',
      connections,
      expiryMs,
      clock,
      random,
      log: silentLog,
      sender: {
        send: async (mail) => {
          self.attempts.push({ to: mail.to, at: (clock.now() - start) / 1_000 })
          return self.answer(mail)
        },
        close: async () => {},
      },
      read: async () => Buffer.from('mail'),
      settle: async ({ to }, fate) => void self.fates.push({ to, fate }),
      onRetry: () => {},
    }),
    add: (...recipients) => {
      for (const to of recipients) self.queue.add(mailTo(to, clock.now()))
    },
    pass: async (seconds) => {
      for (let second = 0; second < seconds; second += 1) {
        await settled()
        clock.advance(1_000)
      }
      await settled()
    },
  }
  onTestFinished(() => self.queue.close())
  return self
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const mailTo = (to: string, acceptedAt: number): SpooledMail => ({ id: to, from: '', to, acceptedAt, octets: 4 })

test('5/retry: after 1, 2, 4 … 60 s, and 60 from then on', async () => {
  const { add, pass, attempts } = bench()
  add('a')
  await pass(300)
  const gaps = attempts.slice(1).map(({ at }, index) => Math.round(at - attempts[index]!.at))
  expect(gaps.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
})

test('5/retry: what could not be delivered in time is given up, also what was never tried because the route is down', async () => {
  const { add, pass, fates, queue, clock } = bench(1, 120_000)
  add(...Array.from({ length: 50 }, (_, index) => `m${index}`))
  await pass(400)
  expect(fates.length).toBe(50)
  expect(fates.every(({ fate }) => fate.at === 'given-up' && fate.reason === 'expired')).toBe(true)
  expect(queue.size).toBe(0)
  expect(clock.pending).toBeLessThanOrEqual(1)
})

test('5/retry: a route that is down is asked ever less often, however much waits for it, and works at full width when it is back', async () => {
  const one = bench()
  one.add(...Array.from({ length: 500 }, (_, index) => `m${index}`))
  await one.pass(120)
  expect(one.attempts.length).toBeLessThan(30)
  one.answer = () => ACCEPTED
  await one.pass(61)
  expect(one.fates.filter(({ fate }) => fate.at === 'delivered').length).toBeGreaterThan(450)
  await one.pass(61)
  expect(one.fates.length).toBe(500)
})

test('5/retry: one mail that is refused again and again does not hold the others up', async () => {
  const one = bench()
  one.answer = ({ to }) => (to === 'poison' ? LATER : ACCEPTED)
  one.add('poison')
  await one.pass(100)
  one.add('a', 'b', 'c')
  await one.pass(1)
  expect(one.fates.map(({ to }) => to)).toEqual(['a', 'b', 'c'])
})

test('5/relay: no more mails at once than connections', async () => {
  const one = bench(3)
  const pending: (() => void)[] = []
  one.answer = () => new Promise((resolve) => pending.push(() => resolve(ACCEPTED)))
  one.add('a', 'b', 'c', 'd', 'e')
  await settled()
  expect(pending.length).toBe(3)
  pending[0]!()
  await settled()
  expect(pending.length).toBe(4)
  for (const answer of pending) answer()
  await settled()
  for (const answer of pending) answer()
})

test('5/relay: after halt no timer remains and nothing is begun, and every mail is still known', async () => {
  const one = bench()
  one.add('a', 'b')
  await one.pass(3)
  one.queue.halt()
  const before = one.attempts.length
  expect(one.clock.pending).toBe(0)
  await one.pass(100)
  expect(one.attempts.length).toBe(before)
  expect(one.queue.size).toBe(2)
})

test('5/retry: mailboxes that are full do not slow the route down for the others', async () => {
  const one = bench()
  one.answer = ({ to }) => (to.startsWith('full') ? { at: 'later', reason: 'code-452' } : ACCEPTED)
  one.add('full1', 'full2', 'full3', 'full4', 'a', 'b')
  await settled()
  await settled()
  expect(one.fates.map(({ to }) => to)).toEqual(['a', 'b'])
})
