/** What nodemailer's errors mean for a mail, in words of our own: nothing that a server wrote becomes a reason. */
import { errorCode } from '@postern/transport-api'
import type { NodemailerError } from 'nodemailer'
import { DialError } from './guarded-socket.js'
import type { SendOutcome } from './mail-sender.js'

/** A reply code of RFC 5321 that says no. */
const MIN_REFUSAL = 400
const MIN_PERMANENT = 500
const MAX_REFUSAL = 599
/** RFC 5321 section 3.8: the server is about to close, whatever it was asked. */
const SERVICE_CLOSING = 421
/** What the system says of a connection that broke; anything else on a TLS socket is TLS. */
const BROKEN_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ENOTCONN',
  'ERR_STREAM_DESTROYED',
])

export interface SendContext {
  readonly envelopeFrom: string
  readonly security: 'tls' | 'starttls' | 'none'
}

/** `error` is what nodemailer rejected with. Never throws. */
export function outcomeOf(error: unknown, context: SendContext): SendOutcome {
  if (error instanceof DialError) return later(error.reason)
  const { code, command, responseCode, message, originalCode } = error as NodemailerError
  if (code === 'EAUTH' || code === 'ENOAUTH') return later('auth')
  if (code === 'ETLS') return later('tls')
  if (code === 'ETIMEDOUT') return later('timeout')
  if (code === 'ECONNECTION') return later(responseCode === SERVICE_CLOSING ? 'code-421' : lostDuring(command))
  if (code === 'ESOCKET') return later(brokenBy(originalCode ?? 'ECONNRESET', context.security))
  if (responseCode === undefined || responseCode < MIN_REFUSAL || responseCode > MAX_REFUSAL) return later('garbage')
  if (command === 'HELO' || (command === 'CONN' && message.startsWith('Invalid greeting'))) return later('greeting')
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return later('garbage') // a refusal of nothing that was asked
  if (responseCode < MIN_PERMANENT) return later(`code-${responseCode}`)
  if (command === 'RCPT TO') return { at: 'refused', what: 'recipient', reason: `code-${responseCode}` }
  const isNullSender = command === 'MAIL FROM' && context.envelopeFrom === ''
  return { at: 'refused', what: 'mail', reason: isNullSender ? 'null-sender-refused' : `code-${responseCode}` }
}

/** A reason for a log, of what nodemailer rejected with. */
export function describeFailure(error: unknown): string {
  const { originalCode, code } = error as NodemailerError
  return originalCode ?? code ?? errorCode(error)
}

export function later(reason: string): SendOutcome {
  return { at: 'later', reason }
}

/** EHLO refused where STARTTLS is required ends the connection on our side. */
function lostDuring(command: string | undefined): string {
  return command === 'EHLO' ? 'greeting' : 'closed'
}

function brokenBy(code: string, security: SendContext['security']): string {
  if (code === 'ETIMEDOUT') return 'timeout'
  return security === 'none' || BROKEN_CODES.has(code) ? 'closed' : 'tls'
}
