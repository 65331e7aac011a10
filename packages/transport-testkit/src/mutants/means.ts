/** What several mutants are made of. */
import { type MessagePack, TransportError, type TransportErrorCode, type TSession } from '@postern/transport-api'
import { keyOf } from '../conformance/expectation.js'
import type { Breakage, Instance } from './mutant.js'

export function hasCode(error: unknown, code: TransportErrorCode): boolean {
  return error instanceof TransportError && error.code === code
}

/** What `call` gives, or `instead` when it throws with `code`. */
export function unless<T>(code: TransportErrorCode, call: () => T, instead: () => T): T {
  try {
    return call()
  } catch (error) {
    if (hasCode(error, code)) return instead()
    throw error
  }
}

/** Changes what a session says of itself. */
export function restate(tsession: TSession, facts: Partial<TSession>): TSession {
  for (const [name, value] of Object.entries(facts)) Reflect.set(tsession, name, value)
  return tsession
}

/** `send` that writes down what it was given; `keep` makes of msg what is kept, the caller's own when left out. */
export function withLedger(
  { core, scene }: Instance,
  keep: (msg: Uint8Array) => Uint8Array = (msg) => msg,
): Required<Pick<Breakage, 'members'>> {
  return {
    members: (sound) => ({
      send: (tsession, message) => {
        const said = sound.send(tsession, message)
        if (said) scene.sent.push({ from: core.myIdentity, tsession, key: keyOf(message), msg: keep(message.msg) })
        return said
      },
    }),
  }
}

/** Where the ledger of the world has what arrived; -1: nowhere. */
export function placeOf({ scene }: Instance, mp: MessagePack): number {
  const key = keyOf(mp)
  return scene.sent.findIndex((sent) => sent.from === mp.sender && sent.key === key)
}

/** Counters by name, without those for which `isHidden`. */
export function without(
  counters: Readonly<Record<string, number>>,
  isHidden: (name: string) => boolean,
): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).filter(([name]) => !isHidden(name)))
}
