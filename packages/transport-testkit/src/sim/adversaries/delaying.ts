/**
 * Holds back what it sends, so as to lie about how far away it is: slow for challenges and quick for data, or the other way round.
 * Its victims measure a path that does not exist, and choose by it.
 */
import type { InitTransport, Message, Timer } from '@postern/transport-api'
import { wrappedTransport } from '../../wrapped-transport.js'

/** `delayMs` of each message; 0: at once. What is held when the transport stops is gone. */
export function delaying(init: InitTransport, delayMs: number | ((message: Message) => number)): InitTransport {
  return async (core, env) => {
    const sound = await init(core, env)
    if (sound === null) return null
    const held = new Set<Timer>()
    return wrappedTransport(sound, {
      send: (tsession, message) => {
        const waitMs = typeof delayMs === 'number' ? delayMs : delayMs(message)
        if (waitMs <= 0) return sound.send(tsession, message)
        const copy = { ...message, msg: message.msg.slice() }
        const timer = env.clock.setTimer(() => {
          held.delete(timer)
          sound.send(tsession, copy)
        }, waitMs)
        held.add(timer)
        return true
      },
      stopTransportServer: () => {
        for (const timer of held) timer[Symbol.dispose]()
        held.clear()
        return sound.stopTransportServer()
      },
    })
  }
}
