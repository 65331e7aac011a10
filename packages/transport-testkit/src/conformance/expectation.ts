/** How a case says what it expected and what it saw. The message of the error is all that an author reads. */
import { AssertionError } from 'node:assert'
import type { Message } from '@postern/transport-api'
import type { PathFault } from './harness.js'

/** AssertionError unless `holds`. `expected` completes the sentence "expected …". */
export function expectThat(holds: boolean, expected: string, seen: unknown): asserts holds {
  if (!holds) throw new AssertionError({ message: `expected ${expected}; seen: ${show(seen)}` })
}

/** AssertionError unless what shows that the harness's fault happened `holds`: an author must not look for it in the transport. */
export function expectFault(fault: PathFault, holds: boolean, expected: string, seen: unknown): void {
  expectThat(holds, faultAtWork(fault, expected), seen)
}

/** Completes the sentence "expected …". */
export function faultAtWork(fault: PathFault, expected: string): string {
  return `the harness's ${fault} to happen (it is not the transport's): ${expected}`
}

/** The `code` of what `call` throws or rejects with; otherwise a text that says what happened instead. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    const given = await call()
    return `no error but ${show(given)}`
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code
    return typeof code === 'string' ? code : `an error without a code: ${String(error)}`
  }
}

/** Equal for messages that are equal in all four values. */
export function keyOf({ msg, size, isEncrypted, crc }: Message): string {
  return `${size} octets, ${isEncrypted ? '' : 'not '}encrypted, crc ${crc}, ${toHex(msg)}`
}

/** AssertionError unless every arrived message is one of the sent, in all four values. */
export function expectIntact(arrived: readonly Message[], sent: readonly Message[]): void {
  const known = new Set(sent.map(keyOf))
  const strange = arrived.find((message) => !known.has(keyOf(message)))
  if (strange !== undefined) expectThat(false, 'only messages that were sent, unchanged', shorten(keyOf(strange)))
}

/** AssertionError unless every sent message has arrived, as often as was sent, and nothing else. */
export function expectSame(arrived: readonly Message[], sent: readonly Message[]): void {
  const [got, wanted] = [arrived.map(keyOf).sort(), sent.map(keyOf).sort()]
  expectNoRepeats(got, wanted)
  const missing = wanted.find((key, at) => key !== got[at])
  if (missing !== undefined)
    expectThat(
      false,
      `a message (${shorten(missing)})`,
      shorten(got.find((key, at) => key !== wanted[at]) ?? 'nothing'),
    )
  expectThat(got.length === wanted.length, `${wanted.length} messages`, got.length)
}

/** A repeat takes the place of another message where arrivals are only counted: it is named before anybody looks for the other one. */
function expectNoRepeats(got: readonly string[], wanted: readonly string[]): void {
  const timesIn = (keys: readonly string[], key: string): number => keys.filter((one) => one === key).length
  const repeated = wanted.find((key) => timesIn(got, key) > timesIn(wanted, key))
  if (repeated === undefined) return
  const missing = wanted.filter((key) => !got.includes(key)).length
  const seen = `it arrived ${timesIn(got, repeated)} times, and ${missing} others did not arrive`
  expectThat(false, `a message (${shorten(repeated)}) to arrive once`, seen)
}

export function show(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (value instanceof Error) return 'code' in value ? `${value} (${String(value.code)})` : String(value)
  try {
    return shorten(JSON.stringify(value, printable) ?? String(value))
  } catch {
    return String(value)
  }
}

function printable(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `0x${toHex(value)}` : value
}

const MOST_SHOWN = 160

function shorten(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
