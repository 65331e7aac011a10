/**
 * From what a package exports to its init (paper section 2.2: `inittransport_XXX`). Used by core's loader and by whoever loads a
 * transport by its name for a test, so that an author reads the same sentence from both.
 */
import type { InitTransport } from './transport.js'

/** Enough to see that it is the wrong package. */
const MAX_SHOWN_EXPORTS = 8

/** The export that the contract asks for: `web-rtc` → `inittransport_web_rtc`. */
export function entryOf(name: string): string {
  return `inittransport_${name.replaceAll('-', '_')}`
}

/** The init of transport `name` in what `specifier` exports; a string is the sentence that says what is there instead. */
export function transportEntry(name: string, specifier: string, exports: unknown): InitTransport | string {
  const entry = entryOf(name)
  const known = typeof exports === 'object' && exports !== null ? (exports as Readonly<Record<string, unknown>>) : {}
  const init = known[entry]
  if (typeof init === 'function') return init as InitTransport
  const others = Object.keys(known).slice(0, MAX_SHOWN_EXPORTS).join(', ') || 'nothing'
  return `transport ${name} (${specifier}): expected an exported function ${entry}, found ${others}`
}
