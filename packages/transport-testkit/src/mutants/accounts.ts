/** Mutants that keep no proper books. */
import type { TransportEvent, TSession } from '@postern/transport-api'
import { microtasks } from '../conformance/microtasks.js'
import { totalsOf } from '../conformance/sums.js'
import { without } from './means.js'
import { type Mutant, mutant } from './mutant.js'

export const accountMutants: readonly Mutant[] = [
  mutant({
    name: 'does not count what it accepts',
    clause: 'D4/counters-out',
    breaks: () => ({ members: (sound) => ({ counters: () => ({ ...sound.counters(), accepted: 0 }) }) }),
  }),
  mutant({
    name: 'loses what it accepted without a word',
    clause: 'D4/counters-out',
    breaks: () => ({
      members: (sound) => ({
        counters: () => {
          const counters = sound.counters()
          return { ...counters, sent: Math.max(0, counters.sent! - 5) }
        },
      }),
    }),
  }),
  mutant({
    name: 'forgets what waits in a full queue when it stops',
    clause: 'D4/counters-out',
    breaks: () => ({
      members: (sound) => {
        let forgotten = 0
        return {
          stopTransportServer: async () => {
            if ((sound.counters()['refused.slow-peer'] ?? 0) > 0) forgotten = 1
            await sound.stopTransportServer()
          },
          counters: () => {
            const counters = sound.counters()
            return { ...counters, sent: counters.sent! - forgotten }
          },
        }
      },
    }),
  }),
  mutant({
    name: 'counts what it received twice',
    clause: 'D4/counters-in',
    breaks: () => ({
      members: (sound) => ({
        counters: () => {
          const counters = sound.counters()
          return { ...counters, received: 2 * counters.received! }
        },
      }),
    }),
  }),
  mutant({
    name: 'refuses without counting it',
    clause: 'D4/counters-refused',
    breaks: () => ({
      event: (e) => (e.kind === 'dropped' && e.direction === 'out' ? null : e),
      members: (sound) => ({ counters: () => without(sound.counters(), (name) => name.startsWith('refused.')) }),
    }),
  }),
  mutant({
    name: 'counts anew after each start',
    clause: 'D4/counters-total',
    breaks: () => ({
      members: (sound) => {
        let before: Readonly<Record<string, number>> = {}
        return {
          startTransportServer: async () => {
            before = Object.fromEntries(totalsOf(sound.counters()))
            await sound.startTransportServer()
          },
          counters: () => {
            const entries = Object.entries(sound.counters())
            return Object.fromEntries(entries.map(([name, count]) => [name, count - (before[name] ?? 0)]))
          },
        }
      },
    }),
  }),
  mutant({
    name: 'does not tell what it drops',
    clause: 'D2/event-dropped',
    breaks: () => ({ event: (e) => (e.kind === 'dropped' ? null : e) }),
  }),
  mutant({
    name: 'does not tell at the stop which sessions are over',
    clause: 'D2/event-ended',
    breaks: () => ({ event: (e) => (e.kind === 'session-ended' && e.reason === 'stopped' ? null : e) }),
  }),
  mutant({
    name: 'tells twice that a session is over',
    clause: 'D2/event-ended',
    breaks: ({ core }) => ({
      event: (e) => {
        if (e.kind === 'session-ended' && e.reason === 'stopped') core.event(e)
        return e
      },
    }),
  }),
  mutant({
    name: 'tells core of sessions that core gave back',
    clause: 'D2/event-ended',
    breaks: ({ core }) => {
      const tell = (tsession: TSession): void => core.event({ kind: 'session-ended', tsession, reason: 'stopped' })
      return {
        members: (sound) => ({
          disconnect: async (tsession) => {
            await sound.disconnect(tsession)
            await microtasks(1) // not from inside the call
            tell(tsession)
          },
        }),
      }
    },
  }),
  mutant({
    name: 'tells what is no event',
    clause: 'D2/event-shape',
    breaks: () => ({
      event: (e) => (e.kind === 'dropped' ? { ...e, reason: '' } : e) satisfies TransportEvent,
    }),
  }),
]
