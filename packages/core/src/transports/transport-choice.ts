/** One transport as the program, or the operator's configuration file, asks for it. */
import { ConfigError, entryOf, type InitTransport } from '@postern/transport-api'
import { CoreError } from '../errors.js'
import { MAX_TRANSPORT_NAME_CHARACTERS } from '../limits.js'

export interface TransportChoice {
  /** The transport's entry. Left out: it is loaded by name. */
  readonly init?: InitTransport
  /** What to load instead of `@postern/transport-NAME`. */
  readonly module?: string
  /** Everything else is the transport's own section of the configuration. */
  readonly [setting: string]: unknown
}

/** A choice that was found sound. */
export interface TransportRequest {
  readonly name: string
  readonly init: InitTransport | null
  readonly module: string | null
  readonly settings: Readonly<Record<string, unknown>>
}

const NAME = /^[A-Za-z0-9_-]+$/

/** Throws ERR_TRANSPORT_NAME, ERR_TRANSPORT_ENTRY, ERR_CONFIG. */
export function readChoice(name: string, choice: unknown): TransportRequest {
  if (!NAME.test(name) || name.length > MAX_TRANSPORT_NAME_CHARACTERS) {
    const allowed = `1 to ${MAX_TRANSPORT_NAME_CHARACTERS} letters, digits, "_" and "-"`
    throw new CoreError('ERR_TRANSPORT_NAME', `transport ${JSON.stringify(name)}: a name is made of ${allowed}`)
  }
  if (typeof choice !== 'object' || choice === null || Array.isArray(choice)) {
    throw new CoreError('ERR_TRANSPORT_ENTRY', `transport ${name}: expected a table of settings`)
  }
  const { init, module, ...settings } = choice as TransportChoice
  if (init !== undefined && typeof init !== 'function') {
    throw new CoreError('ERR_TRANSPORT_ENTRY', `transport ${name}: \`init\` is to be the function ${entryOf(name)}`)
  }
  if (module !== undefined && (typeof module !== 'string' || module === '')) {
    throw new ConfigError(name, 'module', 'expected the name of a package or the path of a file')
  }
  return { name, init: init ?? null, module: module ?? null, settings }
}
