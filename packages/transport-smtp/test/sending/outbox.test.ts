import { expect, test } from 'vitest'
import type { SendOutcome } from '../../src/sending/mail-sender.js'
import { message, OutboxLab, recipient, settled } from './outbox-lab.js'

const ACCEPTED: SendOutcome = { at: 'accepted' }
const later = (reason: string): SendOutcome => ({ at: 'later', reason })
const DOWN = later('connect-refused')
const A = recipient('a')
const B = recipient('b')

test('what is offered in one tick leaves in one mail, in order, and not from inside offer', async () => {
  const lab = new OutboxLab()
  for (let i = 0; i < 3; i += 1) expect(lab.offer(A, message(10, i))).toBe(true)
  expect(lab.sender.flights).toHaveLength(0)
  await settled()
  expect(lab.composed).toEqual([{ key: 'a', fills: [0, 1, 2] }])
  await lab.answer(ACCEPTED)
  expect(lab.sums).toEqual({ accepted: 3, octets: 30 })
  expect([lab.outbox.waiting, lab.outbox.waitingOctets, lab.clock.pending]).toEqual([0, 0, 0])
})

test('while a mail is under way messages gather, in order, up to what one container holds', async () => {
  const lab = new OutboxLab()
  const small = recipient('a', 49 + 3 * (9 + 10)) // three entries exactly
  lab.offer(small, message(10, 0))
  await settled()
  for (let i = 1; i <= 7; i += 1) lab.offer(small, message(10, i))
  await settled()
  expect(lab.sender.flights).toHaveLength(1)
  for (let i = 0; i < 4; i += 1) await lab.answer(ACCEPTED)
  expect(lab.composed.map(({ fills }) => fills)).toEqual([[0], [1, 2, 3], [4, 5, 6], [7]])
})

test('the message is borrowed: what happens to it after offer changes nothing', async () => {
  const lab = new OutboxLab()
  const borrowed = message(4, 7)
  lab.offer(A, borrowed)
  borrowed.msg.fill(0)
  await settled()
  expect([...lab.sender.flights[0]!.mail.raw]).toEqual([7, 7, 7, 7])
})

test('recipients do not wait for each other, beyond the number of mails under way', async () => {
  const lab = new OutboxLab({ parallel: 2 })
  for (const key of ['a', 'b', 'c']) lab.offer(recipient(key), message(1))
  await settled()
  expect(lab.sender.flights.map(({ mail }) => mail.to)).toEqual(['a', 'b'])
  lab.offer(A, message(1))
  await lab.answer(ACCEPTED, 'a')
  expect(lab.sender.flights.map(({ mail }) => mail.to)).toEqual(['b', 'c']) // c was there before a came again
})

test('limits: messages and octets for each recipient, octets and recipients in all', () => {
  const offered = (lab: OutboxLab, keys: string, size: number): string =>
    [...keys].map((key) => (lab.offer(recipient(key), message(size)) ? '+' : '-')).join('')
  expect(offered(new OutboxLab({ messagesPerRecipient: 2 }), 'aaab', 1)).toBe('++-+')
  expect(offered(new OutboxLab({ octetsPerRecipient: 2 * (9 + 10) }), 'aaab', 10)).toBe('++-+')
  expect(offered(new OutboxLab({ octetsPerRecipient: 5 }), 'aab', 10)).toBe('+-+')
  expect(offered(new OutboxLab({ octets: 3 * (9 + 10) }), 'abcda', 10)).toBe('+++--')
  expect(offered(new OutboxLab({ recipients: 2 }), 'abca', 1)).toBe('++-+')
})

test('a message that no container of the recipient holds is the caller’s bug', () => {
  const lab = new OutboxLab()
  expect(lab.offer(A, message(1_000 - 49 - 9))).toBe(true)
  expect(() => lab.offer(A, message(1_000 - 49 - 9 + 1))).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
  )
})

test('1000 messages of 12,000 octets at once: no more is kept than the limits say, nothing is lost in silence', async () => {
  const octets = 1024 * 1024
  const lab = new OutboxLab({ octetsPerRecipient: octets, octets })
  const large = recipient('a', 49_000)
  const what = message(12_000)
  let accepted = 0
  for (let i = 0; i < 1_000; i += 1) if (lab.offer(large, what)) accepted += 1
  expect(accepted).toBe(Math.floor(octets / 12_009))
  await settled()
  while (lab.sender.flights.length > 0) {
    expect(lab.outbox.waitingOctets).toBeLessThanOrEqual(octets)
    if (lab.offer(large, what)) accepted += 1
    if (accepted > 300) break
    await lab.answer(ACCEPTED)
  }
  expect(lab.sums.accepted + lab.outbox.waiting).toBe(accepted)
})

test('later for a reason of the mailbox: the same octets again after 1, 2, 4 … 60 s; others are not held up', async () => {
  const lab = new OutboxLab()
  lab.offer(A, message(3, 1))
  await settled()
  const first = lab.sender.flights[0]!.mail
  for (const delayMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
    await lab.answer(later('code-450'))
    lab.offer(A, message(3, 2)) // gathers behind it
    lab.offer(B, message(1))
    await settled()
    await lab.answer(ACCEPTED, 'b')
    await lab.advance(delayMs * 0.99)
    expect(lab.sender.flights).toHaveLength(0)
    await lab.advance(delayMs * 0.02)
    expect(lab.sender.flights[0]!.mail).toBe(first)
  }
  await lab.answer(ACCEPTED)
  expect(lab.composed.filter(({ key }) => key === 'a').map(({ fills }) => fills)).toEqual([[1], Array(8).fill(2)])
})

test.each([
  [[0x00, 0x00], 800],
  [[0xff, 0xff], 1_200],
] as const)('back-off: random %j makes the first second %d ms', async (jitter, delayMs) => {
  const lab = new OutboxLab()
  lab.jitter = jitter
  lab.offer(A, message(1))
  await settled()
  await lab.answer(later('code-450'))
  await lab.advance(delayMs - 1)
  expect(lab.sender.flights).toHaveLength(0)
  await lab.advance(1)
  expect(lab.sender.flights).toHaveLength(1)
})

test('a server that is down is probed by one mail at a time, whoever waits; all leave when it is back', async () => {
  const lab = new OutboxLab({ parallel: 4 })
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  for (const key of keys) lab.offer(recipient(key), message(1))
  await settled()
  expect(lab.sender.flights).toHaveLength(4)
  for (let i = 0; i < 4; i += 1) await lab.answer(DOWN)
  expect(lab.sender.flights).toHaveLength(0)
  const probes: string[] = []
  for (const delayMs of [1_000, 2_000, 4_000]) {
    lab.offer(recipient(`late${delayMs}`), message(1))
    await lab.advance(delayMs * 1.01)
    expect(lab.sender.flights).toHaveLength(1)
    probes.push(lab.sender.flights[0]!.mail.to)
    if (delayMs < 4_000) await lab.answer(DOWN)
  }
  expect(new Set(probes).size).toBe(3) // not the same one each time: it might be to blame
  await lab.answer(ACCEPTED)
  expect(lab.sender.flights).toHaveLength(4)
  while (lab.sender.flights.length > 0) await lab.answer(ACCEPTED)
  expect(lab.sums.accepted).toBe(9)
  expect(lab.clock.pending).toBe(0)
})

test('a mail that makes the server fail each time does not keep it from the others', async () => {
  const lab = new OutboxLab({ parallel: 1 })
  lab.offer(A, message(1))
  await settled()
  let delivered = 0
  for (let i = 0; i < 100; i += 1) {
    lab.offer(B, message(1))
    await settled()
    while (lab.sender.flights.length > 0) {
      const isPoison = lab.sender.flights[0]!.mail.to === 'a'
      await lab.answer(isPoison ? later('closed') : ACCEPTED)
      if (!isPoison) delivered += 1
    }
    await lab.advance(1_000)
  }
  expect(delivered).toBeGreaterThan(80)
})

test('gave-up: what the server did not take within giveUpMs is dropped, also what only waited behind it', async () => {
  const lab = new OutboxLab({ giveUpMs: 10_000, parallel: 1 })
  const narrow = recipient('b', 49 + 9 + 1) // one message in each mail
  lab.offer(A, message(1))
  lab.offer(narrow, message(1))
  await settled()
  await lab.advance(5_000)
  lab.offer(narrow, message(1, 9))
  await lab.answer(DOWN)
  while (lab.clock.monotonic() < 14_000) {
    await lab.advance(500)
    if (lab.sender.flights.length > 0) await lab.answer(DOWN)
  }
  expect(lab.dropped).toEqual(new Map([['gave-up', 2]]))
  expect(lab.failed.toSorted()).toEqual(['a now gave-up', 'b now gave-up'])
  expect(lab.outbox.waiting).toBe(1)
  while (lab.outbox.waiting > 0) {
    await lab.advance(500)
    if (lab.sender.flights.length > 0) await lab.answer(ACCEPTED)
  }
  expect(lab.composed.at(-1)).toEqual({ key: 'b', fills: [9] })
})

test('gave-up: after an hour if nothing else is said', async () => {
  const lab = new OutboxLab()
  lab.offer(A, message(1))
  await settled()
  while (lab.outbox.waiting > 0) {
    if (lab.sender.flights.length > 0) await lab.answer(later('code-451'))
    await lab.advance(1_000)
  }
  expect(lab.clock.monotonic()).toBeGreaterThan(3_600_000)
  expect(lab.clock.monotonic()).toBeLessThan(3_700_000)
  expect(lab.clock.pending).toBe(0)
})

test('a recipient refused: all that waits for it is dropped, its address has failed for good', async () => {
  const lab = new OutboxLab()
  lab.offer(A, message(1))
  await settled()
  lab.offer(A, message(1))
  lab.offer(B, message(1))
  await settled()
  await lab.answer({ at: 'refused', what: 'recipient', reason: 'code-550' }, 'a')
  expect(lab.dropped).toEqual(new Map([['recipient-refused', 2]]))
  expect(lab.failed).toEqual(['a for-good code-550'])
  expect(lab.outbox.waiting).toBe(1)
  expect(lab.offer(A, message(1))).toBe(true)
})

test('a mail refused: that mail is dropped, its address has failed for now, the next one leaves', async () => {
  const lab = new OutboxLab()
  lab.offer(A, message(1, 1))
  await settled()
  lab.offer(A, message(1, 2))
  await lab.answer({ at: 'refused', what: 'mail', reason: 'null-sender-refused' })
  expect(lab.dropped).toEqual(new Map([['mail-refused', 1]]))
  expect(lab.failed).toEqual(['a now null-sender-refused'])
  await lab.answer(ACCEPTED)
  expect(lab.composed.at(-1)).toEqual({ key: 'a', fills: [2] })
})

test('messages of which nothing can be composed are dropped and counted; the rest goes on', async () => {
  const lab = new OutboxLab()
  const { compose } = lab
  lab.compose = () => {
    throw new RangeError('no')
  }
  lab.offer(A, message(1))
  await settled()
  expect(lab.dropped).toEqual(new Map([['compose-failed', 1]]))
  lab.compose = compose
  lab.offer(A, message(1))
  await settled()
  await lab.answer(ACCEPTED)
  expect(lab.sums.accepted).toBe(1)
})

test('close: what waits, rests and is under way is counted as stopped; no timer, no callback, no offer afterwards', async () => {
  const lab = new OutboxLab({ parallel: 2 })
  for (const key of ['a', 'b', 'c']) lab.offer(recipient(key), message(1))
  await settled()
  await lab.answer(later('code-450'), 'a') // a rests, b and c are under way
  lab.offer(B, message(1))
  lab.offer(recipient('d'), message(1)) // offered in the tick of the stop
  await Promise.all([lab.outbox.close(), lab.outbox.close()])
  expect(lab.dropped).toEqual(new Map([['stopped', 5]]))
  expect([lab.outbox.waiting, lab.outbox.waitingOctets, lab.clock.pending, lab.sender.closed]).toEqual([0, 0, 0, 1])
  expect(lab.offer(A, message(1))).toBe(false)
  await lab.advance(10_000_000)
  expect(lab.dropped).toEqual(new Map([['stopped', 5]]))
})

test('close: while the server is down leaves no timer; a mail that the server just took counts as accepted', async () => {
  const lab = new OutboxLab()
  lab.offer(A, message(1))
  lab.offer(B, message(1))
  await settled()
  await lab.answer(DOWN, 'a')
  lab.sender.flights[0]!.answer(ACCEPTED)
  await lab.outbox.close()
  expect(lab.sums.accepted).toBe(1)
  expect(lab.dropped).toEqual(new Map([['stopped', 1]]))
  expect(lab.clock.pending).toBe(0)
})

test('close from inside a callback is the last of it', async () => {
  const lab = new OutboxLab()
  const set = lab.dropped.set.bind(lab.dropped)
  lab.dropped.set = (reason, count) => {
    void lab.outbox.close()
    return set(reason, count)
  }
  lab.offer(A, message(1))
  await settled()
  await lab.answer({ at: 'refused', what: 'mail', reason: 'code-554' })
  expect(lab.dropped).toEqual(new Map([['mail-refused', 1]]))
  expect(lab.failed).toEqual([])
  expect(lab.sender.closed).toBe(1)
})
