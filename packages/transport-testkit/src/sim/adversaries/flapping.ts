/**
 * Comes and goes: for a while it works, then its sessions end and nobody is there, then it works again, and it never says that it is
 * gone. Its victims dial, validate and switch without end, unless they wait longer each time and remember that it died after working.
 */
import { type InitTransport, type Timer, TransportError } from '@postern/transport-api'
import { wrappedTransport } from '../../wrapped-transport.js'

export interface FlappingOptions {
  readonly upMs: number
  readonly downMs: number
}

export function flapping(init: InitTransport, { upMs, downMs }: FlappingOptions): InitTransport {
  return async (core, env) => {
    const sound = await init(core, env)
    if (sound === null) return null
    let timer: Timer | null = null
    let isStarted = false
    let isUp = false
    let advertised = sound.createHELO()
    const come = async (): Promise<void> => {
      await sound.startTransportServer()
      if (!isStarted) return sound.stopTransportServer() // it was stopped meanwhile
      isUp = true
      advertised = sound.createHELO()
      timer = env.clock.setTimer(() => void go(), upMs)
    }
    const go = async (): Promise<void> => {
      isUp = false
      timer = env.clock.setTimer(() => void come(), downMs)
      await sound.stopTransportServer()
    }
    return wrappedTransport(sound, {
      createHELO: () => (isUp ? sound.createHELO() : advertised),
      connect: async (...given) => {
        if (!isUp && isStarted) throw new TransportError('ERR_CONNECT_REFUSED', 'it is down for a while')
        return sound.connect(...given)
      },
      startTransportServer: async () => {
        if (isStarted) return
        isStarted = true
        await come()
      },
      stopTransportServer: async () => {
        timer?.[Symbol.dispose]()
        isStarted = false
        isUp = false
        advertised = null
        await sound.stopTransportServer()
      },
    })
  }
}
