/** How Postern loads this package by name (paper section 2.2), and how a program uses it without a core. */
import {
  checkContractVersion,
  type InitTransport,
  openTransport,
  type StandaloneNode,
  type StandaloneOptions,
} from '@postern/transport-api'
import { readPigeonSettings } from './pigeon-settings.js'
import { PigeonTransport } from './pigeon-transport.js'

/** Throws ConfigError or ERR_CONTRACT_VERSION; touches no disk before `startTransportServer`. */
export const inittransport_pigeon: InitTransport = (core, env) => {
  checkContractVersion(core)
  return new PigeonTransport(core, env, readPigeonSettings(env.config))
}

/** Pigeons alone: unencrypted, unauthenticated messages between two programs. Rejects with TransportError. */
export const openPigeon = (options: StandaloneOptions): Promise<StandaloneNode> =>
  openTransport('pigeon', inittransport_pigeon, options)
