/** Mutants of start and stop. */
import { CONTRACT_VERSION, TransportError, type TSession } from '@postern/transport-api'
import { microtasks } from '../conformance/microtasks.js'
import { hasCode } from './means.js'
import { type Mutant, mutant } from './mutant.js'

const LONG_MS = 1_000_000_000

export const lifecycleMutants: readonly Mutant[] = [
  mutant({
    name: 'costs less than nothing',
    clause: 'D2/shape',
    breaks: () => ({ members: () => ({ cost: -1 }) }),
  }),
  mutant({
    name: 'costs more once it runs',
    clause: 'D2/constants',
    breaks: () => ({
      members: (sound) => {
        let cost = sound.cost
        return {
          get cost() {
            return cost
          },
          startTransportServer: async () => {
            cost += 1
            await sound.startTransportServer()
          },
        }
      },
    }),
  }),
  mutant({
    name: 'takes a core of any version',
    clause: 'D2/version',
    breaks: () => ({ version: CONTRACT_VERSION }),
  }),
  mutant({
    name: 'goes on advertising after the stop',
    clause: 'P2.2/not-started',
    breaks: () => ({
      members: (sound) => {
        let last: ReturnType<typeof sound.createHELO> = null
        return {
          startTransportServer: async () => {
            await sound.startTransportServer()
            last = sound.createHELO()
          },
          createHELO: () => sound.createHELO() ?? last,
        }
      },
    }),
  }),
  mutant({
    name: 'has the wrong word for not being started',
    clause: 'P2.2/not-started',
    breaks: () => ({
      members: (sound) => ({
        connect: (helo, options) =>
          sound.connect(helo, options).catch((error: unknown) => {
            throw hasCode(error, 'ERR_NOT_STARTED') ? new TransportError('ERR_CONNECT_FAILED', 'it failed') : error
          }),
      }),
    }),
  }),
  mutant({
    name: 'takes a second start for a mistake',
    clause: 'D2/start-idempotent',
    breaks: () => ({
      members: (sound) => {
        let isRunning = false
        return {
          startTransportServer: async () => {
            if (isRunning) throw new TransportError('ERR_LISTEN_IN_USE', 'it runs already')
            isRunning = true
            await sound.startTransportServer()
          },
          stopTransportServer: async () => {
            isRunning = false
            await sound.stopTransportServer()
          },
        }
      },
    }),
  }),
  mutant({
    name: 'starts only once',
    clause: 'D2/restart',
    breaks: () => ({
      members: (sound) => {
        let wasStopped = false
        return {
          startTransportServer: async () => {
            if (!wasStopped) await sound.startTransportServer()
          },
          stopTransportServer: async () => {
            wasStopped = true
            await sound.stopTransportServer()
          },
        }
      },
    }),
  }),
  mutant({
    name: 'takes a second stop for a mistake',
    clause: 'D2/stop-idempotent',
    breaks: () => ({
      members: (sound) => {
        let isRunning = false
        return {
          startTransportServer: async () => {
            isRunning = true
            await sound.startTransportServer()
          },
          stopTransportServer: async () => {
            if (!isRunning) throw new TransportError('ERR_NOT_STARTED', 'it does not run')
            isRunning = false
            await sound.stopTransportServer()
          },
        }
      },
    }),
  }),
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
