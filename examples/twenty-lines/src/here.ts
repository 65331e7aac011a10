/**
 * What differs from one machine to another: settings that replace those in the programs. Two machines need none but your own mail
 * account; on a single one, as in the tests, the environment variable TWENTY_LINES holds them as JSON.
 */
import type { InitTransport } from '@postern/core'
import { inittransport_smtp } from '@postern/transport-smtp'

type Settings = Readonly<Record<string, unknown>>

export interface Here {
  readonly udp?: Settings
  readonly tcp?: Settings
  readonly smtp?: Settings
}

/** Mail is handed over at a free port: the process that started us, whose relay brings it, is told which. */
const tellingItsPort: InitTransport = (core, env) => {
  const info = (event: string, fields: Settings = {}): void => {
    if (event === 'mail.listening') process.send?.({ mailbox: fields.mailbox, port: fields.port })
  }
  return inittransport_smtp(core, { ...env, log: { ...env.log, info } })
}

const given: Here = JSON.parse(process.env.TWENTY_LINES ?? '{}')

export const here: Here = { ...given, ...(given.smtp && { smtp: { init: tellingItsPort, ...given.smtp } }) }
