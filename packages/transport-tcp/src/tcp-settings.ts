/** The settings of `[tcp]`, read and judged once (packages/transport-tcp/README.md lists them). */
import { networkInterfaces } from 'node:os'
import { MAX_MTU_OCTETS } from '@postern/helo'
import {
  type ConfigSection,
  type InetSettings,
  type InterfaceAddress,
  interfaceAddresses,
  readInetSettings,
} from '@postern/transport-api'
import {
  DEFAULT_COST,
  DEFAULT_MTU_OCTETS,
  IDLE_MS,
  MAX_INBOUND,
  MAX_INBOUND_PER_SOURCE,
  UNWRITTEN_LIMIT_OCTETS,
} from './constants.js'

export interface TcpSettings extends InetSettings {
  readonly cost: number
  readonly mtu: number
  readonly idleMs: number
  readonly unwrittenLimitOctets: number
  readonly maxInbound: number
  readonly maxInboundPerSource: number
}

/** The addresses of this machine, asked anew each time: laptops roam. */
const systemInterfaces = (): readonly InterfaceAddress[] => interfaceAddresses(networkInterfaces())

/** Throws ConfigError. `listen = []` is the mode without a listener: outbound connections only. */
export function readTcpSettings(
  config: ConfigSection,
  interfaces: InetSettings['interfaces'] = systemInterfaces,
): TcpSettings {
  const count = (key: string, fallback: number): number => config.integer(key, { min: 1, max: 1_000_000, fallback })
  const all: TcpSettings = {
    ...readInetSettings(config, interfaces),
    cost: config.integer('cost', { min: 0, max: 0xffff_ffff, fallback: DEFAULT_COST }),
    mtu: config.integer('mtu', { min: 1, max: MAX_MTU_OCTETS, fallback: DEFAULT_MTU_OCTETS }),
    idleMs: config.integer('idleMs', { min: 1_000, max: 86_400_000, fallback: IDLE_MS }),
    unwrittenLimitOctets: config.integer('unwrittenLimitOctets', {
      min: 1_024,
      max: 2 ** 30,
      fallback: UNWRITTEN_LIMIT_OCTETS,
    }),
    maxInbound: count('maxInbound', MAX_INBOUND),
    maxInboundPerSource: count('maxInboundPerSource', MAX_INBOUND_PER_SOURCE),
  }
  config.refuseUnknown()
  return all
}
