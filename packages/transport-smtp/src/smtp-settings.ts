/** The settings of `[smtp]`, read and judged once (packages/transport-smtp/README.md lists them). */
import type { NodeId } from '@postern/crypto'
import type { ConfigSection } from '@postern/transport-api'
import {
  DEFAULT_CONNECTIONS,
  DEFAULT_COST,
  DEFAULT_MAX_LATENCY_MS,
  DEFAULT_MAX_MAIL_OCTETS,
  LARGEST_MAX_MAIL_OCTETS,
  MIN_MAX_MAIL_OCTETS,
  STAGE_TIMEOUT_MS,
} from './constants.js'
import { defaultFilterLine, type FilterLine, parseFilterLine } from './mail/filter-line.js'
import { type Mailbox, parseMailbox } from './mail/mail-address.js'
import { MailPolicy } from './mail/mail-policy.js'
import type { SenderOptions } from './sending/mail-sender.js'

/** Where the listener stands: an MTA, or the embedded relay, hands mail straight over. */
export interface ListenerSettings {
  readonly protocol: 'smtp' | 'lmtp'
  /** IP literal. */
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
}

export interface SmtpSettings {
  /** Our own: in `From:`, and where we are reached. */
  readonly address: Mailbox
  /** null: we receive only. */
  readonly submit: SenderOptions | null
  /** null: we send only, and are not advertised. */
  readonly inbox: ListenerSettings | null
  /** The one we advertise. */
  readonly filterLine: FilterLine
  /** That one, and those that HELOs under way may still name. */
  readonly acceptedFilterLines: readonly FilterLine[]
  readonly envelope: 'null' | 'own'
  readonly maxMailOctets: number
  readonly maxLatencyMs: number
  readonly cost: number
  readonly policy: MailPolicy
}

/** Throws ConfigError; what may hold a password is never shown. */
export function readSmtpSettings(config: ConfigSection, nodeId: NodeId): SmtpSettings {
  const address = readAddress(config)
  const filterLine = readFilterLine(config, 'filter', config.text('filter') ?? defaultFilterLine(nodeId))
  const older = config.strings('acceptedFilters', []).map((line) => readFilterLine(config, 'acceptedFilters', line))
  const all: SmtpSettings = {
    address,
    submit: readSubmit(config, address),
    inbox: readInbox(config),
    filterLine,
    acceptedFilterLines: [filterLine, ...older],
    envelope: readEnvelope(config),
    maxMailOctets: config.integer('maxMailOctets', {
      min: MIN_MAX_MAIL_OCTETS,
      max: LARGEST_MAX_MAIL_OCTETS,
      fallback: DEFAULT_MAX_MAIL_OCTETS,
    }),
    maxLatencyMs: config.integer('maxLatencyMs', { min: 1_000, max: 0xffff_ffff, fallback: DEFAULT_MAX_LATENCY_MS }),
    cost: config.integer('cost', { min: 0, max: 0xffff_ffff, fallback: DEFAULT_COST }),
    policy: readPolicy(config),
  }
  config.refuseUnknown()
  return all
}

function readAddress(config: ConfigSection): Mailbox {
  const expectation = 'your own mailbox, such as "me@example.org"'
  const text = config.text('address')
  return (text === null ? null : parseMailbox(text)) ?? config.refuse('address', expectation)
}

function readFilterLine(config: ConfigSection, key: string, text: string): FilterLine {
  return parseFilterLine(text) ?? config.refuse(key, 'a header line such as "X-mailer: GNUnet"')
}

/** `smtps://user:password@host`, or `smtp://…` with STARTTLS; `submitSecurity = "none"` for a relay on this machine. */
function readSubmit(config: ConfigSection, address: Mailbox): SenderOptions | null {
  const wished = config.text('submitSecurity')
  const ca = config.text('submitCa')
  const connections = config.integer('connections', { min: 1, max: 64, fallback: DEFAULT_CONNECTIONS })
  const timeoutMs = config.integer('timeoutMs', { min: 100, max: 600_000, fallback: STAGE_TIMEOUT_MS })
  const plaintextCredentials = config.flag('plaintextCredentials', false)
  if (wished !== null && wished !== 'tls' && wished !== 'starttls' && wished !== 'none')
    return config.refuse('submitSecurity', '"tls", "starttls" or "none"')
  const text = config.secretText('submit')
  if (text === null) return null
  const url = parseUrl(text)
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '')
    return config.refuseSecret(
      'submit',
      'a URL such as "smtps://user:password@mail.example.org" or "smtp://127.0.0.1:2525"',
    )
  const security = wished ?? (url.protocol === 'smtps:' ? 'tls' : 'starttls')
  const auth =
    url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }
  if (url.username !== '' && security === 'none' && !plaintextCredentials)
    return config.refuse(
      'plaintextCredentials',
      'true, or no password in `submit`: without TLS it would be sent in the clear',
    )
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (security === 'tls' ? 465 : 587) : Number(url.port),
    security,
    ...auth,
    ...(ca === null ? {} : { ca }),
    plaintextCredentials,
    name: address.slice(address.lastIndexOf('@') + 1),
    connections,
    timeoutMs,
  }
}

/** `listen://127.0.0.1:2525` or `listen+lmtp://…`: we are the server. Pipe, maildir, POP3 and IMAP are not built yet. */
function readInbox(config: ConfigSection): ListenerSettings | null {
  const text = config.secretText('inbox')
  if (text === null) return null
  const match = /^listen(\+lmtp)?:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d{1,5}))?\/?$/.exec(text)
  const port = Number(match?.[3] ?? 0)
  if (match === null || port > 0xffff)
    return config.refuseSecret('inbox', 'where to listen, such as "listen://127.0.0.1:2525"')
  return { protocol: match[1] === undefined ? 'smtp' : 'lmtp', host: match[2]!.replace(/^\[|\]$/g, ''), port }
}

function readEnvelope(config: ConfigSection): 'null' | 'own' {
  const text = config.text('envelope') ?? 'null'
  return text === 'null' || text === 'own' ? text : config.refuse('envelope', '"null" or "own"')
}

function readPolicy(config: ConfigSection): MailPolicy {
  const list = (key: string): readonly string[] => {
    const entries = config.strings(key, [])
    return entries.every((entry) => MailPolicy.isEntry(entry))
      ? entries
      : config.refuse(key, 'mailboxes or domains such as "me@example.org" or "example.org"')
  }
  return new MailPolicy({ allow: list('allow'), deny: list('deny') })
}

function parseUrl(text: string): URL | null {
  try {
    const url = new URL(text)
    decodeURIComponent(url.username) // a lone % throws
    decodeURIComponent(url.password)
    return url
  } catch {
    return null
  }
}
