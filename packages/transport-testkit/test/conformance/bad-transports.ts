/** Transports that do not work yet, made of one that does. */
import type { InitTransport, Transport } from '@postern/transport-api'
import { type ConformanceReport, conformanceCases, runConformance, simHarness } from '@postern/transport-testkit'

export const METHODS = [
  'counters',
  'verifyHelo',
  'createHELO',
  'connect',
  'send',
  'associate',
  'disconnect',
  'startTransportServer',
  'stopTransportServer',
] as const

export const PACKAGE = 'simulated datagrams'
/** One that needs a start, a connect, a send and a stop. */
export const VALUES = ['P2.1/values']
export const PATIENCE_MS = 40
/** All but those that send many thousand messages. */
export const QUICK = conformanceCases
  .map(({ clause }) => clause)
  .filter((clause) => !/^(P4|D2.(bounded|burst)$)/.test(clause))

/** The suite on what `around` makes of a sound transport; only one clause, unless more are asked for. */
export function reportOn(around: (init: InitTransport) => unknown, clauses: readonly string[] = VALUES) {
  const harness = simHarness({ style: 'datagram', around: around as (init: InitTransport) => InitTransport })
  return runConformance(harness, { patienceMs: PATIENCE_MS, clauses })
}

/** The sound transport with other members. */
export function withMembers(members: (sound: Transport) => object) {
  return (init: InitTransport): InitTransport => {
    return async (core, env) => {
      const sound = (await init(core, env))!
      return new Proxy(sound, {
        get: (target, name) => {
          const changed = members(sound)
          const value: unknown = Reflect.get(Object.hasOwn(changed, name) ? changed : target, name)
          return typeof value === 'function' && !Object.hasOwn(changed, name) ? value.bind(target) : value
        },
      })
    }
  }
}

export const never = <T>(): Promise<T> => new Promise(() => {})
export const seenIn = ({ results }: ConformanceReport, clause: string): string | null | undefined =>
  results.find((result) => result.clause === clause)?.seen
