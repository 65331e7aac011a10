/** Mutants of sessions. */
import { type Clock, type Timer, TransportError, type TSession } from '@postern/transport-api'
import { hasCode, restate, unless } from './means.js'
import { type Mutant, mutant } from './mutant.js'

/** A clock on which everything that takes long takes a third of it. */
function hasty(clock: Clock): Clock {
  const shorter = (ms: number): number => (ms > 1_000 ? ms / 3 : ms)
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (fire, delayMs) => {
      const timer = clock.setTimer(fire, shorter(delayMs))
      return { reset: (ms) => timer.reset(shorter(ms)), [Symbol.dispose]: () => timer[Symbol.dispose]() }
    },
  }
}

export const sessionMutants: readonly Mutant[] = [
  mutant({
    name: 'gives a source of a hundred octets',
    clause: 'D2/session-shape',
    breaks: () => ({
      members: (sound) => ({
        connect: async (...given) => restate(await sound.connect(...given), { source: new Uint8Array(100) }),
      }),
    }),
  }),
  mutant({
    name: 'gives sessions of no protocol',
    clause: 'D2/session-shape',
    breaks: () => ({
      receive: (mp) => {
        if (mp.tsession !== null) Reflect.set(mp.tsession, 'ttype', 0)
        return mp
      },
    }),
  }),
  mutant({
    name: 'forgets every hold beyond the first',
    clause: 'P2.2/holds',
    breaks: () => ({
      members: (sound) => {
        const held = new WeakSet<TSession>()
        return {
          connect: async (...given) => {
            const tsession = await sound.connect(...given)
            held.add(tsession)
            return tsession
          },
          associate: (tsession) => {
            const said = sound.associate(tsession)
            if (said && held.has(tsession)) void sound.disconnect(tsession)
            return said
          },
        }
      },
    }),
  }),
  mutant({
    name: 'never frees a session',
    clause: 'P2.2/holds',
    breaks: () => {
      const holds = new WeakMap<TSession, number>()
      const add = (tsession: TSession, more: number): number => {
        const count = (holds.get(tsession) ?? 0) + more
        holds.set(tsession, count)
        return count
      }
      return {
        event: (e) => (e.kind === 'session-ended' && holds.get(e.tsession) === 0 ? null : e),
        members: (sound) => ({
          connect: async (...given) => {
            const tsession = await sound.connect(...given)
            add(tsession, 1)
            return tsession
          },
          associate: (tsession) => {
            const said = sound.associate(tsession)
            if (said) add(tsession, 1)
            return said
          },
          disconnect: async (tsession) => {
            if (!holds.has(tsession)) return sound.disconnect(tsession)
            if (add(tsession, -1) >= 0) return
            holds.set(tsession, 0)
            throw new TransportError('ERR_SESSION_NOT_HELD', 'no hold to give back')
          },
        }),
      }
    },
  }),
  mutant({
    name: 'takes back holds that nobody had',
    clause: 'P2.2/holds',
    breaks: () => ({
      members: (sound) => ({
        disconnect: (tsession) =>
          sound.disconnect(tsession).catch((error: unknown) => {
            if (!hasCode(error, 'ERR_SESSION_NOT_HELD')) throw error
          }),
      }),
    }),
  }),
  mutant({
    name: 'never forgets a silent session',
    clause: 'P2.2/stale',
    breaks: () => {
      const seen = new WeakSet<TSession>()
      let hold: (tsession: TSession) => void = () => {}
      return {
        receive: (mp) => {
          if (mp.tsession !== null && !seen.has(mp.tsession)) {
            seen.add(mp.tsession)
            hold(mp.tsession)
          }
          return mp
        },
        members: (sound) => {
          hold = (tsession) => void sound.associate(tsession)
          return {}
        },
      }
    },
  }),
  mutant({
    name: 'forgets silent sessions in a third of their time',
    clause: 'P2.2/stale',
    breaks: ({ clock }) => ({ clock: hasty(clock) }),
  }),
  mutant({
    name: 'times out sessions that are held',
    clause: 'P2.2/held',
    breaks: ({ clock }) => ({
      members: (sound) => {
        const timers = new Set<Timer>()
        return {
          connect: async (...given) => {
            const tsession = await sound.connect(...given)
            const giveUp = (): void => void sound.disconnect(tsession).catch(() => {})
            timers.add(clock.setTimer(giveUp, 5 * sound.traits.idleMs))
            return tsession
          },
          stopTransportServer: async () => {
            for (const timer of timers) timer[Symbol.dispose]()
            timers.clear()
            await sound.stopTransportServer()
          },
        }
      },
    }),
  }),
  mutant({
    name: 'takes foreign sessions for dead ones',
    clause: 'D2/foreign',
    breaks: () => ({
      members: (sound) => ({
        send: (...given) =>
          unless(
            'ERR_SESSION_FOREIGN',
            () => sound.send(...given),
            () => false,
          ),
        associate: (tsession) =>
          unless(
            'ERR_SESSION_FOREIGN',
            () => sound.associate(tsession),
            () => false,
          ),
      }),
    }),
  }),
  mutant({
    name: 'does not look at the signal',
    clause: 'D2/abort',
    breaks: () => ({ members: (sound) => ({ connect: (helo) => sound.connect(helo) }) }),
  }),
  mutant({
    name: 'hangs when a connect is aborted on its way',
    clause: 'D2/abort',
    style: 'stream',
    breaks: () => ({
      members: (sound) => ({
        connect: (helo, options) => {
          const wasAborted = options?.signal?.aborted === true
          return sound.connect(helo, options).catch((error: unknown) => {
            const isNew = options?.signal?.aborted === true && !wasAborted
            if (isNew) return new Promise<TSession>(() => {})
            throw error
          })
        },
      }),
    }),
  }),
  mutant({
    name: 'loses what core sends from inside receive',
    clause: 'P2.2/answer',
    breaks: ({ core }) => {
      let isReceiving = false
      return {
        receive: (mp) => {
          isReceiving = true
          core.receive(mp)
          isReceiving = false
          return null
        },
        members: (sound) => ({ send: (tsession, message) => isReceiving || sound.send(tsession, message) }),
      }
    },
  }),
  mutant({
    name: 'loses answers on inbound sessions',
    clause: 'P2.2/answer',
    breaks: () => {
      const inbound = new WeakSet<TSession>()
      return {
        receive: (mp) => {
          if (mp.tsession !== null) inbound.add(mp.tsession)
          return mp
        },
        event: (e) => {
          if (e.kind === 'session-ended') inbound.delete(e.tsession)
          return e
        },
        members: (sound) => ({
          send: (tsession, message) => inbound.has(tsession) || sound.send(tsession, message),
        }),
      }
    },
  }),
]
