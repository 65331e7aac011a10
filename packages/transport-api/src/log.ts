/** Libraries say what happened as named events with fields; where that goes is the application's choice. Never key material, never bodies. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

const nothing = (): void => {}

export const silentLog: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
