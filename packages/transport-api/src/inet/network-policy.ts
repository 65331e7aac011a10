/**
 * Which IP addresses may be used (DESIGN section 2, "verifyHelo"). An attacker's HELO decides where we send, so what is not
 * plainly a host on the Internet is refused until the operator allows it.
 */
import type { Provenance } from '../transport.js'
import { embeddedIpv4, formatIp, type InetAddress, parseIp } from './inet-address.js'
import { Networks } from './networks.js'

/** As node:os reports them. */
export interface InterfaceAddress {
  readonly address: string
  readonly cidr: string | null
  readonly family: string
  readonly internal: boolean
}

export interface NetworkPolicyOptions {
  /** Networks in CIDR or single addresses that are allowed although they are special, private or foreign. */
  readonly allow: readonly string[]
  /** Never used, whatever `allow` says; inbound traffic from there is dropped, too. */
  readonly deny: readonly string[]
  /** The addresses of this machine, asked when a private address is judged. */
  readonly interfaces: () => readonly InterfaceAddress[]
}

export type AddressRefusal = 'denied-network' | 'special-network' | 'private-network' | 'port-zero'

/** Loopback, unspecified, link-local, multicast, broadcast and reserved: never a stranger's host. */
const SPECIAL = new Networks([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4', // reserved, and the broadcast address
  '::/128',
  '::1/128',
  'fe80::/10',
  'fec0::/10', // site-local, deprecated by RFC 3879
  'ff00::/8',
])

/** Means another host in every network: RFC 1918, shared space of RFC 6598, ULA, local NAT64 of RFC 8215. */
const PRIVATE = new Networks([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  '64:ff9b:1::/48',
])

export class NetworkPolicy {
  readonly #allow: Networks
  readonly #deny: Networks
  readonly #interfaces: () => readonly InterfaceAddress[]

  /** RangeError: an entry that `isNetwork` refuses. */
  constructor(options: NetworkPolicyOptions) {
    this.#allow = new Networks(options.allow)
    this.#deny = new Networks(options.deny)
    this.#interfaces = options.interfaces
  }

  /** null: may be dialled. `provenance` decides about private addresses of our own networks. */
  judge(address: InetAddress, provenance: Provenance): AddressRefusal | null {
    if (address.port === 0) return 'port-zero'
    const hosts = withEmbedded(address.host)
    if (hosts.some((host) => this.#deny.has(host))) return 'denied-network'
    for (const host of hosts) {
      if (this.#allow.has(host)) continue
      if (SPECIAL.has(host)) return 'special-network'
      if (PRIVATE.has(host) && !(provenance === 'owner' && this.#isNeighbour(host))) return 'private-network'
    }
    return null
  }

  /** Does every peer whose operator allows nothing special refuse `host`, and did ours not allow it either? */
  isUnreachable(host: string): boolean {
    return withEmbedded(host).some((form) => SPECIAL.has(form) && !this.#allow.has(form))
  }

  /** Is traffic from `host` (as the operating system reports it) to be dropped? */
  denies(host: string): boolean {
    return withEmbedded(host.replace(/%.*$/, '')).some((form) => this.#deny.has(form))
  }

  #isNeighbour(host: string): boolean {
    const own = this.#interfaces().flatMap(({ cidr, internal }) => (cidr !== null && !internal ? [cidr] : []))
    return new Networks(own).has(host)
  }
}

/** The address itself and the IPv4 address inside it, if any: both are judged. */
function withEmbedded(host: string): string[] {
  const octets = parseIp(host)
  const inner = octets === null ? null : embeddedIpv4(octets)
  return inner === null ? [host] : [host, formatIp(inner)]
}
