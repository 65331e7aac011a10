/** Mutants on bad paths. */
import { type MessagePack, TransportError, type TSession } from '@postern/transport-api'
import { hasCode, placeOf, withLedger } from './means.js'
import { type Breakage, type Mutant, mutant } from './mutant.js'

/** What is overtaken by no more than so many does not hold them up. */
const MOST_MISSING = 4

/** Writes down the sessions whose peers have gone. */
function noting(gone: WeakSet<TSession>): Required<Pick<Breakage, 'event'>> {
  return {
    event: (e) => {
      if (e.kind === 'session-ended' && e.reason === 'closed-by-peer') gone.add(e.tsession)
      return e
    },
  }
}

export const pathMutants: readonly Mutant[] = [
  mutant({
    name: 'waits for ever for what was lost',
    clause: 'P2/loss',
    breaks: (instance) => {
      const waiting: { readonly place: number; readonly mp: MessagePack }[] = []
      const handedOn = new Set<number>()
      /** Has enough arrived of what was sent before it over the same session? */
      const isDue = (place: number): boolean => {
        const { sent } = instance.scene
        const before = sent
          .slice(0, place)
          .flatMap(({ tsession }, at) => (tsession === sent[place]!.tsession ? [at] : []))
        return before.filter((at) => !handedOn.has(at)).length <= MOST_MISSING
      }
      return {
        ...withLedger(instance),
        receive: (mp) => {
          waiting.push({ place: placeOf(instance, mp), mp })
          waiting.sort((a, b) => a.place - b.place)
          for (let at = 0; at < waiting.length; ) {
            const { place, mp: next } = waiting[at]!
            if (place >= 0 && !isDue(place)) at += 1
            else {
              waiting.splice(at, 1)
              handedOn.add(place)
              instance.core.receive(next)
              at = 0
            }
          }
          return null
        },
      }
    },
  }),
  mutant({
    name: 'takes a repeated message for an attack and goes deaf',
    clause: 'P2/duplicate',
    breaks: (instance) => {
      const seen = new Set<number>()
      let isDeaf = false
      return {
        ...withLedger(instance),
        receive: (mp) => {
          const place = placeOf(instance, mp)
          if (seen.has(place)) isDeaf = true
          seen.add(place)
          return isDeaf ? null : mp
        },
      }
    },
  }),
  mutant({
    name: 'throws away what was overtaken',
    clause: 'P2/reorder',
    breaks: (instance) => {
      const last = new Map<string, number>()
      return {
        ...withLedger(instance),
        receive: (mp) => {
          const place = placeOf(instance, mp)
          if (place < (last.get(mp.sender) ?? -1)) return null
          last.set(mp.sender, place)
          return mp
        },
      }
    },
  }),
  mutant({
    name: 'needs an answer before it sends',
    clause: 'P2/one-way',
    style: 'stream',
    breaks: () => ({
      members: (sound) => ({ traits: { ...sound.traits, sourceProven: false } }),
    }),
  }),
  mutant({
    name: 'does not tell that a session broke',
    clause: 'D2/cut',
    style: 'stream',
    breaks: () => ({ event: (e) => (e.kind === 'session-ended' && e.reason === 'broken' ? null : e) }),
  }),
  mutant({
    name: 'hands on what was torn',
    clause: 'D2/cut',
    style: 'stream',
    breaks: ({ core }) => {
      let last: MessagePack | null = null
      return {
        receive: (mp) => {
          last = mp
          return mp
        },
        event: (e) => {
          if (e.kind === 'session-ended' && e.reason === 'broken' && last !== null) {
            const size = last.size >> 1
            core.receive({ ...last, msg: last.msg.subarray(0, size), size })
          }
          return e
        },
      }
    },
  }),
  mutant({
    name: 'does not tell that its peer has gone',
    clause: 'P2.2/peer-gone',
    style: 'stream',
    breaks: () => ({ event: (e) => (e.kind === 'session-ended' && e.reason === 'closed-by-peer' ? null : e) }),
  }),
  mutant({
    name: 'takes no hold back when its peer has gone',
    clause: 'P2.2/peer-gone',
    style: 'stream',
    breaks: () => {
      const isGone = new WeakSet<TSession>()
      return {
        ...noting(isGone),
        members: (sound) => ({
          disconnect: async (tsession) => {
            await sound.disconnect(tsession)
            if (isGone.has(tsession)) throw new TransportError('ERR_SESSION_NOT_HELD', 'nobody is there')
          },
        }),
      }
    },
  }),
  mutant({
    name: 'takes any number of holds back when its peer has gone',
    clause: 'P2.2/peer-gone',
    style: 'stream',
    breaks: () => {
      const isGone = new WeakSet<TSession>()
      return {
        ...noting(isGone),
        members: (sound) => ({
          disconnect: (tsession) =>
            sound.disconnect(tsession).catch((error: unknown) => {
              if (!isGone.has(tsession) || !hasCode(error, 'ERR_SESSION_NOT_HELD')) throw error
            }),
        }),
      }
    },
  }),
]
