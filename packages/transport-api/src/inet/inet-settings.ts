/** The settings that every transport over IP has, read from its section of the configuration. */
import type { ConfigSection } from '../config-section.js'
import { formatIp, parseInetAddress, parseIp } from './inet-address.js'
import { type InterfaceAddress, NetworkPolicy } from './network-policy.js'
import { isNetwork } from './networks.js'

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
}

const LISTEN_EVERYWHERE = ['0.0.0.0', '::'] as const

/** Reads `port`, `listen`, `advertise`, `allow` and `deny`. Throws ConfigError. */
export function readInetSettings(config: ConfigSection, interfaces: () => readonly InterfaceAddress[]): InetSettings {
  const networks = (key: string): readonly string[] => {
    const list = config.strings(key, [])
    return list.every(isNetwork) ? list : config.refuse(key, 'networks such as "10.0.0.0/8" or "fd00::/8"')
  }
  const listen = config.strings('listen', LISTEN_EVERYWHERE).map((text) => {
    const octets = parseIp(text)
    return octets === null ? config.refuse('listen', 'IP addresses such as "0.0.0.0" or "::"') : formatIp(octets)
  })
  return {
    port: config.integer('port', { min: 0, max: 0xffff, fallback: 0 }),
    listen,
    listenChosen: config.has('listen'),
    advertise: readAdvertise(config),
    policy: new NetworkPolicy({ allow: networks('allow'), deny: networks('deny'), interfaces }),
  }
}

function readAdvertise(config: ConfigSection): Advertise {
  const list = config.strings('advertise', ['auto'])
  if (list.length === 1 && (list[0] === 'auto' || list[0] === 'none')) return list[0]
  return list.map((text) => {
    const endpoint = parseInetAddress(text)
    // Nobody can dial port 0: every peer would refuse the address.
    if (endpoint !== null && endpoint.port !== 0) return endpoint
    return config.refuse('advertise', '"auto", "none" or addresses such as "192.0.2.7:4001" or "[2001:db8::7]:4001"')
  })
}
