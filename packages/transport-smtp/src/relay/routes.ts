/** Which server a recipient's mail is handed to. What has no route is not accepted: a relay is nobody's way to the Internet. */
import { ConfigError, type InetAddress, type Logger } from '@postern/transport-api'

/**
 * By mailbox, else by `@domain`, without case: `smtp://host:port` or `lmtp://host:port`, without TLS. A function gives the same,
 * or null. Two relays must not name each other: mails carry no trace of where they were, so they would circle for ever.
 */
export type Routes = Readonly<Record<string, string>> | ((mailbox: string) => string | null)

export interface RouteTarget {
  /** The same for the same server. */
  readonly key: string
  readonly protocol: 'smtp' | 'lmtp'
  readonly host: string
  readonly port: number
}

export type FindRoute = (mailbox: string) => RouteTarget | null

export interface RouteFinderOptions {
  /** Of the configuration, for errors. */
  readonly section: string
  /** The ones that the senders at hand speak. */
  readonly protocols: readonly RouteTarget['protocol'][]
  readonly log: Logger
  /** Is that the relay itself? Asked of what a function gives. */
  readonly isSelf: (target: RouteTarget) => boolean
}

/** Throws ConfigError for a table that cannot be used; what a function gives is judged when it gives it. */
export function routeFinder(routes: Routes, { section, protocols, log, isSelf }: RouteFinderOptions): FindRoute {
  const usable = (text: string): RouteTarget | null => {
    const target = parseTarget(text)
    return target !== null && protocols.includes(target.protocol) ? target : null
  }
  if (typeof routes === 'function') {
    return (mailbox) => {
      try {
        const text = routes(mailbox)
        const target = text === null ? null : usable(text)
        if (target === null || !isSelf(target)) return target
        log.error('relay.route-to-self', { route: target.key })
      } catch (error) {
        log.error('relay.routes-threw', { reason: (error as Error).message })
      }
      return null
    }
  }
  const table = new Map<string, RouteTarget>()
  for (const [recipient, text] of Object.entries(routes)) {
    const target = usable(text)
    if (target === null || !/^[^@\s]*@[^@\s]+$/.test(recipient)) {
      const forms = protocols.map((protocol) => `"${protocol}://host:port"`).join(' or ')
      const expectation = `expected a mailbox or "@domain", and ${forms}`
      throw new ConfigError(
        section,
        'routes',
        `${expectation}, not ${JSON.stringify(recipient)}: ${JSON.stringify(text)}`,
      )
    }
    table.set(recipient.toLowerCase(), target)
  }
  return (mailbox) => {
    const name = mailbox.toLowerCase()
    return table.get(name) ?? table.get(name.slice(name.lastIndexOf('@'))) ?? null
  }
}

/** Would a mail sent to `target` come back to who listens at `own`? On loopback and wildcard addresses every name of this machine counts. */
export function isSameServer({ host, port }: RouteTarget, own: InetAddress): boolean {
  return port === own.port && (host === own.host || (isHere(host) && isHere(own.host)))
}

function isHere(host: string): boolean {
  const name = host.replace(/^::ffff:/, '').replace(/\.$/, '')
  return /^(localhost|127(\.\d+){1,3}|0\.0\.0\.0|0|::|::1|(0+:){1,7}:?0*1?)$/.test(name)
}

/** null: not a route. */
export function parseTarget(text: string): RouteTarget | null {
  const match = /^(smtp|lmtp):\/\/(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})\/?$/i.exec(text)
  if (match === null) return null
  const protocol = match[1]!.toLowerCase() === 'lmtp' ? 'lmtp' : 'smtp'
  const host = (match[2] ?? match[3])!.toLowerCase()
  const port = Number(match[4])
  return port < 1 || port > 0xffff ? null : { key: `${protocol}://${host}:${port}`, protocol, host, port }
}
