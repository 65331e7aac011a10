/**
 * Says that it can be reached where others are. Whoever believes it sends to a victim what was meant for the liar: each address costs
 * a PING, and thousands of them make a flood out of other people's traffic, unless budgets are kept by destination and by teller.
 */
import type { HeloDraft } from '@postern/helo'
import type { InitTransport, Transport } from '@postern/transport-api'
import { wrappedTransport } from '../../wrapped-transport.js'

export interface AdvertisingOptions {
  /** True: its own addresses, too, the false ones after them. */
  readonly besides?: boolean
}

/** `addresses` is asked again at every `createHELO` where it is a function. */
export function advertising(
  init: InitTransport,
  addresses: readonly string[] | (() => readonly string[]),
  { besides = false }: AdvertisingOptions = {},
): InitTransport {
  return async (core, env) => {
    const sound = await init(core, env)
    if (sound === null) return null
    return wrappedTransport(sound, {
      createHELO: () => {
        const own = besides ? (sound.createHELO() ?? []) : []
        const claimed = typeof addresses === 'function' ? addresses() : addresses
        return [...own, ...claimed.map((address) => draftFor(sound, address))]
      },
    })
  }
}

function draftFor({ protocolNumber: protocol, mtu }: Transport, address: string): HeloDraft {
  const senderAddress = new TextEncoder().encode(address)
  return { protocol, mtu, senderAddressSize: senderAddress.byteLength, senderAddress }
}
