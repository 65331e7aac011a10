/** A sender and mails for tests: traffic stays on 127.0.0.1, and every sender is closed. */
import { silentLog } from '@postern/transport-api'
import { onTestFinished } from 'vitest'
import type { MailSender, OutgoingMail, SenderOptions } from '../../src/sending/mail-sender.js'
import { createNodemailerSender } from '../../src/sending/nodemailer-sender.js'

const DEFAULT_TIMEOUT_MS = 10_000

/** Closed when the test is over, before the servers it was made for need be. */
export function senderTo(port: number, options: Partial<SenderOptions> = {}): MailSender {
  const sender = createNodemailerSender(
    {
      host: '127.0.0.1',
      port,
      security: 'none',
      name: 'sender.test',
      connections: 1,
      timeoutMs: DEFAULT_TIMEOUT_MS,
      ...options,
    },
    silentLog,
  )
  onTestFinished(() => sender.close())
  return sender
}

/** Like the mails we compose: 11 header lines, base64 in lines of 76. */
export function sampleMail(mail: Partial<OutgoingMail> & { readonly octets?: number } = {}): OutgoingMail {
  const base64 = Buffer.alloc(mail.octets ?? 1_200, 0xa7).toString('base64')
  const raw = [
    'From: a@sender.test',
    'To: undisclosed-recipients:;',
    'Subject: Delivery status',
    'X-mailer: GNUnet',
    `X-filter: ${'z'.repeat(66)}`,
    'mime-VERSION: 1.0',
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: base64',
    '',
    ...base64.match(/.{1,76}/g)!,
    '',
  ].join('\r\n')
  return { envelopeFrom: '', to: 'b+tag@receiver.test', raw: Buffer.from(raw, 'latin1'), ...mail }
}
