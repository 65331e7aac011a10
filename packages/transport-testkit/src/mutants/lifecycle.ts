/** Mutants of start and stop. */
import { CONTRACT_VERSION, TransportError } from '@postern/transport-api'
import { microtasks } from '../conformance/microtasks.js'
import { hasCode } from './means.js'
import { type Mutant, mutant } from './mutant.js'

export const lifecycleMutants: readonly Mutant[] = [
  mutant({
    name: 'costs less than nothing',
    clause: 'D2/shape',
    breaks: () => ({ members: () => ({ cost: -1 }) }),
  }),
  mutant({
    name: 'has a text where its destinations should be',
    clause: 'D2/shape',
    breaks: () => ({ members: () => ({ destinations: 'everywhere' as unknown as () => readonly string[] }) }),
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
            await sound.stopTransportServer()
            wasStopped = true
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
    name: 'stops after it was started again',
    clause: 'D2/overlap',
    breaks: () => ({
      members: (sound) => ({
        stopTransportServer: async () => {
          await microtasks(5)
          await sound.stopTransportServer()
        },
      }),
    }),
  }),
  mutant({
    name: 'takes no stop while it starts',
    clause: 'D2/overlap',
    breaks: () => ({
      members: (sound) => {
        let starting = 0
        return {
          startTransportServer: async () => {
            starting += 1
            await microtasks(5)
            await sound.startTransportServer()
            starting -= 1
          },
          stopTransportServer: async () => {
            if (starting === 0) await sound.stopTransportServer()
          },
        }
      },
    }),
  }),
]
