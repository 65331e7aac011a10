/**
 * From a transport's name to its entry (paper section 2.2): the package, then its export. `import` is handed in by the
 * application, so that core depends on no driver and finds those that the application installed.
 */
import { type InitTransport, transportEntry } from '@postern/transport-api'
import { CoreError, messageOf } from '../errors.js'
import type { TransportRequest } from './transport-choice.js'

/** `(specifier) => import(specifier)`, written in the application. */
export type Load = (specifier: string) => Promise<unknown>

export interface LoadedEntry {
  readonly init: InitTransport
  /** Where it is from, for the operator. */
  readonly origin: string
}

/** Throws CoreError ERR_TRANSPORT_NOT_FOUND, ERR_TRANSPORT_LOAD, ERR_TRANSPORT_ENTRY. */
export async function loadEntry({ name, init, module }: TransportRequest, load: Load | null): Promise<LoadedEntry> {
  if (init !== null) return { init, origin: '`init` of the program' }
  if (load === null) {
    const text = `transport ${name}: give its \`init\`, or give core a \`load\` function to find it by name`
    throw new CoreError('ERR_TRANSPORT_ENTRY', text)
  }
  const specifiers = module === null ? [`@postern/transport-${name}`, `postern-transport-${name}`] : [module]
  for (const specifier of specifiers) {
    const found = await loadOne(name, specifier, load)
    if (found !== null) return { init: pickEntry(name, specifier, found.exports), origin: specifier }
  }
  const advice = module === null ? 'install one of them, or set `module`' : 'install it, or change `module`'
  throw new CoreError('ERR_TRANSPORT_NOT_FOUND', `transport ${name}: ${specifiers.join(' or ')} not found; ${advice}`)
}

/** null: there is no such package. A package that is there and cannot be loaded is an error of its own. */
async function loadOne(name: string, specifier: string, load: Load): Promise<{ readonly exports: unknown } | null> {
  try {
    return { exports: await load(specifier) }
  } catch (error) {
    if (isMissing(specifier, error)) return null
    const text = `transport ${name} (${specifier}): loading it failed: ${messageOf(error)}`
    throw new CoreError('ERR_TRANSPORT_LOAD', text, { cause: error })
  }
}

/**
 * Is it `specifier` itself that is missing? A package that is there but lacks one of its own dependencies fails with the
 * same code; only the message of Node says which one was looked for.
 */
function isMissing(specifier: string, error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return false
  const missing = /^Cannot find (?:package|module) ['"]([^'"]+)['"]/.exec(error.message)?.[1]
  return missing === specifier
}

function pickEntry(name: string, specifier: string, exports: unknown): InitTransport {
  const entry = transportEntry(name, specifier, exports)
  if (typeof entry === 'string') throw new CoreError('ERR_TRANSPORT_ENTRY', entry)
  return entry
}
