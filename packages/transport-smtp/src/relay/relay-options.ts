/** What whoever runs a relay decides, and what it is when nothing was said. */
import type { Clock, Logger, RandomSource } from '@postern/transport-api'
import type { MailServerLimits } from '../receiving/limits.js'
import type { ServerTls } from '../receiving/mail-server.js'
import type { MailSender, SenderOptions } from '../sending/mail-sender.js'
import type { Routes } from './routes.js'

/** Stated always, so that no table compares a disk with a memory. */
export type RelayDurability =
  /** In a directory of the relay's own, on the disk before the 250. One relay at a time. */
  | { readonly durability: 'disk'; readonly spool: string }
  /** What was accepted is lost when the process ends. */
  | { readonly durability: 'memory' }

export interface RelayLimits {
  /** What waits, in all. */
  readonly spoolOctets: number
  readonly mails: number
  readonly mailsPerRoute: number
  /** Servers to deliver to, where routes are a function. */
  readonly routes: number
  /** Mails that were given up, and damaged ones: the oldest make room. */
  readonly setAside: number
}

export type CreateSender = (options: RelaySenderOptions) => MailSender

export interface RelaySenderOptions extends SenderOptions {
  readonly protocol: 'smtp' | 'lmtp'
}

interface RelayCommonOptions {
  readonly routes: Routes
  /** IP literal; 127.0.0.1 when left out. */
  readonly host?: string
  /** 0, one that is free, when left out. */
  readonly port?: number
  /** For greetings and EHLO commands. */
  readonly name?: string
  /** Whoever knows one may submit, as the password of any user. None: whoever is on this machine. */
  readonly tokens?: readonly string[]
  readonly tls?: ServerTls
  /** Tokens may cross the network in the clear. */
  readonly plaintextCredentials?: boolean
  /** 1 MiB and what servers on the way add, when left out. */
  readonly maxMailOctets?: number
  /** Towards each route. */
  readonly connectionsPerRoute?: number
  /** A mail that could not be delivered for so long is given up. */
  readonly expiryMs?: number
  /** Each stage of a dialogue with a route. */
  readonly sendTimeoutMs?: number
  /** What `close` waits for mails under way; in memory, for all mails. */
  readonly closeTimeoutMs?: number
  readonly limits?: Partial<RelayLimits>
  readonly serverLimits?: Partial<MailServerLimits>
  readonly createSender?: CreateSender
  readonly clock?: Clock
  readonly random?: RandomSource
  readonly log?: Logger
}

export type RelayOptions = RelayCommonOptions & RelayDurability

const MIB = 1024 * 1024
export const DISK_LIMITS: RelayLimits = {
  spoolOctets: 1024 * MIB,
  mails: 50_000,
  mailsPerRoute: 20_000,
  routes: 64,
  setAside: 100,
}
export const MEMORY_LIMITS: RelayLimits = { ...DISK_LIMITS, spoolOctets: 64 * MIB, mails: 10_000 }
/** Mails fresh from the network are delivered without reading them back, as long as they take no more than this. */
export const FRESH_MAILS_OCTETS: number = 16 * MIB
/** RFC 5321 section 4.5.4.1: four to five days. */
export const DEFAULT_EXPIRY_MS: number = 5 * 24 * 3_600_000
export const DEFAULT_SEND_TIMEOUT_MS = 60_000
export const DEFAULT_CLOSE_TIMEOUT_MS = 5_000
export const DEFAULT_CONNECTIONS_PER_ROUTE = 4
/** Short ones are guessed: the server can be asked ten times a connection. */
export const MIN_TOKEN_CHARACTERS = 16
