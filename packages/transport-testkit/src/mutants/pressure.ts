/** Mutants under pressure. */
import { without } from './means.js'
import { type Mutant, mutant } from './mutant.js'

const refusedBySlowPeer = 'refused.slow-peer'

export const pressureMutants: readonly Mutant[] = [
  mutant({
    name: 'throws for a slow peer',
    clause: 'P4/slow-peer',
    breaks: () => ({
      members: (sound) => ({
        send: (...given) => {
          const before = sound.counters()[refusedBySlowPeer]
          const said = sound.send(...given)
          if (sound.counters()[refusedBySlowPeer] !== before) throw new Error('the peer does not read')
          return said
        },
      }),
    }),
  }),
  mutant({
    name: 'queues without bound for a slow peer',
    clause: 'D2/bounded',
    breaks: () => {
      const queue: Uint8Array[] = []
      let stopped = 0
      return {
        event: (e) => (e.kind === 'dropped' && e.reason === 'slow-peer' ? null : e),
        members: (sound) => ({
          send: (tsession, message) => {
            const before = sound.counters()[refusedBySlowPeer]
            if (sound.send(tsession, message)) return true
            if (sound.counters()[refusedBySlowPeer] === before) return false
            queue.push(message.msg)
            return true
          },
          counters: () => {
            const counters = sound.counters()
            const accepted = (counters.accepted ?? 0) + stopped + queue.length
            const others = without(counters, (name) => name === refusedBySlowPeer)
            return { ...others, accepted, 'dropped.out.stopped': stopped }
          },
          stopTransportServer: async () => {
            await sound.stopTransportServer()
            stopped += queue.splice(0).length
          },
        }),
      }
    },
  }),
  mutant({
    name: 'ends a session whose queue was full',
    clause: 'D2/burst',
    breaks: () => ({
      members: (sound) => ({
        send: (tsession, message) => {
          const before = sound.counters()[refusedBySlowPeer]
          const said = sound.send(tsession, message)
          if (sound.counters()[refusedBySlowPeer] !== before) void sound.disconnect(tsession).catch(() => {})
          return said
        },
      }),
    }),
  }),
  mutant({
    name: 'does not count garbage',
    clause: 'D8/garbage-counted',
    breaks: () => ({
      event: (e) => (e.kind === 'dropped' && e.direction === 'in' ? null : e),
      members: (sound) => ({ counters: () => without(sound.counters(), (name) => name.startsWith('dropped.in.')) }),
    }),
  }),
  mutant({
    name: 'hands garbage on',
    clause: 'D8/garbage-counted',
    breaks: ({ core, scene, address }) => ({
      members: (sound) => ({
        counters: () => {
          if (scene.garbled.delete(address)) {
            const message = { msg: new Uint8Array(9), size: 9, isEncrypted: false, crc: 0 }
            core.receive({ ...message, sender: core.myIdentity, tsession: null })
          }
          return sound.counters()
        },
      }),
    }),
  }),
  mutant({
    name: 'goes deaf when it has met garbage',
    clause: 'D8/garbage-survived',
    breaks: ({ scene, address }) => ({ receive: (mp) => (scene.garbled.has(address) ? null : mp) }),
  }),
]
