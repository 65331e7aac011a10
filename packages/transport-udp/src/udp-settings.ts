/** The settings of `[udp]`, read and judged once (packages/transport-udp/README.md lists them). */
import { networkInterfaces } from 'node:os'
import {
  type ConfigSection,
  type InetSettings,
  type InterfaceAddress,
  interfaceAddresses,
  readInetSettings,
} from '@postern/transport-api'
import {
  DATAGRAM_HEADER_OCTETS,
  DEFAULT_COST,
  IDLE_MS,
  IPV4_DATAGRAM_OCTETS,
  IPV6_DATAGRAM_OCTETS,
  MAX_UNHELD_SESSIONS,
  MIN_DATAGRAM_OCTETS,
} from './constants.js'

export interface UdpSettings extends InetSettings {
  readonly cost: number
  readonly idleMs: number
  readonly maxUnheldSessions: number
  /** Octets of msg that fit a datagram of this family. */
  mtuOf(family: 4 | 6): number
}

/** The addresses of this machine, asked anew each time: laptops roam. */
const systemInterfaces = (): readonly InterfaceAddress[] => interfaceAddresses(networkInterfaces())

/** Throws ConfigError. */
export function readUdpSettings(
  config: ConfigSection,
  interfaces: InetSettings['interfaces'] = systemInterfaces,
): UdpSettings {
  const settings = readInetSettings(config, interfaces)
  if (settings.listen.length === 0)
    config.refuse('listen', 'at least one address (to send only, set advertise = "none")')
  const datagramOctets = config.integer('datagramOctets', {
    min: MIN_DATAGRAM_OCTETS,
    max: IPV4_DATAGRAM_OCTETS,
    fallback: IPV4_DATAGRAM_OCTETS,
  })
  const all: UdpSettings = {
    ...settings,
    cost: config.integer('cost', { min: 0, max: 0xffff_ffff, fallback: DEFAULT_COST }),
    idleMs: config.integer('idleMs', { min: 1_000, max: 86_400_000, fallback: IDLE_MS }),
    maxUnheldSessions: config.integer('maxUnheldSessions', { min: 1, max: 1_000_000, fallback: MAX_UNHELD_SESSIONS }),
    mtuOf: (family) =>
      Math.min(datagramOctets, family === 6 ? IPV6_DATAGRAM_OCTETS : IPV4_DATAGRAM_OCTETS) - DATAGRAM_HEADER_OCTETS,
  }
  config.refuseUnknown()
  return all
}
