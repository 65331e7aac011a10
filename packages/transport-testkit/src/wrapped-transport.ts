/** A transport that does as another one but for some members: for those that break promises and those that do harm. */
import type { Transport } from '@postern/transport-api'

export function wrappedTransport(sound: Transport, members: Partial<Transport>): Transport {
  const { protocolNumber, mtu, cost, traits } = sound
  const whole: Transport = {
    protocolNumber,
    mtu,
    cost,
    traits,
    counters: () => sound.counters(),
    verifyHelo: (...given) => sound.verifyHelo(...given),
    ...(sound.destinations && { destinations: (helo) => sound.destinations!(helo) }),
    createHELO: () => sound.createHELO(),
    connect: (...given) => sound.connect(...given),
    send: (...given) => sound.send(...given),
    associate: (...given) => sound.associate(...given),
    disconnect: (...given) => sound.disconnect(...given),
    startTransportServer: () => sound.startTransportServer(),
    stopTransportServer: () => sound.stopTransportServer(),
  }
  return Object.defineProperties(whole, Object.getOwnPropertyDescriptors(members)) // getters stay getters
}
