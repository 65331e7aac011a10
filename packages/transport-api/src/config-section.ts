/**
 * One section of the configuration, read key by key. Whoever reads it says what is expected, in the units of the key's name;
 * what does not fit is a ConfigError naming section, key, expectation and value. Nothing is guessed and no key is ignored.
 */
import { ConfigError } from './errors.js'

export class ConfigSection {
  /** The section's name as the operator wrote it. */
  readonly name: string
  readonly #values: Readonly<Record<string, unknown>>
  readonly #asked = new Set<string>()

  constructor(name: string, values: Readonly<Record<string, unknown>> = {}) {
    this.name = name
    this.#values = values
  }

  /** Did the operator set it? */
  has(key: string): boolean {
    return this.#get(key) !== undefined
  }

  /** A whole number in [min, max]. */
  integer(key: string, expected: { readonly min: number; readonly max: number; readonly fallback: number }): number {
    const value = this.#get(key)
    if (value === undefined) return expected.fallback
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= expected.min && value <= expected.max)
      return value
    return this.refuse(key, `a whole number from ${expected.min} to ${expected.max}`)
  }

  /** A list of strings; a single string stands for a list of one. */
  strings(key: string, fallback: readonly string[]): readonly string[] {
    const value = this.#get(key)
    if (value === undefined) return fallback
    if (typeof value === 'string') return [value]
    if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return [...value]
    return this.refuse(key, 'a list of strings')
  }

  /** A string; null when it was not set. */
  text(key: string): string | null {
    const value = this.#get(key)
    if (value === undefined) return null
    return typeof value === 'string' ? value : this.refuse(key, 'a string')
  }

  /** As `text`, for a value that may hold a password: it is never shown. */
  secretText(key: string): string | null {
    const value = this.#get(key)
    if (value === undefined) return null
    return typeof value === 'string' ? value : this.refuseSecret(key, 'a string')
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#get(key)
    if (value === undefined) return fallback
    return typeof value === 'boolean' ? value : this.refuse(key, 'true or false')
  }

  /** As `refuse`, for a value that may hold a password: it is not shown. */
  refuseSecret(key: string, expectation: string): never {
    throw new ConfigError(this.name, key, `expected ${expectation}`)
  }

  /** The value that was set is not what `expectation` describes. */
  refuse(key: string, expectation: string): never {
    throw new ConfigError(this.name, key, `expected ${expectation}, got ${show(this.#values[key])}`)
  }

  /** To be called when everything was read: a key that nobody asked for is a mistake, most often of spelling. */
  refuseUnknown(): void {
    for (const key of Object.keys(this.#values)) {
      if (this.#asked.has(key)) continue
      throw new ConfigError(this.name, key, `unknown key; known are ${[...this.#asked].sort().join(', ')}`)
    }
  }

  #get(key: string): unknown {
    this.#asked.add(key)
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined
  }
}

const MAX_SHOWN_CHARACTERS = 80

function show(value: unknown): string {
  const isNumber = typeof value === 'number' || typeof value === 'bigint' // JSON knows neither NaN nor bigint
  const text = isNumber ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text
}
