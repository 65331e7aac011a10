/** The settings that every transport over IP has, read from its section of the configuration. */
import type { ConfigSection } from '../config-section.js'
import { ConfigError } from '../errors.js'
import { familyOf, formatInetAddress, formatIp, parseInetAddress, parseIp, unmap } from './inet-address.js'
import { type InterfaceAddress, NetworkPolicy } from './network-policy.js'
import { isNetwork, Networks } from './networks.js'

/** Where other nodes are told to reach us: what we listen on, nowhere, or just these. port null: the one we listen on. */
export type Advertise = 'auto' | 'none' | readonly { readonly host: string; readonly port: number | null }[]

export interface InetSettings {
  /** 0: one that is free. */
  readonly port: number
  /** Canonical IP literals. */
  readonly listen: readonly string[]
  /** The operator named them: one that does not exist here is a mistake, not a circumstance. */
  readonly listenChosen: boolean
  readonly advertise: Advertise
  readonly policy: NetworkPolicy
  /** The addresses of this machine, as they are now. */
  readonly interfaces: () => readonly InterfaceAddress[]
}

const LISTEN_EVERYWHERE = ['0.0.0.0', '::'] as const

/** Reads `port`, `listen`, `advertise`, `allow` and `deny`. Throws ConfigError. */
export function readInetSettings(config: ConfigSection, interfaces: () => readonly InterfaceAddress[]): InetSettings {
  const networks = (key: string): readonly string[] => {
    const list = config.strings(key, [])
    return list.every(isNetwork) ? list : config.refuse(key, 'networks such as "10.0.0.0/8" or "fd00::/8"')
  }
  const listen = readListen(config)
  const policy = new NetworkPolicy({ allow: networks('allow'), deny: networks('deny'), interfaces })
  return {
    port: config.integer('port', { min: 0, max: 0xffff, fallback: 0 }),
    listen,
    listenChosen: config.has('listen'),
    advertise: readAdvertise(config, listen, policy),
    policy,
    interfaces,
  }
}

/** A family has its unspecified address alone, or others, each once. */
function readListen(config: ConfigSection): readonly string[] {
  const entries = config.strings('listen', LISTEN_EVERYWHERE).map((text) => {
    const octets = parseIp(text) ?? config.refuse('listen', 'IP addresses such as "0.0.0.0" or "::"')
    return { text, octets, host: formatIp(octets) }
  })
  const hosts = entries.map(({ host }) => host)
  for (const [at, { text, octets, host }] of entries.entries()) {
    const fault = listenFault(octets, host, hosts.slice(0, at), hosts)
    if (fault !== null) throw new ConfigError(config.name, 'listen', `${JSON.stringify(text)}: ${fault}`)
  }
  return hosts
}

const MULTICAST = new Networks(['224.0.0.0/4', 'ff00::/8'])
/** Those of IPv4 need no zone. */
const ZONED = new Networks(['fe80::/10'])

/** What is wrong with an entry of `listen`, and what to do; null: nothing. */
function listenFault(
  octets: Uint8Array,
  host: string,
  before: readonly string[],
  all: readonly string[],
): string | null {
  const plain = unmap(octets)
  if (plain !== octets) return `an IPv4-mapped address; write ${JSON.stringify(formatIp(plain))}`
  if (MULTICAST.has(host)) return 'a multicast address, which no machine has; write one of this machine'
  if (ZONED.has(host))
    return 'a link-local address means nothing without a zone; write another one of this machine, or "::"'
  if (before.includes(host)) return 'stands there twice; take one out'
  const everywhere = familyOf(host) === 6 ? '::' : '0.0.0.0'
  if (host === everywhere || !all.includes(everywhere)) return null
  return `"${everywhere}" covers it; take one of the two out`
}

function readAdvertise(config: ConfigSection, listen: readonly string[], policy: NetworkPolicy): Advertise {
  const list = config.strings('advertise', ['auto'])
  if (list.length === 1 && (list[0] === 'auto' || list[0] === 'none')) return list[0]
  return list.map((text) => {
    const endpoint = parseInetAddress(text)
    // Nobody can dial port 0: every peer would refuse the address.
    if (endpoint === null || endpoint.port === 0) {
      const expectation = '"auto", "none" or addresses such as "192.0.2.7:4001" or "[2001:db8::7]:4001"'
      return config.refuse('advertise', expectation)
    }
    const fault = advertiseFault(endpoint, listen, policy)
    if (fault !== null) throw new ConfigError(config.name, 'advertise', `${JSON.stringify(text)}: ${fault}`)
    return endpoint
  })
}

/** What is wrong with an entry of `advertise`, and what to do; null: nothing. */
function advertiseFault(
  { host, port }: { readonly host: string; readonly port: number | null },
  listen: readonly string[],
  policy: NetworkPolicy,
): string | null {
  if (policy.isUnreachable(host))
    return 'every peer refuses such an address (loopback, link-local, multicast and the like); take it out, or add it to `allow`'
  const family = familyOf(host)
  if (port !== null || listen.some((one) => familyOf(one) === family)) return null
  const complete = JSON.stringify(formatInetAddress({ family, host, port: 4001 }))
  return `nothing in \`listen\` is IPv${family}, so its port is not known; write it, as in ${complete}`
}
