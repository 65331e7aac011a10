/** Who may hand mail to a relay, and for whom. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { ConfigError } from '@postern/transport-api'
import type { Envelope, MailRules, Reply, ServerTls } from '../receiving/mail-server.js'
import { MIN_TOKEN_CHARACTERS } from './relay-options.js'
import type { FindRoute, RouteTarget } from './routes.js'

export interface SubmissionOptions {
  /** Of the configuration, for errors. */
  readonly section: string
  readonly tokens: readonly string[]
  readonly tls: ServerTls | undefined
  readonly plaintextCredentials: boolean
  readonly findRoute: FindRoute
  readonly hasRoom: (target: RouteTarget) => boolean
  readonly accept: (mail: Buffer, envelope: Envelope) => Promise<Reply>
}

/** Others would have to be quoted, and what cannot be said plainly again is not accepted. */
const PLAIN_MAILBOX = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@[A-Za-z0-9.-]+$/

/** Throws ConfigError. */
export function submissionRules(options: SubmissionOptions): MailRules {
  const { section, tokens, tls, plaintextCredentials, findRoute, hasRoom, accept } = options
  if (tokens.some((token) => token.length < MIN_TOKEN_CHARACTERS))
    throw new ConfigError(section, 'tokens', `expected at least ${MIN_TOKEN_CHARACTERS} characters in each`)
  if (tokens.length > 0 && tls === undefined && !plaintextCredentials)
    throw new ConfigError(
      section,
      'tokens',
      'they would cross the network in the clear; give `tls`, or set `plaintextCredentials`',
    )
  return {
    ...(tokens.length === 0
      ? { client: (address: string) => (isLoopback(address) ? null : STRANGER) }
      : { credentials: { inTheClear: plaintextCredentials, accepts: tokenJudge(tokens) } }),
    sender: (mailbox) => (mailbox === '' || PLAIN_MAILBOX.test(mailbox) ? null : BAD_MAILBOX),
    recipient: (mailbox) => {
      const target = PLAIN_MAILBOX.test(mailbox) ? findRoute(mailbox) : null
      if (target === null) return NO_ROUTE
      return hasRoom(target) ? null : { ...FULL, reason: 'queue-full' }
    },
    mail: accept,
  }
}

export const FULL: Reply = { code: 452, text: '4.3.1 no room left, try again later' }
const STRANGER = { code: 554, text: '5.7.1 only programs on this machine may submit here', reason: 'not-loopback' }
const NO_ROUTE = { code: 550, text: '5.7.1 no route to this recipient', reason: 'no-route' }
const BAD_MAILBOX = { code: 553, text: '5.1.7 not a plain mailbox', reason: 'bad-mailbox' }

/** The user name is of no matter. Takes the same time whatever part of a token was guessed. */
function tokenJudge(tokens: readonly string[]): (user: string, pass: string) => boolean {
  const digests = tokens.map(digest)
  return (_user, pass) => {
    const given = digest(pass)
    let matches = 0
    for (const known of digests) matches += timingSafeEqual(known, given) ? 1 : 0
    return matches > 0
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

function isLoopback(address: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(address) || address === '::1'
}
