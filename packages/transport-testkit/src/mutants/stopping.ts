/** Mutants that leave something behind when they stop. */
import { type Transport, TransportError, type TSession } from '@postern/transport-api'
import { microtasks } from '../conformance/microtasks.js'
import { hasCode } from './means.js'
import { type Mutant, mutant } from './mutant.js'

const LONG_MS = 1_000_000_000

/** Starts and stops as they are; `tell` hears of each when it is done. */
function atStops(
  sound: Transport,
  tell: (isStopped: boolean) => void,
): Pick<Transport, 'startTransportServer' | 'stopTransportServer'> {
  return {
    startTransportServer: async () => {
      await sound.startTransportServer()
      tell(false)
    },
    stopTransportServer: async () => {
      await sound.stopTransportServer()
      tell(true)
    },
  }
}

export const stoppingMutants: readonly Mutant[] = [
  mutant({
    name: 'still talks after the stop',
    clause: 'D2/silent-after-stop',
    breaks: ({ core }) => ({
      members: (sound) => ({
        stopTransportServer: async () => {
          await sound.stopTransportServer()
          void microtasks(60).then(() => core.event({ kind: 'advertisement-changed' }))
        },
      }),
    }),
  }),
  mutant({
    name: 'hands on what it was about to read when it was stopped',
    clause: 'D2/silent-after-stop',
    breaks: ({ core, clock }) => ({
      receive: (mp) => {
        clock.setTimer(() => core.receive(mp), 1)
        return null
      },
    }),
  }),
  mutant({
    name: 'tells what it refuses after the stop',
    clause: 'D2/silent-after-stop',
    breaks: ({ core }) => ({
      members: (sound) => {
        let isStopped = false
        return {
          send: (tsession, message) => {
            const said = sound.send(tsession, message)
            const tell = (): void => core.event({ kind: 'dropped', direction: 'out', reason: 'stopped', count: 1 })
            if (isStopped) queueMicrotask(tell)
            return said
          },
          ...atStops(sound, (stopped) => {
            isStopped = stopped
          }),
        }
      },
    }),
  }),
  mutant({
    name: 'gathers what it refuses after the stop, and tells nobody',
    clause: 'D2/silent-after-stop',
    breaks: ({ clock }) => ({
      members: (sound) => {
        let isStopped = false
        return {
          send: (tsession, message) => {
            if (isStopped) clock.setTimer(() => {}, 100)
            return sound.send(tsession, message)
          },
          ...atStops(sound, (stopped) => {
            isStopped = stopped
          }),
        }
      },
    }),
  }),
  mutant({
    name: 'still writes when its stop has resolved',
    clause: 'D2/stop-waits',
    breaks: ({ clock }) => ({
      members: (sound) => {
        let unwritten = 0
        return {
          send: (tsession, message) => {
            const said = sound.send(tsession, message)
            if (said) {
              unwritten += 1
              clock.setTimer(() => {
                unwritten -= 1
              }, 1)
            }
            return said
          },
          counters: () => {
            const counters = sound.counters()
            return { ...counters, sent: counters.sent! - unwritten }
          },
        }
      },
    }),
  }),
  mutant({
    name: 'leaves a timer behind',
    clause: 'D2/no-timer',
    breaks: ({ clock }) => ({
      members: (sound) => ({
        startTransportServer: async () => {
          clock.setTimer(() => {}, LONG_MS)
          await sound.startTransportServer()
        },
      }),
    }),
  }),
  mutant({
    name: 'leaves a handle open',
    clause: 'D2/no-handle',
    breaks: ({ scene }) => ({
      members: (sound) => ({
        startTransportServer: async () => {
          const { port1 } = new MessageChannel()
          port1.on('message', () => {}) // keeps the process alive until the port is closed
          scene.atEnd(() => port1.close())
          await sound.startTransportServer()
        },
      }),
    }),
  }),
  mutant({
    name: 'says true to what is sent after the stop',
    clause: 'D2/stop-ends',
    style: 'stream',
    breaks: () => ({
      members: (sound) => {
        let isStopped = false
        return {
          send: (tsession, message) => sound.send(tsession, message) || isStopped,
          stopTransportServer: async () => {
            await sound.stopTransportServer()
            isStopped = true
          },
        }
      },
    }),
  }),
  mutant({
    name: 'goes on with old sessions when it is started again',
    clause: 'D2/stop-ends',
    breaks: () => ({
      members: (sound) => {
        let stops = 0
        let isStopped = false
        const openedAfter = new WeakMap<TSession, number>()
        return {
          connect: async (...given) => {
            const tsession = await sound.connect(...given)
            openedAfter.set(tsession, stops)
            return tsession
          },
          send: (tsession, message) => {
            const isOld = (openedAfter.get(tsession) ?? stops) < stops
            return sound.send(tsession, message) || (isOld && !isStopped)
          },
          ...atStops(sound, (stopped) => {
            isStopped = stopped
            if (stopped) stops += 1
          }),
        }
      },
    }),
  }),
  mutant({
    name: 'takes no hold back after the stop',
    clause: 'D2/stop-ends',
    breaks: () => ({
      members: (sound) => {
        let isStopped = false
        return {
          disconnect: async (tsession: TSession) => {
            await sound.disconnect(tsession)
            if (isStopped) throw new TransportError('ERR_NOT_STARTED', 'it does not run')
          },
          stopTransportServer: async () => {
            await sound.stopTransportServer()
            isStopped = true
          },
        }
      },
    }),
  }),
  mutant({
    name: 'forgets the connect that is under way when it stops',
    clause: 'D2/stop-during-connect',
    style: 'stream',
    breaks: () => ({
      members: (sound) => ({
        connect: (helo, options) =>
          sound.connect(helo, options).catch((error: unknown) => {
            if (hasCode(error, 'ERR_ABORTED') && options?.signal?.aborted !== true)
              return new Promise<TSession>(() => {})
            throw error
          }),
      }),
    }),
  }),
]
