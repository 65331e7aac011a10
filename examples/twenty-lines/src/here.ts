/**
 * What differs from one machine to another: settings that replace those in the programs. Two machines need none but your own mail
 * account; on a single one, as in the tests, the environment variable TWENTY_LINES holds them as JSON.
 */
import { mailTelling } from 'postern-stage'

type Settings = Readonly<Record<string, unknown>>

export interface Here {
  readonly udp?: Settings
  readonly tcp?: Settings
  readonly smtp?: Settings
}

/** Mail is handed over at a free port: the process that started us, whose relay brings it, is told which. */
const tellingItsPort = mailTelling((mailbox, port) => process.send?.({ mailbox, port }))

const given: Here = JSON.parse(process.env.TWENTY_LINES ?? '{}')

export const here: Here = { ...given, ...(given.smtp && { smtp: { init: tellingItsPort, ...given.smtp } }) }
