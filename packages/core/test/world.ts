/** A core on a virtual clock, with a log that can be read. */

import { VirtualClock } from '@postern/transport-testkit'
import {
  type Core,
  type CoreEvent,
  type CoreOptions,
  createCore,
  createIdentity,
  type LogFields,
  type Logger,
} from '../src/index.js'

export interface World {
  readonly core: Core
  readonly clock: VirtualClock
  /** `level event` and its fields. */
  readonly log: readonly (readonly [name: string, fields: LogFields | undefined])[]
  readonly events: readonly CoreEvent[]
}

export async function worldOf(
  transports: CoreOptions['transports'],
  options: Partial<CoreOptions> = {},
): Promise<World> {
  const clock = new VirtualClock()
  const log: [string, LogFields | undefined][] = []
  const line = (level: string) => (event: string, fields?: LogFields) => void log.push([`${level} ${event}`, fields])
  const logger: Logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const core = await createCore({ identity: createIdentity(), transports, env: { clock, log: logger }, ...options })
  const events: CoreEvent[] = []
  core.watch((event) => events.push(event))
  return { core, clock, log, events }
}

/** Everything that promises have to do now, and what follows from it. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
