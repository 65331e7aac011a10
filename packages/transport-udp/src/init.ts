/** How Postern loads this package by name (paper section 2.2), and how a program uses it without a core. */
import {
  checkContractVersion,
  type InitTransport,
  openTransport,
  type StandaloneNode,
  type StandaloneOptions,
} from '@postern/transport-api'
import { readUdpSettings } from './udp-settings.js'
import { UdpTransport } from './udp-transport.js'

/** Throws ConfigError or ERR_CONTRACT_VERSION; opens nothing before `startTransportServer`. */
export const inittransport_udp: InitTransport = (core, env) => {
  checkContractVersion(core)
  return new UdpTransport(core, env, readUdpSettings(env.config))
}

/** UDP alone: unencrypted, unauthenticated messages between two programs. Rejects with TransportError. */
export const openUdp = (options?: StandaloneOptions): Promise<StandaloneNode> =>
  openTransport('udp', inittransport_udp, options)
