/**
 * The embedded relay (DESIGN section 5): takes mail for the recipients it has routes to, keeps it until it is delivered. Mails are
 * forwarded to the octet, without a Received field: what was accepted has no line ends but CRLF. It asks no DNS and sends no
 * bounces; without an MX record that names it, it does not reach the Internet.
 */
import { ConfigError, type InetAddress, silentLog, systemClock, systemRandom } from '@postern/transport-api'
import { LARGEST_MAX_MAIL_OCTETS } from '../constants.js'
import { largestMailOctets } from '../mail/read-mail.js'
import { openMailServer } from '../receiving/mail-server.js'
import { createNodemailerSender } from '../sending/nodemailer-sender.js'
import { DiskSpool } from './disk-spool.js'
import { createMemorySpool } from './memory-spool.js'
import { RelayCounters } from './relay-counters.js'
import {
  DEFAULT_CLOSE_TIMEOUT_MS,
  DEFAULT_CONNECTIONS_PER_ROUTE,
  DEFAULT_EXPIRY_MS,
  DEFAULT_SEND_TIMEOUT_MS,
  DISK_LIMITS,
  FRESH_MAILS_OCTETS,
  MEMORY_LIMITS,
  type RelayOptions,
} from './relay-options.js'
import { isSameServer, parseTarget, routeFinder } from './routes.js'
import type { Spool } from './spool.js'
import { StoreAndForward } from './store-and-forward.js'
import { submissionRules } from './submission.js'

export type { RelayOptions } from './relay-options.js'

export interface Relay extends AsyncDisposable {
  readonly address: InetAddress
  /** Mails accepted whose fate is open. */
  readonly queued: number
  /** Totals by name, monotonic: received, recovered, delivered, retried, givenUp, damaged, lost, `refused.*`. */
  counters(): Readonly<Record<string, number>>
  /** Takes no more mail, finishes what is under way or leaves it to the spool. Bounded in time, idempotent. */
  close(): Promise<void>
}

/** How long submitting clients have to hear the reply to their mail. */
const SUBMISSION_GRACE_MS = 1_000
const SECTION = 'relay'

/** Listening, and sending what an earlier run left. Rejects with ConfigError, TransportError ERR_LISTEN_*, or what the spool directory says. */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const { clock = systemClock, random = systemRandom, log = silentLog, tokens = [] } = options
  const {
    host = '127.0.0.1',
    port = 0,
    name = 'relay.invalid',
    tls,
    closeTimeoutMs = DEFAULT_CLOSE_TIMEOUT_MS,
  } = options
  const limits = { ...(options.durability === 'disk' ? DISK_LIMITS : MEMORY_LIMITS), ...options.limits }
  const counters = new RelayCounters()
  // Our own sender speaks SMTP only; whoever gives a createSender may use LMTP routes.
  const protocols = options.createSender === undefined ? (['smtp'] as const) : (['smtp', 'lmtp'] as const)
  let own: InetAddress | null = null
  const findRoute = routeFinder(options.routes, {
    section: SECTION,
    protocols,
    log,
    isSelf: (target) => own !== null && isSameServer(target, own),
  })
  const createSender = options.createSender ?? ((sender) => createNodemailerSender(sender, log, clock))
  const forward = new StoreAndForward({
    spool: createSpool(options, limits.setAside, counters),
    findRoute,
    limits,
    counters,
    clock,
    random,
    log,
    connections: options.connectionsPerRoute ?? DEFAULT_CONNECTIONS_PER_ROUTE,
    expiryMs: options.expiryMs ?? DEFAULT_EXPIRY_MS,
    createSender: (target, connections) =>
      createSender({
        protocol: target.protocol,
        host: target.host,
        port: target.port,
        security: 'none',
        name,
        connections,
        timeoutMs: options.sendTimeoutMs ?? DEFAULT_SEND_TIMEOUT_MS,
      }),
  })
  const rules = submissionRules({
    section: SECTION,
    tokens,
    tls,
    findRoute,
    plaintextCredentials: options.plaintextCredentials ?? false,
    hasRoom: (target) => forward.hasRoom(target),
    accept: (mail, envelope) => forward.accept(mail, envelope),
  })
  try {
    await forward.open()
    const server = await openMailServer({
      section: SECTION,
      host,
      port,
      name,
      protocol: 'smtp',
      rules,
      clock,
      log,
      ...(tls === undefined ? {} : { tls }),
      ...(options.serverLimits === undefined ? {} : { limits: options.serverLimits }),
      maxMailOctets: options.maxMailOctets ?? largestMailOctets(LARGEST_MAX_MAIL_OCTETS),
      onRefused: (reason) => counters.refused(reason),
    })
    let closed: Promise<void> | null = null
    const close = (): Promise<void> => {
      closed ??= server
        .stop(SUBMISSION_GRACE_MS)
        .then(() => forward.close({ drain: options.durability === 'memory', limitMs: closeTimeoutMs }))
      return closed
    }
    try {
      own = server.address
      refuseSelf(options, own)
      forward.start()
    } catch (error) {
      await close()
      throw error
    }
    return {
      address: server.address,
      get queued() {
        return forward.size
      },
      counters: () => counters.snapshot(),
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await forward.close({ drain: false, limitMs: 0 })
    throw error
  }
}

function createSpool(options: RelayOptions, maxSetAside: number, counters: RelayCounters): Spool {
  if (options.durability === 'memory') return createMemorySpool()
  return new DiskSpool({
    section: SECTION,
    directory: options.spool,
    maxSetAside,
    maxFreshOctets: FRESH_MAILS_OCTETS,
    log: options.log ?? silentLog,
    onDamaged: () => counters.add('damaged'),
  })
}

/** Throws ConfigError: a mail to such a recipient would circle. */
function refuseSelf({ routes }: RelayOptions, address: InetAddress): void {
  if (typeof routes === 'function') return
  const own = Object.values(routes).find((text) => {
    const target = parseTarget(text)
    return target !== null && isSameServer(target, address)
  })
  if (own !== undefined) throw new ConfigError(SECTION, 'routes', `${own} is the relay itself`)
}
