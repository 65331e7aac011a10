import { expect, test } from 'vitest'
import { MailCollector } from '../../src/receiving/mail-collector.js'

test.each([1, 100, 12_000, 12_288, 16_384, 20_000])(
  '5/limits: a mail of %i octets keeps no room much larger than itself',
  (octets) => {
    const collector = new MailCollector(1_000_000)
    const mail = Buffer.alloc(octets, 'x')
    for (let at = 0; at < octets; at += 4_000) collector.push(mail.subarray(at, at + 4_000))
    const collected = collector.finish()
    expect(collected).toEqual({ at: 'mail', mail })
    if (collected.at === 'mail') expect(collected.mail.buffer.byteLength).toBeLessThanOrEqual((octets * 4) / 3 + 1)
  },
)
