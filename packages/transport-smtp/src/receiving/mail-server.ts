/**
 * A listening mail server with rules: what the listener inbox and the relay's submission have in common. Judges nothing itself
 * but octets; never looks a name up, never speaks TLS with a key that is not ours.
 */
import { domainToASCII } from 'node:url'
import { type Clock, formatInetAddress, type InetAddress, type Logger, listenError } from '@postern/transport-api'
import type { SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import { DEFAULT_MAIL_SERVER_LIMITS, type MailServerLimits } from './limits.js'
import { type CollectFault, collectMail } from './mail-collector.js'
import { type ConnectionRefusal, QuickSmtpServer } from './quick-smtp-server.js'

/** What a client is told. `text` begins with an enhanced status code (RFC 3463) where one fits. */
export interface Reply {
  readonly code: number
  readonly text: string
}

export interface Refusal extends Reply {
  /** A fixed word, to be counted by. */
  readonly reason: string
}

export interface Envelope {
  /** `''`: the null sender. */
  readonly from: string
  readonly to: readonly string[]
}

/** Asked in this order; null: go on. Mailboxes are ASCII, their case as the client wrote it. */
export interface MailRules {
  /** `address`: an IP literal. */
  readonly client?: (address: string) => Refusal | null
  /** Present: clients must log in. */
  readonly credentials?: { readonly inTheClear: boolean; readonly accepts: (user: string, pass: string) => boolean }
  readonly sender?: (mailbox: string) => Refusal | null
  readonly recipient: (mailbox: string, before: number) => Refusal | null
  /** `mail` is the rule's own from now on. */
  readonly mail: (mail: Buffer, envelope: Envelope) => Reply | Promise<Reply>
}

/** A key of our own, PEM. Without one there is no TLS: smtp-server's built-in key is public. */
export interface ServerTls {
  readonly key: string
  readonly cert: string
  /** `tls`: from the first octet; `starttls`: offered. */
  readonly security: 'tls' | 'starttls'
}

export interface MailServerOptions {
  /** Of the configuration, for errors. */
  readonly section: string
  /** IP literal. */
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  /** For the greeting and the reply to the EHLO command. */
  readonly name: string
  readonly protocol: 'smtp' | 'lmtp'
  readonly tls?: ServerTls
  readonly maxMailOctets: number
  readonly limits?: Partial<MailServerLimits>
  readonly clock: Clock
  readonly log: Logger
  readonly rules: MailRules
  readonly onRefused: (reason: string) => void
}

export interface MailServer {
  readonly address: InetAddress
  /** Settles at the latest `graceMs` from now; afterwards no rule is asked. */
  stop(graceMs: number): Promise<void>
}

/** smtp-server's jokes, and what lets a client lie about its address. */
const NEVER_COMMANDS = ['XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL']
const FAULT_REPLIES: Readonly<Record<CollectFault, Reply>> = {
  'too-large': { code: 552, text: '5.3.4 the mail is too large' },
  nul: { code: 554, text: '5.6.0 the mail contains a NUL' },
  'bare-newline': { code: 554, text: '5.6.0 the mail contains a CR or LF alone' },
}
const NOT_LOGGED_IN: Refusal = { code: 530, text: '5.7.0 log in first', reason: 'not-authenticated' }
const BAD_CREDENTIALS: Refusal = { code: 535, text: '5.7.8 wrong credentials', reason: 'bad-credentials' }
const BAD_MAILBOX: Refusal = { code: 553, text: '5.1.3 not an ASCII mailbox', reason: 'bad-mailbox' }

/** Rejects with TransportError ERR_LISTEN_*. */
export async function openMailServer(options: MailServerOptions): Promise<MailServer> {
  const { host, port, section, clock, log, onRefused } = options
  const limits = { ...DEFAULT_MAIL_SERVER_LIMITS, ...options.limits }
  const needsCredentials = options.rules.credentials !== undefined
  const server: QuickSmtpServer = new QuickSmtpServer(
    { ...smtpServerOptions(options, limits), ...handlers(options, () => server) },
    { clock, limits, needsCredentials, onRefused: (reason: ConnectionRefusal) => onRefused(reason) },
  )
  // Broken handshakes and connections: theirs to worry about.
  server.on('error', (error) => log.debug('mail.connection-error', { section, reason: error.message }))
  const at: InetAddress = { family: host.includes(':') ? 6 : 4, host, port }
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(section, formatInetAddress(at), error))
    server.server.once('error', onError)
    server.listen({ host, port, exclusive: true }, () => {
      server.server.off('error', onError)
      resolve()
    })
  })
  const bound = server.server.address()
  return {
    address: { ...at, port: typeof bound === 'object' && bound !== null ? bound.port : port },
    stop: (graceMs) => server.stop(graceMs),
  }
}

function smtpServerOptions(options: MailServerOptions, limits: MailServerLimits): SMTPServerOptions {
  const { tls, rules, name, protocol, maxMailOctets } = options
  return {
    name,
    lmtp: protocol === 'lmtp',
    size: maxMailOctets,
    secure: tls?.security === 'tls',
    ...(tls === undefined ? {} : { key: tls.key, cert: tls.cert, minVersion: 'TLSv1.2' }),
    hideSTARTTLS: tls?.security !== 'starttls',
    disabledCommands: disabledCommands(options, true),
    // Ours to ask for (`rules.credentials`), so that refusals are counted.
    authOptional: true,
    authMethods: ['PLAIN', 'LOGIN'],
    allowInsecureAuth: rules.credentials?.inTheClear ?? false,
    maxAllowedUnauthenticatedCommands: limits.unauthenticatedCommands,
    maxClients: limits.clients,
    maxRecipients: limits.recipients,
    maxCommandLength: limits.commandOctets,
    socketTimeout: limits.idleMs,
    disableReverseLookup: true, // a DNS query per connection otherwise
    hideSMTPUTF8: true,
    logger: false,
  }
}

function disabledCommands({ tls, rules }: MailServerOptions, isSecure: boolean): string[] {
  const mayLogIn = rules.credentials !== undefined && (isSecure || rules.credentials.inTheClear)
  return [
    ...NEVER_COMMANDS,
    ...(tls?.security === 'starttls' ? [] : ['STARTTLS']),
    // Not even offered in the clear: clients would send the secret before they heard that it is not wanted.
    ...(mayLogIn ? [] : ['AUTH']),
  ]
}

function handlers(options: MailServerOptions, server: () => QuickSmtpServer): SMTPServerOptions {
  const { rules, onRefused } = options
  const refuse = (refusal: Refusal): Error => {
    onRefused(refusal.reason)
    return replyError(refusal)
  }
  const settle = (refusal: Refusal | null | undefined, callback: (error?: Error | null) => void): void =>
    refusal === null || refusal === undefined ? callback() : callback(refuse(refusal))
  return {
    onConnect: (session, callback) => {
      session.disabledCommands = disabledCommands(options, session.secure)
      settle(rules.client?.(session.remoteAddress), callback)
    },
    onSecure: (_socket, session, callback) => {
      session.disabledCommands = disabledCommands(options, true)
      callback()
    },
    onAuth: ({ username, password }, _session, callback) => {
      if (rules.credentials?.accepts(username ?? '', password ?? '')) callback(null, { user: 'accepted' })
      else callback(refuse(BAD_CREDENTIALS))
    },
    onMailFrom: ({ address }, session, callback) => {
      if (rules.credentials !== undefined && session.user !== 'accepted') return callback(refuse(NOT_LOGGED_IN))
      const mailbox = asciiMailbox(address)
      settle(mailbox === null ? BAD_MAILBOX : rules.sender?.(mailbox), callback)
    },
    onRcptTo: ({ address }, session, callback) => {
      const mailbox = asciiMailbox(address)
      settle(mailbox === null ? BAD_MAILBOX : rules.recipient(mailbox, session.envelope.rcptTo.length), callback)
    },
    onData: (stream, session, callback) => {
      void answer(options, stream, session).then((reply) => {
        if (reply === null) return
        if (reply.code >= 400) callback(replyError(reply))
        else callback(null, reply.text)
        if (server().isStopping) server().closeIdle()
      })
    },
  }
}

/** null: nobody is there to be told. */
async function answer(
  { rules, maxMailOctets, onRefused, log, section }: MailServerOptions,
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
): Promise<Reply | null> {
  const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
  const to = envelope.rcptTo.map(({ address }) => asciiMailbox(address)!)
  const collected = await collectMail(stream, maxMailOctets)
  if (collected.at === 'broken-off') {
    onRefused('broken-off')
    return null
  }
  if (collected.at === 'refused') {
    onRefused(collected.fault)
    return FAULT_REPLIES[collected.fault]
  }
  try {
    return await rules.mail(collected.mail, { from: asciiMailbox(from)!, to })
  } catch (error) {
    log.error('mail.rule-failed', { section, reason: (error as Error).message })
    return { code: 451, text: '4.3.0 local error' }
  }
}

function replyError({ code, text }: Reply): Error {
  return Object.assign(new Error(text), { responseCode: code })
}

/** smtp-server gives domains in Unicode; on the wire they were ASCII, or the client asked for what we do not offer. */
function asciiMailbox(address: string): string | null {
  const at = address.lastIndexOf('@') + 1
  const isAscii = /^[\x20-\x7e]*$/
  const mailbox = isAscii.test(address) ? address : address.slice(0, at) + domainToASCII(address.slice(at))
  return isAscii.test(mailbox) && !mailbox.endsWith('@') ? mailbox : null
}
