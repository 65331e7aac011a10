import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SendOutcome } from '../../src/sending/mail-sender.js'
import { message, OutboxLab, recipient, settled } from './outbox-lab.js'

const LIMITS = {
  messagesPerRecipient: 6,
  octetsPerRecipient: 300,
  octets: 500,
  recipients: 3,
  parallel: 2,
  giveUpMs: 20_000,
}
const CAPACITY_OCTETS = 49 + 120

const outcome: fc.Arbitrary<SendOutcome> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<SendOutcome>({ at: 'accepted' }) },
  fc
    .constantFrom('code-450', 'code-421', 'timeout', 'connect-refused', 'auth')
    .map((reason): SendOutcome => ({ at: 'later', reason })),
  fc
    .constantFrom<'mail' | 'recipient'>('mail', 'recipient')
    .map((what): SendOutcome => ({ at: 'refused', what, reason: 'code-550' })),
)

type Step =
  | { readonly do: 'offer'; readonly key: string; readonly size: number }
  | { readonly do: 'answer'; readonly pick: number; readonly outcome: SendOutcome }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'settle' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      size: fc.nat(111),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), pick: fc.nat(3), outcome }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 500, 1_300, 5_000, 30_000) }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'settle' }) },
)

/** What a reader of the doc comments would keep with pen and paper: each accepted message by number, and where it is. */
class Model {
  readonly offered = new Map<number, { readonly key: string; readonly octets: number }>()
  readonly open = new Map<string, number[]>()
  next = 0

  take(key: string, octets: number): void {
    this.offered.set(this.next, { key, octets })
    this.open.set(key, [...(this.open.get(key) ?? []), this.next])
    this.next += 1
  }
}

test('accepted = sent + dropped + waiting, within the limits, in order, whatever happens and when', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.boolean(), async (steps, closes) => {
      const lab = new OutboxLab(LIMITS)
      const model = new Model()
      const holds = (): void => {
        expect(lab.sums.accepted + lab.droppedInAll + lab.outbox.waiting).toBe(model.next)
        expect(lab.outbox.waitingOctets).toBeLessThanOrEqual(LIMITS.octets)
        expect(lab.outbox.waitingOctets).toBeGreaterThanOrEqual(9 * lab.outbox.waiting)
        const underWay = lab.sender.flights.map(({ mail }) => mail.to)
        expect(underWay.length).toBeLessThanOrEqual(LIMITS.parallel)
        expect(new Set(underWay).size).toBe(underWay.length)
        expect(lab.clock.pending).toBeLessThanOrEqual(LIMITS.recipients + 1)
      }
      for (const now of steps) {
        if (now.do === 'offer') {
          const waitingBefore = lab.outbox.waitingOctets
          const isTaken = lab.offer(recipient(now.key, CAPACITY_OCTETS), message(now.size, model.next))
          if (isTaken) model.take(now.key, now.size + 9)
          else expect(waitingBefore).toBeGreaterThan(0)
        } else if (now.do === 'answer') {
          const flight = lab.sender.flights[now.pick]
          if (flight !== undefined) await lab.answer(now.outcome, flight.mail.to)
        } else if (now.do === 'advance') await lab.advance(now.ms)
        else await settled()
        holds()
      }
      for (const [key, numbers] of model.open) {
        const composed = lab.composed.filter((mail) => mail.key === key).flatMap(({ fills }) => fills)
        expect(composed).toEqual([...composed].sort((a, b) => a - b))
        expect(new Set(composed).size).toBe(composed.length) // composed once, repeated as it is
        expect(numbers).toEqual(expect.arrayContaining(composed))
      }
      for (const { key, fills } of lab.composed) {
        const octets = fills.reduce((sum, number) => sum + model.offered.get(number)!.octets, 0)
        expect(octets).toBeLessThanOrEqual(CAPACITY_OCTETS - 49)
        expect(model.offered.get(fills[0]!)!.key).toBe(key)
      }
      if (closes) await lab.outbox.close()
      else await drain(lab)
      holds()
      expect([lab.outbox.waiting, lab.outbox.waitingOctets, lab.clock.pending]).toEqual([0, 0, 0])
    }),
    { numRuns: 300 },
  )
})

/** A server in good health from now on takes all that waits. */
async function drain(lab: OutboxLab): Promise<void> {
  for (let i = 0; i < 1_000 && (lab.outbox.waiting > 0 || lab.clock.pending > 0); i += 1) {
    await settled()
    if (lab.sender.flights.length > 0) await lab.answer({ at: 'accepted' })
    else await lab.advance(1_000)
  }
}
