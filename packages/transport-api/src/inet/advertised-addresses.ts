/** Under which addresses can others reach what we listen on? Used by `createHELO` of every transport over IP. */
import { familyOf, type InetAddress, isUnspecified } from './inet-address.js'
import type { Advertise } from './inet-settings.js'
import type { InterfaceAddress, NetworkPolicy } from './network-policy.js'

/** A peer keeps at most 16 addresses of us (DESIGN section 3); this leaves room for the other transports. */
export const MAX_ADVERTISED_ADDRESSES = 6

export interface AdvertisedOptions {
  /** What we listen on; a host may be unspecified (`0.0.0.0`, `::`). */
  readonly bound: readonly InetAddress[]
  readonly advertise: Advertise
  readonly policy: NetworkPolicy
  readonly interfaces: () => readonly InterfaceAddress[]
}

/** At most MAX_ADVERTISED_ADDRESSES, Internet addresses first, then private ones. Empty: nobody can reach us. */
export function advertisedAddresses({
  bound,
  advertise,
  policy,
  interfaces,
}: AdvertisedOptions): readonly InetAddress[] {
  if (advertise === 'none' || bound.length === 0) return []
  if (advertise !== 'auto') {
    return advertise.slice(0, MAX_ADVERTISED_ADDRESSES).flatMap(({ host, port }) => {
      const family = familyOf(host)
      const known = port ?? bound.find((address) => address.family === family)?.port
      return known === undefined ? [] : [{ family, host, port: known }]
    })
  }
  const candidates = bound.flatMap((address) =>
    isUnspecified(address.host) ? onEveryInterface(address, interfaces()) : [address],
  )
  const open = candidates.filter((address) => policy.judge(address, 'rumour') === null)
  const near = candidates.filter((address) => !open.includes(address) && policy.judge(address, 'owner') === null)
  return [...open, ...near].slice(0, MAX_ADVERTISED_ADDRESSES)
}

function onEveryInterface({ family, port }: InetAddress, interfaces: readonly InterfaceAddress[]): InetAddress[] {
  return interfaces
    .filter(({ address }) => familyOf(address) === family)
    .map(({ address }) => ({ family, host: address, port }))
}
