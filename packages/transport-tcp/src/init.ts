/** How Postern loads this package by name (paper section 2.2), and how a program uses it without a core. */
import {
  checkContractVersion,
  type InitTransport,
  openTransport,
  type StandaloneNode,
  type StandaloneOptions,
} from '@postern/transport-api'
import { readTcpSettings } from './tcp-settings.js'
import { TcpTransport } from './tcp-transport.js'

/** Throws ConfigError or ERR_CONTRACT_VERSION; opens nothing before `startTransportServer`. */
export const inittransport_tcp: InitTransport = (core, env) => {
  checkContractVersion(core)
  return new TcpTransport(core, env, readTcpSettings(env.config))
}

/** TCP alone: unencrypted, unauthenticated messages between two programs. Rejects with TransportError. */
export const openTcp = (options?: StandaloneOptions): Promise<StandaloneNode> =>
  openTransport('tcp', inittransport_tcp, options)
