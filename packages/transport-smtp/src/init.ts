/** How Postern loads this package by name (paper section 2.2), and how a program uses it without a core. */
import {
  checkContractVersion,
  type InitTransport,
  openTransport,
  type StandaloneNode,
  type StandaloneOptions,
} from '@postern/transport-api'
import { largestMailOctets } from './mail/read-mail.js'
import { createListenerInbox } from './receiving/listener-inbox.js'
import { createNodemailerSender } from './sending/nodemailer-sender.js'
import { readSmtpSettings } from './smtp-settings.js'
import { SmtpTransport } from './smtp-transport.js'

/** Throws ConfigError or ERR_CONTRACT_VERSION; opens nothing before `startTransportServer`. */
export const inittransport_smtp: InitTransport = (core, env) => {
  checkContractVersion(core)
  const settings = readSmtpSettings(env.config, core.myIdentity)
  const { submit, inbox, address, maxMailOctets } = settings
  return new SmtpTransport(core, env, settings, {
    createSender: submit === null ? null : () => createNodemailerSender(submit, env.log, env.clock),
    createInbox:
      inbox === null
        ? null
        : (onRefused) =>
            createListenerInbox({
              ...inbox,
              mailbox: address,
              maxMailOctets: largestMailOctets(maxMailOctets),
              section: env.config.name,
              clock: env.clock,
              log: env.log,
              onRefused,
            }),
  })
}

/** Mail alone: unencrypted, unauthenticated messages between two programs. Rejects with TransportError. */
export const openSmtp = (options?: StandaloneOptions): Promise<StandaloneNode> =>
  openTransport('smtp', inittransport_smtp, options)
