/** Sets of IP networks as an operator writes them. Judges nothing: network-policy.ts does. */
import { BlockList } from 'node:net'
import { formatIp, parseIp } from './inet-address.js'

/** IPv4 and IPv6 apart: one BlockList for both lets `::/0` match every IPv4 address, loopback included. */
export class Networks {
  readonly #v4 = new BlockList()
  readonly #v6 = new BlockList()

  /** RangeError: an entry that `isNetwork` refuses. */
  constructor(networks: readonly string[]) {
    for (const text of networks) {
      const network = parseNetwork(text)
      if (network === null) throw new RangeError(`not a network: ${JSON.stringify(text)}`)
      const list = network.family === 'ipv4' ? this.#v4 : this.#v6
      list.addSubnet(network.host, network.bits, network.family)
    }
  }

  /** false for what is no IP literal. */
  has(host: string): boolean {
    return host.includes(':') ? this.#v6.check(host, 'ipv6') : this.#v4.check(host, 'ipv4')
  }
}

/** `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== null
}

interface Network {
  readonly host: string
  readonly family: 'ipv4' | 'ipv6'
  readonly bits: number
}

/** Where the last 32 bits of an IPv4-mapped address begin. */
const MAPPED_BITS = 96
const MAPPED_PREFIX = parseIp('::ffff:0:0')!.subarray(0, MAPPED_BITS / 8)

/** An IPv4-mapped network is the IPv4 network it means, since addresses are unmapped before they are judged. */
function parseNetwork(text: string): Network | null {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text)
  const octets = parseIp(match?.[1] ?? '')
  if (match === null || octets === null) return null
  const most = octets.length * 8
  const bits = match[2] === undefined ? most : Number(match[2])
  if (bits > most) return null
  if (octets.length === 4) return { host: formatIp(octets), family: 'ipv4', bits }
  if (bits >= MAPPED_BITS && MAPPED_PREFIX.every((octet, at) => octets[at] === octet)) {
    return { host: formatIp(octets.subarray(MAPPED_PREFIX.length)), family: 'ipv4', bits: bits - MAPPED_BITS }
  }
  return { host: formatIp(octets), family: 'ipv6', bits }
}
